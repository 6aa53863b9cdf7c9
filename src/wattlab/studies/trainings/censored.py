"""Time to a target as what it is, censored data: a training that missed took infinitely long, and is never left out."""

from __future__ import annotations

from math import ceil, inf, isfinite, log, sqrt
from statistics import NormalDist, median
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from wattlab.meter.statistics import LEVEL, coverage
from wattlab.studies.row import Frozen
from wattlab.studies.student import log_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = [
    "ENOUGH",
    "CensoredMedian",
    "CensoredRatio",
    "SuccessRate",
    "censored_median",
    "censored_ratio",
    "success_rate",
    "survival",
]

ENOUGH: Final = 5
"""Seeds from which on a bootstrap is believed; with fewer a ratio's interval is widened by Student's."""
_DRAWS: Final = 4000
_SEED: Final = 41117


class SuccessRate(Frozen):
    """How many trainings reached a target, and where the true share lies."""

    n: int
    n_reached: int
    low: float
    high: float
    level: float
    """Probability with which the interval covers the true share."""

    @property
    def share(self) -> float:
        """Share of trainings that reached it, from 0 to 1."""
        return self.n_reached / self.n


class CensoredMedian(Frozen):
    """The median over all trainings, those that missed included as infinite."""

    median: float | None
    """None: infinite, as at least half of the trainings missed."""
    low: float | None
    """None: infinite, as hardly any training reached it."""
    high: float | None
    """None: infinite."""
    unit: str
    n: int
    n_reached: int
    level: float
    """Probability with which the interval covers the true median; 0 for one training alone."""


class CensoredRatio(Frozen):
    """The median of one candidate over that of another, by the same seeds."""

    ratio: float | None
    """Below 1: the first is cheaper. None: infinite, or both are, so that nothing can be said."""
    low: float | None
    """None: infinite, as hardly any training of the first reached it."""
    high: float | None
    """None: infinite."""
    n: int
    """Seeds that both were trained with."""
    level: float
    verdict: Literal["better", "worse", "no difference"]
    """better or worse: the whole interval lies on one side of 1; of fewer than two seeds nothing is said."""


def success_rate(n_reached: int, n: int) -> SuccessRate:
    """Return the share of trainings that reached a target, with Wilson's score interval.

    Parameters
    ----------
    n_reached, n : int
        Trainings that reached it, and all of them, at least 1.

    References
    ----------
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927), 209-212.

    Examples
    --------
    >>> found = success_rate(9, 10)
    >>> found.share, round(found.low, 3), round(found.high, 3)
    (0.9, 0.652, 0.977)
    """
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)
    share, spread = n_reached / n, z * z / n
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return SuccessRate(
        n=n, n_reached=n_reached, low=max(0.0, middle - half), high=min(1.0, middle + half), level=LEVEL
    )


def censored_median(values: Sequence[float | None], unit: str) -> CensoredMedian:
    """Return the median of what some trainings took to a target, with a bootstrap interval.

    With fewer than five trainings the interval is their whole range, and its level what order statistics give it.

    Parameters
    ----------
    values : sequence of float or None
        One for each training, at least one; None: it missed, so its value is infinite.
    unit : str
        Such as "s" or "J"; "1" for epochs.

    References
    ----------
    B. Efron, "Censored data and the bootstrap", JASA 76 (1981), 312-319. B. Efron, R. J. Tibshirani, "An Introduction
    to the Bootstrap", 1993, chapter 13 (percentiles).

    Examples
    --------
    >>> found = censored_median([2.0, 3.0, None, 4.0, 5.0], "s")
    >>> found.median, found.low, found.high
    (4.0, 2.0, None)
    >>> censored_median([2.0, None], "s").median is None
    True
    """
    known, n = _infinite(values), len(values)
    low, high = min(known), max(known)
    if n >= ENOUGH:
        drawn = _medians(known, _places(n))
        low, high = _quantiles(drawn, drawn)
    return CensoredMedian(
        median=_finite(median(known)),
        low=_finite(low),
        high=_finite(high),
        unit=unit,
        n=n,
        n_reached=sum(value is not None for value in values),
        level=LEVEL if n >= ENOUGH else coverage(n, 1),
    )


def censored_ratio(own: Sequence[float | None], other: Sequence[float | None]) -> CensoredRatio:
    """Return the ratio of the medians of two candidates that were trained with the same seeds.

    Seeds are redrawn in pairs. Where a draw has infinite medians on both sides nothing is known of it, and it counts
    as 0 for the lower end and as infinite for the upper one. With fewer than five seeds the interval is widened to
    Student's for the logarithms of the pairs' ratios, and reaches from 0 to infinity where a seed missed.

    Parameters
    ----------
    own, other : sequence of float or None
        By seed, in the same order; None: it missed.

    Examples
    --------
    >>> found = censored_ratio([1.0, 1.1, 0.9, 1.0, 1.0], [2.0, 2.2, 2.1, 1.9, None])
    >>> round(found.ratio, 3), found.verdict
    (0.476, 'better')
    >>> censored_ratio([1.0, 2.0], [2.0, 1.0]).verdict
    'no difference'
    """
    first, second = _infinite(own), _infinite(other)
    places = _places(len(first))
    drawn = _over(_medians(first, places), _medians(second, places))
    low, high = _quantiles(
        np.nan_to_num(drawn, nan=0.0, posinf=inf), np.nan_to_num(drawn, nan=inf, posinf=inf)
    )
    if len(first) < ENOUGH:
        least, most = _widened(first, second)
        low, high = min(low, least), max(high, most)
    ratio = float(_over(np.array([median(first)]), np.array([median(second)]))[0])
    return CensoredRatio(
        ratio=_finite(ratio),
        low=_finite(low),
        high=_finite(high),
        n=len(first),
        level=LEVEL if len(first) > 1 else 0.0,
        verdict=_verdict(low, high) if len(first) > 1 else "no difference",
    )


def survival(values: Sequence[float | None]) -> tuple[tuple[float, float], ...]:
    """Return the share of trainings that had not yet reached a target, as steps (value, share from there on).

    Parameters
    ----------
    values : sequence of float or None
        What each training took; None: it missed, and stays in the share for ever.

    Returns
    -------
    tuple of (float, float)
        Begins with (0, 1); one step for each value that is different.

    Examples
    --------
    >>> survival([3.0, 2.0, None, 2.0])
    ((0.0, 1.0), (2.0, 0.5), (3.0, 0.25))
    """
    reached = sorted(value for value in values if value is not None)
    left = {value: (len(values) - place - 1) / len(values) for place, value in enumerate(reached)}
    return ((0.0, 1.0), *left.items())


def _infinite(values: Sequence[float | None]) -> list[float]:
    return [inf if value is None else value for value in values]


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def _places(n: int) -> NDArray[np.int64]:
    """Return which values each draw holds, the same at every call."""
    return np.random.default_rng(_SEED).integers(n, size=(_DRAWS, n))


def _medians(values: Sequence[float], places: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the median of each draw; infinite where the middle is, and never the mean of inf and −inf."""
    drawn = np.sort(np.asarray(values, np.float64)[places], axis=1)
    n = drawn.shape[1]
    middle: NDArray[np.float64] = (drawn[:, (n - 1) // 2] + drawn[:, n // 2]) / 2
    return middle


def _over(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore", divide="ignore"):
        return first / second


def _quantiles(for_low: NDArray[np.float64], for_high: NDArray[np.float64]) -> tuple[float, float]:
    """Return both ends of a percentile interval: drawn values, as nothing lies between a number and infinity."""
    low = np.sort(for_low)[ceil(len(for_low) * (1 - LEVEL) / 2) - 1]
    high = np.sort(for_high)[ceil(len(for_high) * (1 + LEVEL) / 2) - 1]
    return float(low), float(high)


def _widened(first: Sequence[float], second: Sequence[float]) -> tuple[float, float]:
    """Return how far so few pairs may be off."""
    pairs = [
        log(own) - log(other)
        for own, other in zip(first, second, strict=True)
        if 0 < own < inf and 0 < other < inf
    ]
    if len(pairs) < len(first) or len(pairs) < 2:
        return 0.0, inf
    return log_interval(pairs)


def _verdict(low: float, high: float) -> Literal["better", "worse", "no difference"]:
    if high < 1:
        return "better"
    return "worse" if low > 1 else "no difference"
