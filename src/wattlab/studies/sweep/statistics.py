"""Medians, ratios and means of a sweep, with intervals that hold for few rounds, too."""

from __future__ import annotations

from math import log, sqrt
from statistics import fmean, median, stdev
from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.meter.statistics import LEVEL, Estimate, estimate
from wattlab.studies.row import Frozen
from wattlab.studies.student import log_interval, student

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Redraw = Callable[[int, np.random.Generator], NDArray[np.float64]]
    """Redraws the blocks of a round so many times, and returns the median of each."""

__all__ = ["ENOUGH", "Mean", "mean_of", "ratio_of", "step_of"]

ENOUGH: Final = 5
"""Rounds from which on order statistics alone reach `wattlab.meter.statistics.LEVEL`."""
_FEWEST: Final = 3
"""Trainings from which on Student's interval tells something: of two it is six times their range."""
_DRAWS: Final = 1000
_SEED: Final = 20201


class Mean(Frozen):
    """The mean of trainings with different seeds, and where the true mean lies."""

    mean: float
    low: float
    high: float
    n: int
    """Trainings; one alone has no interval, and two have their range."""
    level: float
    """Probability with which the interval covers the true mean, if what differs between seeds is normal."""


def step_of(rounds: Sequence[Sequence[float]]) -> Estimate | None:
    """Return the median time of a step. Unit: s.

    Parameters
    ----------
    rounds : sequence of sequence of float
        For each round the time of a step in each of its blocks. Unit: s.
    """

    def redraw(number: int, rng: np.random.Generator) -> NDArray[np.float64]:
        return _redrawn(rounds[number], rng)

    return _estimate([median(blocks) for blocks in rounds], redraw, "s")


def ratio_of(rounds: Sequence[tuple[Sequence[float], Sequence[float]]]) -> Estimate | None:
    """Return the ratio of the times of two cells, round by round. Unit: 1.

    Five rounds or more: the median of the rounds' ratios, its interval by order statistics. Fewer: the interval holds
    that of a bootstrap on two levels, which redraws rounds and, in each of them, blocks; and that of Student for the
    logarithms of the rounds' ratios, since a few rounds show too little of how processes differ. One round alone has
    an interval over its blocks, of which nothing is known (level 0).

    Parameters
    ----------
    rounds : sequence of (sequence of float, sequence of float)
        For each round that both finished, the time of a step in each block: of a cell, and of its baseline. Unit: s.

    References
    ----------
    B. Efron, R. J. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13 (percentiles). A. C. Davison,
    D. V. Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8 (hierarchical data).
    """

    def redraw(number: int, rng: np.random.Generator) -> NDArray[np.float64]:
        own, other = rounds[number]
        return _redrawn(own, rng) / _redrawn(other, rng)

    return _estimate([median(own) / median(other) for own, other in rounds], redraw, "")


def _redrawn(blocks: Sequence[float], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return medians of blocks that were drawn again, with replacement."""
    places = rng.integers(len(blocks), size=(_DRAWS, len(blocks)))
    medians: NDArray[np.float64] = np.median(np.asarray(blocks)[places], axis=1)
    return medians


def _estimate(values: Sequence[float], redraw: Redraw, unit: str) -> Estimate | None:
    if not values:
        return None
    if len(values) >= ENOUGH:
        return estimate(values, unit)
    middle = median(values)
    low, high = _bootstrap(len(values), redraw)
    if len(values) > 1:
        least, most = log_interval([log(value) for value in values])
        low, high = min(low, least), max(high, most)
    level = LEVEL if len(values) > 1 else 0.0
    return Estimate(
        median=middle, low=min(low, middle), high=max(high, middle), unit=unit, n=len(values), level=level
    )


def _bootstrap(n_rounds: int, redraw: Redraw) -> tuple[float, float]:
    """Return the quantiles of the medians of redrawn rounds, the blocks of each redrawn; the same at every call."""
    rng = np.random.default_rng(_SEED)
    rounds = rng.integers(n_rounds, size=(n_rounds, _DRAWS))
    drawn = [np.choose(chosen, [redraw(number, rng) for number in range(n_rounds)]) for chosen in rounds]
    medians = np.median(np.stack(drawn), axis=0)
    low, high = np.quantile(medians, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def mean_of(values: Sequence[float]) -> Mean | None:
    """Return the mean of a few trainings' scores with Student's interval, of two with their range; None of none.

    Examples
    --------
    >>> found = mean_of([0.90, 0.92, 0.94])
    >>> round(found.mean, 3), round(found.low, 3), round(found.high, 3)
    (0.92, 0.886, 0.954)
    """
    if not values:
        return None
    middle, n = fmean(values), len(values)
    if n < _FEWEST:
        return Mean(mean=middle, low=min(values), high=max(values), n=n, level=0.0)
    half = student(n - 1) * stdev(values) / sqrt(n)
    return Mean(mean=middle, low=middle - half, high=middle + half, n=n, level=LEVEL)
