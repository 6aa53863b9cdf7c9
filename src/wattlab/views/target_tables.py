"""The table of a study of a target: a row for each recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.records.card import format_score
from wattlab.studies.columns import Cell, Column
from wattlab.units import format_count, format_quantity, format_seconds
from wattlab.views.censored_cells import median_cell, ratio_cell
from wattlab.views.study_cells import ABSENT_CELL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.meter.statistics import Estimate
    from wattlab.studies.columns import Align
    from wattlab.studies.target.answer import Target, TargetRow, TargetVerdict
    from wattlab.studies.trainings.censored import CensoredRatio
    from wattlab.studies.trainings.to_target import ToTarget

__all__ = ["target_columns"]

_TONES: Final = {"no difference": "unknown"}
"""Of verdicts that have none of their own."""


def target_columns(answer: Target) -> tuple[Column, ...]:
    """Return the table with a row for each recipe; columns in which all are absent are left out.

    Parameters
    ----------
    answer : Target
        Any, also one that was interrupted.
    """
    rows = answer.rows
    columns = (
        _column(rows, "recipe", lambda row: Cell(row.label)),
        _column(rows, "reached", _reached),
        _column(
            rows, "time (s)", lambda row: median_cell(row.outcome.time if row.outcome else None), "point"
        ),
        *(_against(rows) if len(rows) > 1 else ()),
        _column(rows, f"energy (J{_provenance(rows)})", _energy, "point"),
        *(_against_by_energy(rows) if _ranks_energy(rows) else ()),
        _column(rows, "epochs", lambda row: _epochs(row.outcome), "right"),
        _column(rows, "best if missed", _missed),
        _column(rows, f"test {answer.score_name or 'score'}", lambda row: _score(row.test_score), "point"),
        _column(rows, "spent", _spent, "right"),
    )
    return tuple(column for column in columns if any(cell != ABSENT_CELL for cell in column.cells))


def _column(
    rows: Sequence[TargetRow], heading: str, cell: Callable[[TargetRow], Cell], align: Align = "left"
) -> Column:
    return Column(heading, tuple(cell(row) for row in rows), align)


def _against(rows: Sequence[TargetRow]) -> tuple[Column, ...]:
    return (
        _column(rows, "ratio", lambda row: _ratio(row.time_ratio, row.verdict), "point"),
        _column(rows, "verdict", lambda row: _verdict(row.verdict)),
    )


def _against_by_energy(rows: Sequence[TargetRow]) -> tuple[Column, ...]:
    return (
        _column(rows, "energy ratio", lambda row: _ratio(row.energy_ratio, row.energy_verdict), "point"),
        _column(rows, "by energy", lambda row: _verdict(row.energy_verdict)),
    )


def _reached(row: TargetRow) -> Cell:
    if row.outcome is None:
        return Cell(
            row.state, tone="refused" if row.state == "refused" else "", detail="; ".join(row.failures)
        )
    rate = row.outcome.rate
    detail = f"Wilson's {rate.level:.0%} interval of the true share: {rate.low:.1%} to {rate.high:.1%}"
    aside = f"{_percent(rate.low)}-{_percent(rate.high)}%" if rate.n > 1 else ""
    return Cell(f"{rate.n_reached} of {rate.n}", aside, detail=detail)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"


def _epochs(outcome: ToTarget | None) -> Cell:
    return median_cell(None if outcome is None else outcome.epochs, format_count)


def _ratio(one: CensoredRatio | None, verdict: TargetVerdict) -> Cell:
    return Cell("1") if one is None and verdict == "baseline" else ratio_cell(one)


def _verdict(verdict: TargetVerdict) -> Cell:
    return ABSENT_CELL if verdict == "none" else Cell(verdict, tone=_TONES.get(verdict, verdict))


def _ranks_energy(rows: Sequence[TargetRow]) -> bool:
    return any(row.energy_verdict not in {"none", "baseline"} for row in rows)


def _provenance(rows: Sequence[TargetRow]) -> str:
    """Return where the energies come from, where all share it."""
    kinds = {row.outcome.energy_provenance for row in rows if row.outcome and row.outcome.rate.n_reached}
    return f", {next(iter(kinds))}" if len(kinds) == 1 and "missing" not in kinds else ""


def _energy(row: TargetRow) -> Cell:
    if row.outcome is None:
        return ABSENT_CELL
    if row.outcome.energy is None:
        return Cell("missing", tone="missing", detail="for a training at least that reached the target")
    cell = median_cell(row.outcome.energy)
    provenance = row.outcome.energy_provenance if row.outcome.rate.n_reached else ""
    return cell._replace(detail="; ".join(part for part in (cell.detail, provenance) if part))


def _missed(row: TargetRow) -> Cell:
    if not row.missed_best:
        return ABSENT_CELL
    low, high = format_score(row.missed_best[0]), format_score(row.missed_best[-1])
    return Cell(low if low == high else f"{low} to {high}", detail=f"of {len(row.missed_best)} trainings")


def _score(one: Estimate | None) -> Cell:
    if one is None:
        return ABSENT_CELL
    detail = f"median of {one.n} that reached the target, opened once at their end"
    aside = f"{format_score(one.low)}-{format_score(one.high)}" if one.n > 1 else ""
    return Cell(format_score(one.median), aside, detail=detail)


def _spent(row: TargetRow) -> Cell:
    if row.wall is None or row.wall.value is None:
        return ABSENT_CELL
    energy = row.energy
    known = energy is not None and energy.value is not None
    aside = format_quantity(energy.value, "J") if known and energy and energy.value is not None else ""
    detail = f"all trainings of it: {row.wall}" + (f", {energy}" if known else "")
    return Cell(format_seconds(row.wall.value), aside, detail=detail)
