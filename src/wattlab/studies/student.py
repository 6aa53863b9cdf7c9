"""Student's interval, for the few rounds or seeds that a study has."""

from __future__ import annotations

from math import exp, sqrt
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["log_interval", "student"]

_STUDENT: Final = {
    1: 6.314, 2: 2.920, 3: 2.353, 4: 2.132, 5: 2.015, 6: 1.943, 7: 1.895, 8: 1.860, 9: 1.833, 10: 1.812,
    12: 1.782, 15: 1.753, 20: 1.725, 30: 1.697, 60: 1.671, 120: 1.658,
}  # fmt: skip
"""95 % quantiles of Student's distribution by degrees of freedom; between two, the lower one's is wide enough."""


def student(freedom: int) -> float:
    """Return the 95 % quantile of Student's distribution, or a little more.

    Parameters
    ----------
    freedom : int
        Degrees of freedom, at least 1.

    Examples
    --------
    >>> student(2), student(11)
    (2.92, 1.812)
    """
    return _STUDENT[max(known for known in _STUDENT if known <= freedom)]


def log_interval(logarithms: Sequence[float]) -> tuple[float, float]:
    """Return where the ratio lies whose logarithm was found several times, at least twice, with 90 % probability.

    Examples
    --------
    >>> low, high = log_interval([0.0, 0.1, 0.2])
    >>> round(low, 3), round(high, 3)
    (0.934, 1.308)
    """
    half = student(len(logarithms) - 1) * stdev(logarithms) / sqrt(len(logarithms))
    middle = fmean(logarithms)
    return exp(middle - half), exp(middle + half)
