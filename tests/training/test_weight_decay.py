"""Weight decay by a schedule, through whole trainings: where nothing else moves a weight, it shrinks as is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import wattlab
from wattlab.data.preparation import prepare
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.recipe.engine import engine_changes

if TYPE_CHECKING:
    from wattlab.recipe import Recipe

RATE, DECAY, BATCHES, EPOCHS = 0.1, 0.5, 6, 4


@pytest.mark.parametrize("engine", ["native", "native:torch", "torch", "keras"])
def test_a_training_decays_its_weights_by_the_schedule(tiny_recipe: Recipe, engine: str) -> None:
    recipe = tiny_recipe.with_changes(
        {
            "optimizer": {"kind": "adamw", "learning_rate": RATE, "weight_decay": DECAY, "epsilon": 1e30},
            "weight_decay_schedule": {"kind": "piecewise-linear", "points": [[0, 0.0], [2, 1.0], [4, 0.0]]},
            **engine_changes(engine),
        }
    )
    if recipe.engine.name != "native":
        pytest.importorskip(recipe.engine.name)
    epochs = np.arange(BATCHES * EPOCHS) / BATCHES
    decays = DECAY * np.where(epochs < 2, epochs / 2, 2 - epochs / 2)
    data = prepare(wattlab.load(recipe.data), recipe.preparation, np.float32)
    before = initial_weights(recipe.network, Inputs.of(data), data.n_outputs, recipe.seed)
    after = wattlab.train(recipe).model.weights()
    for name in (one for one in before if one.endswith("weights")):
        np.testing.assert_allclose(after[name], before[name] * np.prod(1 - RATE * decays), rtol=1e-5)
