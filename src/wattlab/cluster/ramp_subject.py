"""What a ramp needs in this process: data, engine and a trainer at the recipe's beginning, under the meter."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattlab.cluster.step_report import DataUsed
from wattlab.data.catalog import load
from wattlab.data.preparation import prepare
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.engines.registry import get_engine
from wattlab.meter.clock import process_started_s
from wattlab.meter.meter import Meter
from wattlab.meter.quantity import measured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.data.preparation import Prepared
    from wattlab.engines.base import Trainer
    from wattlab.meter.quantity import Quantity
    from wattlab.recipe import Recipe

__all__ = ["Subject", "opened"]


@dataclass(frozen=True)
class Subject:
    """A training that has not begun.

    Parameters
    ----------
    recipe : Recipe
    data : Prepared
    used : DataUsed
        What it learns from, in words.
    trainer : Trainer
        At the recipe's initial weights, compiled.
    meter : Meter
        Running.
    before_s : float
        How long the process had run before the meter. Unit: s.
    """

    recipe: Recipe
    data: Prepared
    used: DataUsed
    trainer: Trainer
    meter: Meter
    before_s: float

    @property
    def n_samples(self) -> int:
        """Samples of the training part."""
        return len(self.data.train.labels)

    def spent(self) -> tuple[Quantity, Quantity]:
        """Return wall time and gross energy of the process so far. Units: s, J."""
        self.trainer.synchronize()
        wall = measured(self.before_s, "s", "clock:process") + self.meter.total().wall
        return wall, self.meter.energy_since_start(self.before_s)


@contextmanager
def opened(recipe: Recipe) -> Iterator[Subject]:
    """Load, prepare and start; inside the block the recipe's threads are in force.

    Raises
    ------
    wattlab.errors.UserError
        As `wattlab.train`.
    """
    before_s = process_started_s()
    engine = get_engine(recipe.engine.name)
    engine.check(recipe)
    silent = np.errstate(over="ignore", invalid="ignore", divide="ignore")  # as in a training
    with Meter() as meter, engine.threads(recipe), silent:
        dataset = load(recipe.data)
        data = prepare(dataset, recipe.preparation, np.dtype(recipe.engine.array_dtype))
        weights = initial_weights(recipe.network, Inputs.of(data), data.n_outputs, recipe.seed)
        trainer = engine.start(recipe, data, weights)
        trainer.warm_up()
        n_train, n_features = len(data.train.labels), data.train.features.shape[1]
        used = DataUsed(
            name=recipe.data.dataset,
            source=dataset.source,
            synthetic=False,
            n_train=n_train,
            n_features=n_features,
        )
        yield Subject(recipe, data, used, trainer, meter, before_s)
