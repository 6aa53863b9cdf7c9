"""The weights in a saved state, found by every engine without a trainer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from wattlab.data import load
from wattlab.data.preparation import prepare
from wattlab.engines.initial import Inputs, architecture_of, initial_weights
from wattlab.engines.registry import get_engine
from wattlab.errors import WeightsError
from wattlab.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.engines.base import Trainer

    Problem = Any
    Maker = Callable[..., Problem]
    Begin = Callable[[str, Problem], Trainer]

GRAPH = """
name = "graph"
data = { dataset = "synthetic-images", options = { rows = 4, columns = 5, channels = 2, classes = 3, samples = 30 } }
loss = { kind = "cross-entropy" }
optimizer = { kind = "adam", learning_rate = 0.01 }
training = { batch_size = 8 }
engine = { name = "torch" }
[network]
layers = [
    { kind = "conv2d", filters = 3, kernel = [3, 2] },
    { kind = "batch-norm" },
    { kind = "flatten" },
    { activation = "softmax" },
]
"""


def test_they_are_those_of_the_trainer(spec: str, problem: Maker, begin: Begin) -> None:
    if spec.endswith("compiled"):
        pytest.skip("its state is that of the plain one")
    one = problem(spec, {"optimizer.kind": "momentum"})
    trainer = begin(spec, one)
    one.epoch(trainer)
    engine, architecture = get_engine(one.recipe.engine.name), architecture_of(one.recipe, one.data)
    assert_same(engine.stored_weights(trainer.state(), architecture), trainer.weights())
    wider = problem(spec, {"network.layers": [{"units": 6}, {"units": 6}, {"activation": "softmax"}]})
    with pytest.raises(WeightsError, match="another"):
        engine.stored_weights(trainer.state(), architecture_of(wider.recipe, wider.data))


def test_kernels_and_statistics_of_torch_come_in_our_order() -> None:
    recipe = Recipe.from_toml(GRAPH)
    data = prepare(load(recipe.data), recipe.preparation, np.float32)
    weights = initial_weights(recipe.network, Inputs.of(data), data.n_outputs, 0)
    trainer = get_engine("torch").start(recipe, data, weights)
    trainer.warm_up()
    found = get_engine("torch").stored_weights(trainer.state(), architecture_of(recipe, data))
    assert found["layers.0.weights"].shape == (3, 2, 2, 3)
    assert_same(found, trainer.weights())


def assert_same(found: Any, expected: Any) -> None:
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array)
