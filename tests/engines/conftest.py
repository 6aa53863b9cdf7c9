"""Small problems for the tests of the engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from wattlab.data.preparation import Prepared, PreparedPart, Transform
from wattlab.data.scaling import NoScaling
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.engines.native.engine import NativeEngine, NativeTrainer

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.recipe import Recipe


def make_data(
    n_samples: int = 24,
    n_features: int = 4,
    n_outputs: int = 3,
    *,
    seed: int = 0,
    as_bytes: bool = False,
    weighted: bool = False,
) -> Prepared:
    """Return random samples; bytes, or with weights, where asked for."""
    rng = np.random.default_rng(seed)
    features = (
        rng.integers(0, 256, (n_samples, n_features), np.uint8)
        if as_bytes
        else rng.normal(size=(n_samples, n_features))
    )
    labels = rng.integers(0, n_outputs, n_samples)
    weights = rng.uniform(0.1, 2, n_samples)
    part = PreparedPart(features, labels, weights / weights.mean() if weighted else None)
    transform = Transform(NoScaling(), None, NoScaling(), n_features)
    classes = tuple(str(index) for index in range(n_outputs))
    return Prepared(part, None, part, transform, 1 / 255 if as_bytes else None, n_outputs, classes)


def make_trainer(recipe: Recipe, data: Prepared) -> NativeTrainer:
    """Return a trainer with the recipe's initial weights."""
    inputs = Inputs(data.train.features.shape[1])
    weights = initial_weights(recipe.network, inputs, data.n_outputs, recipe.seed)
    return NativeEngine().start(recipe, data, weights)


@pytest.fixture
def recipe(small_recipe: Recipe) -> Callable[..., Recipe]:
    """Return the maker of small float64 recipes with fields changed; ``__`` stands for the dot."""

    def make(**changes: Any) -> Recipe:
        return small_recipe.with_changes({path.replace("__", "."): value for path, value in changes.items()})

    return make


@pytest.fixture
def data() -> Callable[..., Prepared]:
    """Return the maker of small data."""
    return make_data


@pytest.fixture
def trainer() -> Callable[[Recipe, Prepared], NativeTrainer]:
    """Return the maker of trainers."""
    return make_trainer
