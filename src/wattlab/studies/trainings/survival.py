"""The share of trainings that have not reached a target yet, step by step, with a band."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.studies.row import Frozen
from wattlab.studies.trainings.censored import success_rate, survival

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SurvivalStep", "survival_band"]


class SurvivalStep(Frozen):
    """The share of trainings that had not reached a target, from one value to the next."""

    value: float
    """Time, energy or epochs from which on the share holds."""
    share: float
    """From 0 to 1."""
    low: float
    high: float
    """Between these the true share lies, at this value, with the probability that `success_rate` states."""


def survival_band(values: Sequence[float | None]) -> tuple[SurvivalStep, ...]:
    """Return the steps of `survival`, each with Wilson's interval for its share.

    The band is pointwise: it holds at any one value, not along the whole curve at once. As a training that missed is
    infinite, and none is lost on the way, each share is that of a binomial draw.

    Parameters
    ----------
    values : sequence of float or None
        What each training took, at least one; None: it missed.

    Examples
    --------
    >>> [(step.value, step.share, round(step.high, 2)) for step in survival_band([2.0, 3.0, None])]
    [(0.0, 1.0, 1.0), (2.0, 0.6666666666666666, 0.92), (3.0, 0.3333333333333333, 0.75)]
    """
    n = len(values)
    found = []
    for value, share in survival(values):
        rate = success_rate(round(n * share), n)
        found.append(SurvivalStep(value=value, share=share, low=rate.low, high=rate.high))
    return tuple(found)
