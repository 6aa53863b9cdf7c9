"""Learning-rate schedules: pure functions of the number of updates already applied.

Every schedule gives, for a range of steps, one learning rate a step and, where it cycles momentum, one
momentum a step. It has no state, so a resumed training gets the very same values.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import pi
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from wattlab.recipe.base import Fraction, NonNegative, Part, Positive

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "Constant",
    "Cosine",
    "InverseTime",
    "OneCycle",
    "PiecewiseLinear",
    "Schedule",
    "StepDecay",
    "StepValues",
    "Steps",
]


@dataclass(frozen=True)
class Steps:
    """The updates ``first`` … ``first + count − 1`` of a training of ``total`` updates.

    Parameters
    ----------
    first : int
        Number of updates applied before these.
    count : int
        How many updates are asked for.
    per_epoch : int
        Updates in an epoch.
    total : int
        Updates in the whole training.
    """

    first: int
    count: int
    per_epoch: int
    total: int

    @classmethod
    def of_epoch(cls, epoch: int, per_epoch: int, epochs: int) -> Steps:
        """All updates of one 0-based epoch."""
        return cls(epoch * per_epoch, per_epoch, per_epoch, epochs * per_epoch)

    def indices(self) -> NDArray[np.float64]:
        """Return the 0-based step numbers, shape (count,)."""
        return np.arange(self.first, self.first + self.count, dtype=np.float64)

    def epochs(self) -> NDArray[np.int64]:
        """Return the 0-based epoch of each step, shape (count,)."""
        return np.arange(self.first, self.first + self.count) // self.per_epoch


@dataclass(frozen=True)
class StepValues:
    """What an optimizer gets from outside for each step.

    Parameters
    ----------
    learning_rate : ndarray of shape (n_steps,), float64
    momentum : ndarray of shape (n_steps,), float64, or None
        None where the schedule leaves the optimizer's own momentum alone.
    """

    learning_rate: NDArray[np.float64]
    momentum: NDArray[np.float64] | None = None

    def part(self, start: int, stop: int) -> StepValues:
        """Return the values of the steps ``start`` … ``stop − 1`` of these."""
        momentum = None if self.momentum is None else self.momentum[start:stop]
        return StepValues(self.learning_rate[start:stop], momentum)


class Constant(Part):
    """The same rate throughout."""

    kind: Literal["constant"] = "constant"

    def values(self, learning_rate: float, steps: Steps) -> StepValues:
        """Return `learning_rate` for every step."""
        return StepValues(np.full(steps.count, learning_rate))


class InverseTime(Part):
    """Divide the rate by ``1 + decay * epoch`` at the start of every 0-based epoch, one after the other.

    The divisions add up over the epochs, as in the blog's program.

    Examples
    --------
    >>> schedule = InverseTime(decay=1e-6)
    >>> schedule.values(0.001, Steps.of_epoch(34, per_epoch=1, epochs=35)).learning_rate[0].item()
    0.0009994051838157095
    """

    kind: Literal["inverse-time"] = "inverse-time"
    decay: NonNegative
    """Decrease constant per epoch. Unit: 1."""

    def values(self, learning_rate: float, steps: Steps) -> StepValues:
        """Return the rate after the divisions of all epochs up to each step's own."""
        epochs = steps.epochs()
        rates = np.empty(int(epochs[-1]) + 1)
        rate = learning_rate
        for epoch in range(rates.size):
            rate /= 1 + self.decay * epoch
            rates[epoch] = rate
        return StepValues(rates[epochs])


class StepDecay(Part):
    """Multiply the rate by ``factor`` after every ``every`` epochs."""

    kind: Literal["step"] = "step"
    every: Annotated[int, Field(strict=True, ge=1)]
    """Epochs between two decreases."""
    factor: Positive
    """What the rate is multiplied by."""

    def values(self, learning_rate: float, steps: Steps) -> StepValues:
        """Return ``learning_rate * factor ** (epoch // every)``."""
        decreases = (steps.epochs() // self.every).astype(np.float64)
        return StepValues(learning_rate * self.factor**decreases)


class PiecewiseLinear(Part):
    """Straight lines between points, evaluated at every step; constant before the first and after the last."""

    kind: Literal["piecewise-linear"] = "piecewise-linear"
    points: Annotated[tuple[tuple[NonNegative, NonNegative], ...], Field(min_length=1)]
    """[epoch, factor] pairs, epochs increasing; the factor multiplies optimizer.learning_rate."""

    @model_validator(mode="after")
    def _epochs_increase(self) -> PiecewiseLinear:
        epochs = [epoch for epoch, _ in self.points]
        if any(later <= earlier for earlier, later in pairwise(epochs)):
            msg = f"points must have increasing epochs, not {epochs}"
            raise ValueError(msg)
        return self

    def values(self, learning_rate: float, steps: Steps) -> StepValues:
        """Return the interpolated factor times `learning_rate`."""
        epochs, factors = zip(*self.points, strict=True)
        return StepValues(learning_rate * np.interp(steps.indices() / steps.per_epoch, epochs, factors))


class Cosine(Part):
    """Half a cosine from the full rate down to ``final`` times it over the whole training.

    References
    ----------
    I. Loshchilov, F. Hutter, "SGDR: Stochastic gradient descent with warm restarts", ICLR 2017.
    """

    kind: Literal["cosine"] = "cosine"
    final: Fraction = 0.0
    """Rate at the end as a share of optimizer.learning_rate."""

    def values(self, learning_rate: float, steps: Steps) -> StepValues:
        """Return the annealed rate of each step."""
        fall = (1 + np.cos(pi * steps.indices() / steps.total)) / 2
        return StepValues(learning_rate * (self.final + (1 - self.final) * fall))


class OneCycle(Part):
    """Up to the full rate, then down to almost nothing; momentum goes the other way.

    References
    ----------
    L. N. Smith, N. Topin, "Super-convergence: very fast training of neural networks using large learning
    rates", 2017, arXiv:1708.07120.
    """

    kind: Literal["one-cycle"] = "one-cycle"
    warm_up: Annotated[float, Field(strict=True, gt=0, lt=1)] = 0.25
    """Share of all steps in which the rate rises."""
    initial_divisor: Annotated[float, Field(strict=True, ge=1)] = 25.0
    """optimizer.learning_rate over the rate of the first step."""
    final_divisor: Annotated[float, Field(strict=True, ge=1)] = 1e4
    """Rate of the first step over the rate of the last step."""
    anneal: Literal["cosine", "linear"] = "cosine"
    """Shape of both phases."""
    momentum: tuple[Fraction, Fraction] | None = None
    """[low, high]: momentum at the highest rate and at both ends; left out: optimizer.momentum throughout."""

    def values(self, learning_rate: float, steps: Steps) -> StepValues:
        """Return rate and momentum of each step."""
        start = learning_rate / self.initial_divisor
        rates = self._cycle(steps, start, learning_rate, start / self.final_divisor)
        if self.momentum is None:
            return StepValues(rates)
        low, high = self.momentum
        return StepValues(rates, self._cycle(steps, high, low, high))

    def _cycle(self, steps: Steps, start: float, peak: float, end: float) -> NDArray[np.float64]:
        step = steps.indices()
        top = self.warm_up * steps.total - 1
        last = steps.total - 1
        rising = np.clip(step / top, 0, 1) if top > 0 else np.ones_like(step)
        falling = (step - top) / (last - top) if last > top else np.ones_like(step)
        return np.where(step <= top, self._between(start, peak, rising), self._between(peak, end, falling))

    def _between(self, start: float, end: float, share: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.anneal == "linear":
            return start + (end - start) * share
        return end + (start - end) / 2 * (1 + np.cos(pi * share))


Schedule = Annotated[
    Constant | InverseTime | StepDecay | PiecewiseLinear | Cosine | OneCycle, Field(discriminator="kind")
]
