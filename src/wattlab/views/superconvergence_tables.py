"""The table of a study of super-convergence: a row for each candidate, in the order in which they were trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.records.card import format_score
from wattlab.studies.columns import Cell, Column
from wattlab.units import significant
from wattlab.views.study_cells import ABSENT_CELL

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.studies.columns import Align
    from wattlab.studies.superconvergence.answer import Superconvergence
    from wattlab.studies.superconvergence.row import ArmRow
    from wattlab.studies.trainings.censored import CensoredMedian

__all__ = ["superconvergence_columns"]

_NEVER: Final = "∞"


def superconvergence_columns(answer: Superconvergence) -> tuple[Column, ...]:
    """Return a row for each candidate; columns in which all are absent are left out.

    Parameters
    ----------
    answer : Superconvergence
        Any, also one that was interrupted.
    """
    rows, name = answer.rows, answer.score_name or "score"
    provenance = _provenance(answer)

    def column(heading: str, cell: Callable[[ArmRow], Cell], align: Align = "left") -> Column:
        return Column(heading, tuple(map(cell, rows)), align)

    columns = (
        column("schedule", lambda row: Cell(row.label)),
        column("", lambda row: Cell("chosen", tone="better") if row.chosen else ABSENT_CELL),
        column("reached", _reached, "right"),
        column("epochs", lambda row: _median(row.to_target.epochs if row.to_target else None), "point"),
        column("time (s)", lambda row: _median(row.to_target.time if row.to_target else None), "point"),
        column(
            f"energy (J{provenance})",
            lambda row: _median(row.to_target.energy if row.to_target else None),
            "point",
        ),
        column(f"best {name}", lambda row: _score(row.best), "point"),
        column(f"test {name}", lambda row: _score(row.test), "point"),
        column("diverged", lambda row: Cell(str(row.n_diverged)) if row.n_diverged else ABSENT_CELL, "right"),
    )
    return tuple(one for one in columns if any(cell != ABSENT_CELL for cell in one.cells))


def _provenance(answer: Superconvergence) -> str:
    kinds = {
        row.to_target.energy_provenance for row in answer.rows if row.to_target and row.to_target.energy
    } - {"missing"}
    return f", {kinds.pop()}" if len(kinds) == 1 else ""


def _reached(row: ArmRow) -> Cell:
    if row.to_target is None:
        return ABSENT_CELL
    rate = row.to_target.rate
    detail = f"{rate.level:.0%} interval of the share: {rate.low:.0%} to {rate.high:.0%}"
    return Cell(f"{rate.n_reached}/{rate.n}", detail=detail)


def _median(found: CensoredMedian | None) -> Cell:
    """Return a median with its interval; a miss is infinite."""
    if found is None:
        return ABSENT_CELL
    if found.n_reached == 0:
        return Cell(_NEVER, detail="no training reached the target")
    text = {"1": "{:g}".format}.get(found.unit, significant)
    median, low, high = (
        _NEVER if one is None else text(one) for one in (found.median, found.low, found.high)
    )
    interval = f"{low}–{high}" if found.n > 1 else ""
    return Cell(median, interval, "", f"median of {found.n} seeds, misses being infinite")


def _score(score: float | None) -> Cell:
    return ABSENT_CELL if score is None else Cell(format_score(score))
