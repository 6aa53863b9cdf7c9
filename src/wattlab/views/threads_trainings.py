"""What whole trainings add to the table of a study of threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.studies.columns import Cell, Column
from wattlab.views.censored_cells import median_cell, ratio_cell
from wattlab.views.study_cells import ABSENT_CELL, quantity_cell
from wattlab.views.sweep_tables import mean_cell

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.studies.columns import Align
    from wattlab.studies.threads.answer import Threads, WholeTraining

__all__ = ["training_columns"]


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
        _column(answer, f"{until} (s)", lambda one: median_cell(one.time), "point"),
        _column(answer, "training ratio", lambda one: ratio_cell(one.time_ratio), "point"),
        _column(answer, "training verdict", _verdict),
        _column(answer, "CPU time", lambda one: quantity_cell(one.cpu), "right"),
        _column(answer, answer.score_name or "score", lambda one: mean_cell(one.score), "point"),
        _column(answer, "change", lambda one: mean_cell(one.score_change, signed=True), "point"),
    )


def _column(
    answer: Threads, heading: str, cell: Callable[[WholeTraining], Cell], align: Align = "left"
) -> Column:
    cells = (cell(row.training) if row.training else ABSENT_CELL for row in answer.rows)
    return Column(heading, tuple(cells), align)


def _verdict(one: WholeTraining) -> Cell:
    found = one.time_ratio
    if found is None or found.n < 2:
        return ABSENT_CELL
    return Cell(found.verdict, tone="unknown" if found.verdict == "no difference" else found.verdict)
