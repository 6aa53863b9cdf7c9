"""What whole trainings add to the table of a study of threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.studies.columns import Cell, Column
from wattlab.units import significant
from wattlab.views.study_cells import ABSENT_CELL, quantity_cell
from wattlab.views.sweep_tables import mean_cell

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.studies.columns import Align
    from wattlab.studies.threads.answer import Threads, WholeTraining
    from wattlab.studies.trainings.censored import CensoredMedian, CensoredRatio

__all__ = ["training_columns"]

_INFINITE: Final = "∞"


def training_columns(answer: Threads) -> tuple[Column, ...]:
    """Return a column for each thing that whole trainings told; none where nobody asked for them.

    Parameters
    ----------
    answer : Threads
        Any, also one that was interrupted.
    """
    if not any(row.training for row in answer.rows):
        return ()
    until = "training" if answer.target is None else f"to {answer.target:g}"
    return (
        _column(answer, f"{until} (s)", lambda one: _median(one.time), "point"),
        _column(answer, f"ratio of {until}", lambda one: _ratio(one.time_ratio), "point"),
        _column(answer, f"verdict on {until}", _verdict),
        _column(answer, "CPU time", lambda one: quantity_cell(one.cpu), "right"),
        _column(answer, answer.score_name or "score", lambda one: mean_cell(one.score), "point"),
        _column(answer, "change", lambda one: mean_cell(one.score_change, signed=True), "point"),
    )


def _column(
    answer: Threads, heading: str, cell: Callable[[WholeTraining], Cell], align: Align = "left"
) -> Column:
    cells = (cell(row.training) if row.training else ABSENT_CELL for row in answer.rows)
    return Column(heading, tuple(cells), align)


def _number(value: float | None) -> str:
    return _INFINITE if value is None else significant(value)


def _median(one: CensoredMedian) -> Cell:
    text = "not reached" if one.median is None else significant(one.median)
    if one.n < 2:
        return Cell(text, detail="one training, no interval")
    detail = (
        f"median of {one.n} trainings, {one.n_reached} of which got there; interval of level {one.level:.2g}"
    )
    return Cell(text, f"{_number(one.low)}-{_number(one.high)}", detail=detail)


def _ratio(one: CensoredRatio | None) -> Cell:
    if one is None:
        return ABSENT_CELL
    if one.n < 2:
        return Cell(_number(one.ratio), detail="one seed, no interval")
    detail = (
        f"of the medians of {one.n} seeds; the interval holds the true one with probability {one.level:.2g}"
    )
    return Cell(_number(one.ratio), f"{_number(one.low)}-{_number(one.high)}", detail=detail)


def _verdict(one: WholeTraining) -> Cell:
    found = one.time_ratio
    if found is None or found.n < 2:
        return ABSENT_CELL
    return Cell(found.verdict, tone="unknown" if found.verdict == "no difference" else found.verdict)
