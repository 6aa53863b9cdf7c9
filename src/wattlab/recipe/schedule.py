"""Schedules of learning rate, momentum and weight decay: pure functions of the number of updates already applied.

Every schedule gives, for a range of steps, one rate a step and, where it cycles momentum, one momentum a step. It has
no state, so a resumed training gets the very same values; and a step that float16's loss scaling leaves out is no
update, so it takes no value from those that come after it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import pairwise
from math import pi
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import numpy as np
from pydantic import Field, model_validator

from wattlab.recipe.base import Fraction, NonNegative, Part, Positive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = [
    "Constant",
    "Cosine",
    "InverseTime",
    "OneCycle",
    "PiecewiseLinear",
    "Schedule",
    "StepDecay",
    "StepValue",
    "StepValues",
    "Steps",
]

Scalar = Any
Divisor = Annotated[float, Field(strict=True, ge=1)]


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

    def after(self, n_steps: int) -> Steps:
        """Return those of these steps that follow the training's first `n_steps`, as of a training without those."""
        first = max(self.first, n_steps)
        count = max(0, self.first + self.count - first)
        return Steps(first - n_steps, count, self.per_epoch, self.total - n_steps)


class StepValue(NamedTuple):
    """What an optimizer gets from outside for one step; None where it is the optimizer's own.

    Parameters
    ----------
    learning_rate : float, or a number on a device
    momentum, weight_decay : the like, or None
    """

    learning_rate: Scalar
    momentum: Scalar | None = None
    weight_decay: Scalar | None = None


@dataclass(frozen=True)
class StepValues:
    """What an optimizer gets from outside for each step.

    Parameters
    ----------
    learning_rate : ndarray of shape (n_steps,), float64
    momentum, weight_decay : ndarray of shape (n_steps,), float64, or None
        None where the schedules leave the optimizer's own alone.
    """

    learning_rate: NDArray[np.float64]
    momentum: NDArray[np.float64] | None = None
    weight_decay: NDArray[np.float64] | None = None

    @classmethod
    def joined(cls, parts: Sequence[StepValues]) -> StepValues:
        """Return the values of several ranges of steps by the same schedules, one after the other."""
        columns = zip(*(part.columns() for part in parts), strict=True)
        return cls(*(None if column[0] is None else np.concatenate(column) for column in columns))  # type: ignore[arg-type]  # the first is never None

    def part(self, start: int, stop: int) -> StepValues:
        """Return the values of the steps ``start`` … ``stop − 1`` of these."""
        return StepValues(*(None if one is None else one[start:stop] for one in self.columns()))  # type: ignore[arg-type]  # as above

    def each(self) -> list[StepValue]:
        """Return the values as plain numbers, step by step.

        Examples
        --------
        >>> StepValues(np.array([0.2, 0.1]), np.array([0.8, 0.9])).each()[1]
        StepValue(learning_rate=0.1, momentum=0.9, weight_decay=None)
        """
        nothing = [None] * len(self.learning_rate)
        columns = (nothing if one is None else one.tolist() for one in self.columns())
        return [StepValue(*row) for row in zip(*columns, strict=True)]

    def columns(self) -> tuple[NDArray[np.float64] | None, ...]:
        """Return learning rate, momentum and weight decay; None for what the optimizer's own stays."""
        return self.learning_rate, self.momentum, self.weight_decay


class _WarmedUp(Part, ABC):
    """A schedule whose own course begins after an optional warm-up, in which the rate rises in a straight line."""

    linear_warm_up: Fraction = 0.0
    """Share of all steps in which the rate first rises in a straight line; the schedule itself begins after them."""
    warm_up_divisor: Divisor = 25.0
    """Full rate over the rate of the first step, where there is a warm-up."""

    def values(self, learning_rate: float, steps: Steps) -> StepValues:
        """Return the rate of each step: `learning_rate` is the full one."""
        n_rising = min(round(self.linear_warm_up * steps.total), steps.total - 1)
        course = self._course(learning_rate, steps.after(n_rising))
        start = 1 / self.warm_up_divisor
        risen = np.arange(steps.first, steps.first + steps.count - course.size) / max(1, n_rising)
        return StepValues(np.concatenate([learning_rate * (start + (1 - start) * risen), course]))

    @abstractmethod
    def _course(self, learning_rate: float, steps: Steps) -> NDArray[np.float64]:
        """Return the rates of steps that are counted from the end of the warm-up."""


class Constant(_WarmedUp):
    """The same rate throughout."""

    kind: Literal["constant"] = "constant"

    def _course(self, learning_rate: float, steps: Steps) -> NDArray[np.float64]:
        return np.full(steps.count, learning_rate)


class InverseTime(_WarmedUp):
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

    def _course(self, learning_rate: float, steps: Steps) -> NDArray[np.float64]:
        """Return the rate after the divisions of all epochs up to each step's own."""
        epochs = steps.epochs()
        rates = np.empty(int(epochs.max(initial=-1)) + 1)
        rate = learning_rate
        for epoch in range(rates.size):
            rate /= 1 + self.decay * epoch
            rates[epoch] = rate
        return rates[epochs]


class StepDecay(_WarmedUp):
    """Multiply the rate by ``factor`` after every ``every`` epochs."""

    kind: Literal["step"] = "step"
    every: Annotated[int, Field(strict=True, ge=1)]
    """Epochs between two decreases."""
    factor: Positive
    """What the rate is multiplied by."""

    def _course(self, learning_rate: float, steps: Steps) -> NDArray[np.float64]:
        """Return ``learning_rate * factor ** (epoch // every)``."""
        decreases = (steps.epochs() // self.every).astype(np.float64)
        rates: NDArray[np.float64] = learning_rate * self.factor**decreases
        return rates


class PiecewiseLinear(_WarmedUp):
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

    def _course(self, learning_rate: float, steps: Steps) -> NDArray[np.float64]:
        """Return the interpolated factor times `learning_rate`."""
        epochs, factors = zip(*self.points, strict=True)
        rates: NDArray[np.float64] = learning_rate * np.interp(
            steps.indices() / steps.per_epoch, epochs, factors
        )
        return rates


class Cosine(_WarmedUp):
    """Half a cosine from the full rate down to ``final`` times it, over all steps after the warm-up.

    References
    ----------
    I. Loshchilov, F. Hutter, "SGDR: Stochastic gradient descent with warm restarts", ICLR 2017.
    """

    kind: Literal["cosine"] = "cosine"
    final: Fraction = 0.0
    """Rate at the end as a share of optimizer.learning_rate."""

    def _course(self, learning_rate: float, steps: Steps) -> NDArray[np.float64]:
        """Return the annealed rate of each step."""
        fall = (1 + np.cos(pi * steps.indices() / steps.total)) / 2
        rates: NDArray[np.float64] = learning_rate * (self.final + (1 - self.final) * fall)
        return rates


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
    initial_divisor: Divisor = 25.0
    """optimizer.learning_rate over the rate of the first step."""
    final_divisor: Divisor = 1e4
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
