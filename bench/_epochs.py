"""One epoch on the native engine as something to time: for ``epoch.py`` and ``before_after.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattlab.data import load
from wattlab.data.batches import batch_bounds, order
from wattlab.data.preparation import prepare
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.engines.registry import get_engine
from wattlab.recipe.schedule import Steps

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.recipe import Recipe

ENOUGH = 10**6
"""Epochs of a training that a benchmark never gets to the end of."""


def epoch_of(recipe: Recipe, *, scored: bool = False) -> Callable[[], None]:
    """Return a function that trains one epoch, with as many threads as a training by that recipe gets.

    Parameters
    ----------
    recipe : Recipe
        For the native engine.
    scored : bool
        Find the accuracy on the training part after it, as the blog did.
    """
    dataset = load(recipe.data)
    data = prepare(dataset, recipe.preparation, np.dtype(recipe.engine.array_dtype))
    weights = initial_weights(recipe.network, Inputs(dataset.n_features), data.n_outputs, recipe.seed)
    engine = get_engine("native")
    trainer = engine.start(recipe, data, weights)
    n_samples = len(data.train.labels)
    n_batches = len(batch_bounds(n_samples, recipe.training.batch_size))
    epochs = iter(range(ENOUGH))

    def epoch() -> None:
        number = next(epochs)
        steps = Steps.of_epoch(number, n_batches, ENOUGH)
        with engine.threads(recipe):
            rows = order(recipe.seed, number, n_samples)
            trainer.train(rows, recipe.schedule.values(recipe.optimizer.learning_rate, steps))
            if scored:
                trainer.evaluate(data.train)

    return epoch
