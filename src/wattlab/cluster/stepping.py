"""Steps of a training, taken in blocks that are timed from edge to edge."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import ceil
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from wattlab.cluster.step_report import FEWEST_BLOCKS
from wattlab.data.batches import batch_bounds, order
from wattlab.errors import UnsupportedError
from wattlab.meter.clock import wall_s
from wattlab.recipe.schedule import Steps, StepValues

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from wattlab.cluster.step_report import StepsAsked
    from wattlab.engines.base import Trainer
    from wattlab.recipe import Recipe

__all__ = ["Blocks", "Stepper", "time_blocks", "warm_up"]

BLOCK_S: Final = 0.05
"""How long a block lasts at least, so that its edges cost nothing beside it. Unit: s."""
BLOCKS: Final = 10
"""Blocks that are timed at least, if there is time."""
RESTARTED: Final = (
    "the loss became no finite number: the steps began anew from the initial weights, with learning rate 0"
)


class Call(NamedTuple):
    """Whole batches of one epoch, for one call of the trainer."""

    rows: NDArray[np.int64]
    values: StepValues
    epoch: int


class Stepper:
    """Takes whole batches in a training's order, epoch after epoch, for as long as it is asked.

    A loss that is no finite number would end the steps of an engine early: the weights are put back then, and the
    learning rate is 0 from there on, which costs a step as much.

    Parameters
    ----------
    trainer : Trainer
        At the recipe's beginning.
    recipe : Recipe
    n_samples : int
        Of the training part.
    """

    def __init__(self, trainer: Trainer, recipe: Recipe, n_samples: int) -> None:
        self.trainer, self._recipe, self._n_samples = trainer, recipe, n_samples
        training = recipe.training
        self._n_batches = len(batch_bounds(n_samples, training.batch_size, training.last_batch))
        self.batch_size = n_samples if training.batch_size == "all" else training.batch_size
        self.per_epoch = n_samples // self.batch_size
        self._start, self._rate, self._epoch, self._next = trainer.state(), 1.0, 0, 0
        self._rows, self._values = self._epoch_at(0)

    @property
    def notes(self) -> tuple[str, ...]:
        """What happened on the way, a sentence each."""
        return () if self._rate else (RESTARTED,)

    def calls(self, n_steps: int) -> list[Call]:
        """Return the next steps, a call for each epoch that they lie in."""
        return list(self._calls(n_steps))

    def _calls(self, n_steps: int) -> Iterator[Call]:
        while n_steps:
            if self._next == self.per_epoch:
                self._epoch, self._next = self._epoch + 1, 0
                self._rows, self._values = self._epoch_at(self._epoch)
            first, last = self._next, min(self.per_epoch, self._next + n_steps)
            rows = self._rows[first * self.batch_size : last * self.batch_size]
            yield Call(rows, self._values.part(first, last), self._epoch)
            n_steps, self._next = n_steps - (last - first), last

    def _epoch_at(self, epoch: int) -> tuple[NDArray[np.int64], StepValues]:
        recipe = self._recipe
        rows = order(recipe.seed, epoch, self._n_samples, shuffle=recipe.training.shuffle)
        steps = Steps.of_epoch(epoch % recipe.training.epochs, self._n_batches, recipe.training.epochs)
        values = recipe.schedule_values(steps)
        return rows, replace(values, learning_rate=self._rate * values.learning_rate)

    def take(self, calls: list[Call]) -> int | None:
        """Take steps, and return how many updates were left out; None if a loss was no finite number."""
        skipped = 0
        for call in calls:
            log = self.trainer.train(call.rows, call.values, epoch=call.epoch)
            skipped += log.n_skipped
            if not np.isfinite(log.cost).all():
                self._restart()
                return None
        return skipped

    def _restart(self) -> None:
        if not self._rate:
            msg = (
                f"recipe {self._recipe.name!r}: the loss is no finite number even at the initial weights; "
                "scale the features (preparation.after) or take a wider engine.precision"
            )
            raise UnsupportedError(msg)
        self.trainer.restore(self._start)
        self._rate = 0.0
        self._rows, self._values = self._epoch_at(self._epoch)


@dataclass
class Blocks:
    """What was timed.

    Parameters
    ----------
    steps : list of int
        Steps in each block.
    seconds : list of float
        How long each took. Unit: s.
    skipped : int
        Steps whose update was left out.
    """

    steps: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    skipped: int = 0

    def enough(self, asked: StepsAsked) -> bool:
        """Return whether all that was asked for is there, or the time is over."""
        if len(self.steps) < FEWEST_BLOCKS:
            return False
        took_s = sum(self.seconds)
        done = sum(self.steps) >= asked.steps and len(self.steps) >= BLOCKS and took_s >= asked.at_least_s
        return done or took_s >= asked.limit_s


def warm_up(stepper: Stepper, asked: StepsAsked, clock: Callable[[], float] = wall_s) -> tuple[int, int]:
    """Take steps that do not count; return how many, and how many steps a block of `BLOCK_S` has.

    Parameters
    ----------
    stepper : Stepper
        At its first step.
    asked : StepsAsked
        Half of its limit is the longest that the warm-up takes, but for its first step.
    clock : callable, optional
        Unit: s.
    """
    started_s, taken, step_s = clock(), 0, 0.0
    while taken < max(1, asked.warm_up) and (not taken or clock() - started_s < asked.limit_s / 2):
        step_s = _timed(stepper, stepper.calls(1), clock)[0]
        taken += 1
    length = _length(step_s)
    if length > 1:
        step_s = _block_s(stepper, length, clock) / length
        taken += length
    return taken, _length(step_s)


def _block_s(stepper: Stepper, length: int, clock: Callable[[], float]) -> float:
    """Return how long a whole block takes: one that ended early, since the loss was no number, does not tell."""
    while True:
        took_s, skipped = _timed(stepper, stepper.calls(length), clock)
        if skipped is not None:
            return took_s


def _length(step_s: float) -> int:
    return max(1, ceil(BLOCK_S / max(step_s, 1e-6)))


def time_blocks(
    stepper: Stepper, length: int, asked: StepsAsked, clock: Callable[[], float] = wall_s
) -> Blocks | None:
    """Time blocks of steps until all that was asked for is there, or the time is over.

    Parameters
    ----------
    stepper : Stepper
        Warmed up.
    length : int
        Steps in a block.
    asked : StepsAsked
        When there are enough.
    clock : callable, optional
        Unit: s.

    Returns
    -------
    Blocks or None
        None if a loss was no finite number: the stepper begins anew then, and so must what measures it.
    """
    blocks = Blocks()
    while not blocks.enough(asked):
        took_s, skipped = _timed(stepper, stepper.calls(length), clock)
        if skipped is None:
            return None
        blocks.steps.append(length)
        blocks.seconds.append(took_s)
        blocks.skipped += skipped
    return blocks


def _timed(stepper: Stepper, calls: list[Call], clock: Callable[[], float]) -> tuple[float, int | None]:
    """Take steps; return how long they took, the device's work included, and how many were left out."""
    stepper.trainer.synchronize()
    started_s = clock()
    skipped = stepper.take(calls)
    stepper.trainer.synchronize()
    return clock() - started_s, skipped
