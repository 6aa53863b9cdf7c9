"""What a training would compute, layer by layer, found without training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattlab.data.catalog import load, stand_in
from wattlab.data.preparation import prepare
from wattlab.engines.initial import architecture_of
from wattlab.recipe import Recipe
from wattlab.recipe.counting import StepCount, count_step

if TYPE_CHECKING:
    from wattlab.recipe.architecture import Architecture

__all__ = ["Preview", "preview"]

_STAND_IN_SAMPLES = 100


@dataclass(frozen=True)
class Preview:
    """A recipe's network for its data.

    Parameters
    ----------
    recipe : Recipe
        As asked for.
    architecture : Architecture
        Nodes, shapes and arrays.
    step : StepCount
        A training step: operations and bytes.
    source : str
        Where the data comes from whose shape decided it; says so where the recipe's own is not here.
    """

    recipe: Recipe
    architecture: Architecture
    step: StepCount
    source: str


def preview(recipe: Recipe | str) -> Preview:
    """Return what a training would compute; nothing is downloaded, and nothing trained.

    Parameters
    ----------
    recipe : Recipe or str
        A recipe, the name of one, or the path of a TOML file.

    Raises
    ------
    wattlab.errors.UserError
        If recipe or data are not usable, or do not fit: names the layer, and both shapes.

    Examples
    --------
    >>> found = preview("digits")
    >>> found.architecture.n_parameters, round(found.step.flop / 1e6)
    (4810, 1)
    """
    recipe = Recipe.named(recipe) if isinstance(recipe, str) else recipe
    made = stand_in(recipe.data, max(_STAND_IN_SAMPLES, recipe.preparation.least_samples))
    dataset = load(made or recipe.data)
    data = prepare(dataset, recipe.preparation.with_least_work(), np.dtype(recipe.engine.array_dtype))
    architecture = architecture_of(recipe, data)
    size = recipe.training.batch_size
    rows = len(data.train.labels) if size == "all" else size
    step = count_step(architecture, rows, recipe.engine.precision, recipe.optimizer)
    source = dataset.source if made is None else _absent(recipe.data.dataset)
    return Preview(recipe, architecture, step, source)


def _absent(name: str) -> str:
    return f"{name!r} is not on this machine; synthetic samples of its shapes stand in for it"
