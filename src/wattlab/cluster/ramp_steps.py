"""Single steps of a training, each with a learning rate of its own, in the recipe's order of samples."""

from __future__ import annotations

from itertools import groupby, islice
from math import isfinite, nan
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from wattlab.cluster.ramp_curve import SmoothedLoss, log_spaced
from wattlab.data.batches import batch_bounds, order
from wattlab.recipe.schedule import StepValues

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from wattlab.cluster.ramp_report import Ending, RampAsked
    from wattlab.engines.base import Trainer
    from wattlab.recipe import Recipe

__all__ = ["Batch", "Ramp", "take_ramp", "take_step", "take_steps", "whole_batches"]

_MOST_SKIPS: Final = 40
"""A dynamic loss scale begins at 2^16 and is halved by every step that is left out."""


class Batch(NamedTuple):
    """The rows of one step, and the 0-based epoch that they belong to."""

    rows: NDArray[np.int64]
    epoch: int


class Ramp(NamedTuple):
    """What a ramp gave.

    Attributes
    ----------
    rates, losses, smoothed : tuple of float
        Of each step that gave a finite loss.
    ending : str
        Why it went no further.
    skipped : int
        Steps taken again, because the scaled gradient overflowed.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    smoothed: tuple[float, ...]
    ending: Ending
    skipped: int


def whole_batches(recipe: Recipe, n_samples: int) -> Iterator[Batch]:
    """Yield a training's batches, epoch after epoch without an end; short ones are left out.

    Parameters
    ----------
    recipe : Recipe
        Its seed and batch size decide.
    n_samples : int
        Of the training part.

    Raises
    ------
    wattlab.errors.DataError
        If there are fewer samples than one batch needs.
    """
    training = recipe.training
    bounds = batch_bounds(n_samples, training.batch_size, "drop")
    epoch = 0
    while True:
        rows = order(recipe.seed, epoch, n_samples, shuffle=training.shuffle)
        for start, stop in bounds:
            yield Batch(rows[start:stop], epoch)
        epoch += 1


def take_step(trainer: Trainer, batch: Batch, rate: float) -> tuple[float, int]:
    """Apply one update and return the cost before it, and how often it was left out before.

    In float16 an update is left out until the loss scale fits; that changes no weight, so the same batch is tried
    again. One that never fits has no finite gradient: its cost is no number, as that of a training that diverged.
    """
    values = StepValues(np.array([rate]))
    for skipped in range(_MOST_SKIPS):
        log = trainer.train(batch.rows, values, epoch=batch.epoch)
        if not log.n_skipped:
            return float(log.cost[0]), skipped
        if not np.isfinite(log.cost).all():
            break
    return nan, skipped


def take_steps(trainer: Trainer, batches: Iterator[Batch], steps: int, rate: float) -> int:
    """Apply updates with one rate, an epoch's in one call as in a training; return how many, or fewer if it diverged.

    Parameters
    ----------
    trainer : Trainer
        Where it stands.
    batches : iterator of Batch
        At least so many.
    steps : int
        Updates.
    rate : float
        Of all of them.

    Returns
    -------
    int
        Those before the first loss that was no finite number. Where an engine tells only the mean of a call, those
        before that call.
    """
    taken = 0
    for epoch, group in groupby(islice(batches, steps), key=lambda batch: batch.epoch):
        rows = [batch.rows for batch in group]
        log = trainer.train(np.concatenate(rows), StepValues(np.full(len(rows), rate)), epoch=epoch)
        broken = np.flatnonzero(~np.isfinite(log.cost))
        if broken.size:
            return taken + int(broken[0])
        taken += len(rows)
    return taken


def take_ramp(trainer: Trainer, recipe: Recipe, n_samples: int, asked: RampAsked) -> Ramp:
    """Raise the learning rate step by step, and put the trainer back to where it was.

    Parameters
    ----------
    trainer : Trainer
        Where it stands; its state afterwards is the same to the bit.
    recipe : Recipe
        Its optimizer, batches and order; its schedule is left out.
    n_samples : int
        Of the training part.
    asked : RampAsked
        Which rates, and when to stop.

    Returns
    -------
    Ramp
        A summed loss is divided by the samples of the batch, so that a curve means the same with either reduction.
    """
    start = trainer.state()
    try:
        return _taken(trainer, recipe, n_samples, asked)
    finally:
        trainer.restore(start)


def _taken(trainer: Trainer, recipe: Recipe, n_samples: int, asked: RampAsked) -> Ramp:
    summed = recipe.loss.reduction == "sum"
    rates = log_spaced(asked.low, asked.high, asked.steps)
    smooth, losses, n_skipped = SmoothedLoss(asked.smoothing), list[float](), 0
    ending: Ending = "end of the range"
    for rate, batch in zip(rates, whole_batches(recipe, n_samples), strict=False):
        cost, skipped = take_step(trainer, batch, float(rate))
        n_skipped += skipped
        if not isfinite(cost):
            ending = "loss is no finite number"
            break
        losses.append(cost / len(batch.rows) if summed else cost)
        if smooth.add(losses[-1]) > asked.stop_at * smooth.best:
            ending = "loss rose"
            break
    taken = tuple(map(float, rates[: len(losses)]))
    return Ramp(taken, tuple(losses), tuple(smooth.values), ending, n_skipped)
