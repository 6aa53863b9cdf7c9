"""Cells for medians and ratios in which a miss is infinite; tables of several studies share them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.studies.columns import Cell
from wattlab.studies.tables import ABSENT
from wattlab.units import significant
from wattlab.views.study_cells import ABSENT_CELL

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.studies.trainings.censored import CensoredMedian, CensoredRatio

__all__ = ["INFINITE", "NOT_REACHED", "median_cell", "ratio_cell"]

NOT_REACHED: Final = "not reached"
"""Stands for a median that is infinite."""
INFINITE: Final = "∞"


def median_cell(one: CensoredMedian | None, write: Callable[[float], str] = significant) -> Cell:
    """Return a median over trainings with its interval.

    Parameters
    ----------
    one : CensoredMedian or None
        None: an absent cell.
    write : callable, optional
        From a number to its text.
    """
    if one is None:
        return ABSENT_CELL
    text = NOT_REACHED if one.median is None else write(one.median)
    if one.n < 2:
        return Cell(text, detail="one training, no interval")
    low, high = (INFINITE if end is None else write(end) for end in (one.low, one.high))
    detail = f"median of {one.n}, of which {one.n_reached} reached it; level of the interval {one.level:.2g}"
    return Cell(text, "" if low == high == INFINITE else f"{low}-{high}", detail=detail)


def ratio_cell(one: CensoredRatio | None) -> Cell:
    """Return a ratio of two medians with its interval; where both are infinite nothing is known of it."""
    if one is None:
        return ABSENT_CELL
    unknown = INFINITE if one.low is None or one.low > 0 else ABSENT
    text = unknown if one.ratio is None else significant(one.ratio)
    if one.n < 2:
        return Cell(text, detail="one seed, no interval")
    low, high = (INFINITE if end is None else significant(end) for end in (one.low, one.high))
    detail = (
        f"of the medians of {one.n} seeds; the interval holds the true one with probability {one.level:.2g}"
    )
    return Cell(text, "" if one.low is None else f"{low}-{high}", detail=detail)
