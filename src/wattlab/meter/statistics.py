"""Medians with intervals that assume nothing about the distribution: timings are skewed, with outliers above."""

from __future__ import annotations

from math import comb, isfinite
from statistics import median
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict

from wattlab.meter.quantity import Quantity, missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wattlab.meter.quantity import Provenance

__all__ = ["LEVEL", "Estimate", "coverage", "estimate", "interval_rank", "median_quantity"]

LEVEL: Final = 0.9
"""Coverage that an interval should have, and below which no verdict is given: five rounds reach it, four do not."""
_ORDER: Final[tuple[Provenance, ...]] = ("measured", "modelled", "missing")


class Estimate(BaseModel):
    """The median of repeated measurements, and where the true median lies."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, defer_build=True)

    median: float
    low: float
    high: float
    unit: str
    """Such as "s", "1/s" or "B"; empty for ratios and scores."""
    n: int
    """Measurements."""
    level: float
    """Probability with which the interval covers the true median, by order statistics: 1 − 2⁻ⁿ⁺¹ at most."""


def coverage(n: int, rank: int) -> float:
    """Return the probability that the rank-th smallest and rank-th largest of n values enclose the median.

    Parameters
    ----------
    n : int
        Independent measurements, at least 1.
    rank : int
        1 for the whole range, 2 for the range without both extremes, …

    Notes
    -----
    Each value lies below the median with probability ½. The median escapes below the interval if fewer than
    `rank` values lie below it, and likewise above: 1 − 2 P(B ≤ rank − 1), where B is binomial (n, ½).

    References
    ----------
    H. A. David, H. N. Nagaraja, "Order Statistics", 3rd edition, 2003, section 7.1.

    Examples
    --------
    >>> coverage(5, 1), coverage(11, 3)
    (0.9375, 0.9345703125)
    """
    return 1 - float(2 * sum(comb(n, k) for k in range(rank)) / 2**n)


def interval_rank(n: int, level: float = LEVEL) -> int:
    """Return the rank of the narrowest symmetric interval that covers `level`; 1, the range, if none does.

    Examples
    --------
    >>> interval_rank(5), interval_rank(8), interval_rank(11)
    (1, 2, 3)
    """
    ranks = [rank for rank in range(1, (n + 1) // 2 + 1) if coverage(n, rank) >= level]
    return max(ranks, default=1)


def estimate(values: Iterable[float | None], unit: str) -> Estimate | None:
    """Return the median and its interval; None if no value is a finite number.

    Parameters
    ----------
    values : iterable of float or None
        What is None or no finite number is left out.
    unit : str
        Such as "s"; empty for ratios and scores.

    Examples
    --------
    >>> found = estimate([3.0, 1.0, 2.0, 5.0, 4.0], "s")
    >>> found.median, found.low, found.high, found.level
    (3.0, 1.0, 5.0, 0.9375)
    """
    known = sorted(value for value in values if value is not None and isfinite(value))
    if not known:
        return None
    n = len(known)
    rank = interval_rank(n)
    return Estimate(
        median=median(known),
        low=known[rank - 1],
        high=known[n - rank],
        unit=unit,
        n=n,
        level=coverage(n, rank),
    )


def median_quantity(quantities: Sequence[Quantity], unit: str) -> Quantity:
    """Return the median of repeated measurements, with the worst of their provenances.

    Parameters
    ----------
    quantities : sequence of Quantity
        One for each trial, all in `unit`; what is missing is left out, and the note counts it.
    unit : str
        Of the result.

    Returns
    -------
    Quantity
        Its interval holds both what the sensor may be off by and how the trials differ: it reaches from the
        lower ends to the upper ends of the trials' own intervals, those of as many trials left out on each side
        as `interval_rank` allows, which is none below eight. Missing if there is no trial that is known.

    Examples
    --------
    >>> from wattlab.meter.quantity import measured
    >>> print(median_quantity([measured(value, "J", "rapl:package-0") for value in (9.0, 7.0, 8.0)], "J"))
    8.00 J [7.00-9.00 J] measured
    """
    values = [one.value for one in quantities if one.value is not None]
    if not values:
        return missing(unit, _distinct((one.note for one in quantities), "; ") or "no trial finished")
    known = [one for one in quantities if one.value is not None]
    own = [one.interval or (one.value or 0.0, one.value or 0.0) for one in known]
    rank = interval_rank(len(known))
    lost = len(quantities) - len(known)
    notes = [*(one.note for one in known), f"missing in {lost} of {len(quantities)} trials" if lost else ""]
    return Quantity(
        value=median(values),
        unit=unit,
        provenance=max((one.provenance for one in known), key=_ORDER.index),
        sensor=_distinct((one.sensor for one in known), " + "),
        interval=(sorted(low for low, _ in own)[rank - 1], sorted(high for _, high in own)[-rank]),
        note=_distinct(notes, "; "),
    )


def _distinct(texts: Iterable[str], separator: str) -> str:
    """Join what is not empty, each text once, in order."""
    return separator.join(dict.fromkeys(text for text in texts if text))
