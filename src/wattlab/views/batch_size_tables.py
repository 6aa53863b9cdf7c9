"""What the table of a batch-size study says, and what stands around it: once for terminal, page and figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.studies.columns import Cell, Column
from wattlab.studies.tables import ABSENT
from wattlab.units import format_bytes, format_count, format_seconds, significant
from wattlab.views.study_notes import Remark

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.meter.quantity import Quantity
    from wattlab.meter.statistics import Estimate
    from wattlab.studies.batch_size.answer import BatchSizes, SizeRow
    from wattlab.studies.columns import Align

__all__ = [
    "MARKS",
    "batch_size_columns",
    "circumstances",
    "energy_unit",
    "reading",
    "remarks",
    "troubles",
    "verdict",
]

MARKS: Final = {
    "recommended": "recommended",
    "knee": "knee",
    "maximum": "maximum",
    "recipe": "the recipe's",
}
"""What a marked size is called."""
_ABSENT: Final = Cell(ABSENT)
_ENERGIES: Final = ((1.0, "J", 1.0), (1e-3, "mJ", 1e3), (1e-6, "µJ", 1e6), (0.0, "nJ", 1e9))


def batch_size_columns(rows: Sequence[SizeRow]) -> tuple[Column, ...]:
    """Return the table; columns in which every size is absent are left out.

    Parameters
    ----------
    rows : sequence of SizeRow
        In the order in which they shall appear.
    """
    columns = (
        _column(rows, "batch size", lambda row: Cell(str(row.size)), "right"),
        _column(rows, "ms/step", lambda row: _estimate(row.step, lambda s: significant(s * 1e3)), "point"),
        _column(rows, "samples/s", lambda row: _estimate(row.rate, format_count), "right"),
        _column(rows, "of best", lambda row: _share(row.share), "right"),
        _column(rows, "memory", lambda row: _bytes(row.memory), "right"),
        _column(rows, "left", lambda row: _bytes(row.left), "right")._replace(dispensable=True),
        _column(rows, "busy", _use, "right"),
        _energies(rows),
        _column(rows, "verdict", _verdict),
    )
    return tuple(column for column in columns if any(cell != _ABSENT for cell in column.cells))


def _column(
    rows: Sequence[SizeRow], heading: str, cell: Callable[[SizeRow], Cell], align: Align = "left"
) -> Column:
    return Column(heading, tuple(cell(row) for row in rows), align)


def _estimate(one: Estimate | None, text: Callable[[float], str]) -> Cell:
    if one is None:
        return _ABSENT
    bounds = (
        f"{text(one.low)} to {text(one.high)} with probability {one.level:.2g}, from {one.n} blocks of steps"
    )
    return Cell(text(one.median), detail=bounds)


def _share(share: float | None) -> Cell:
    return _ABSENT if share is None else Cell(f"{share:.0%}")


def _bytes(one: Quantity) -> Cell:
    return _ABSENT if one.value is None else Cell(format_bytes(one.value), detail=one.note)


def _use(row: SizeRow) -> Cell:
    return _ABSENT if row.use.value is None else Cell(f"{row.use.value:.0%}", detail=row.use.note)


def _energies(rows: Sequence[SizeRow]) -> Column:
    """Return the energies in one unit; their provenance in the heading where all share it, else beside each."""
    known = [row.energy for row in rows if row.energy.value is not None]
    unit, factor = energy_unit(rows)
    kinds = {one.provenance for one in known}
    shared = next(iter(kinds)) if len(kinds) == 1 else ""
    heading = f"{unit}/sample ({shared})" if shared else f"{unit}/sample"
    return _column(rows, heading, lambda row: _energy(row.energy, factor, named=not shared), "point")


def energy_unit(rows: Sequence[SizeRow]) -> tuple[str, float]:
    """Return the unit that suits the largest energy of a sample, and how many of it a joule has."""
    largest_J = max((row.energy.value or 0.0 for row in rows), default=1.0)
    return next((unit, factor) for least_J, unit, factor in _ENERGIES if largest_J >= least_J)


def _energy(one: Quantity, factor: float, *, named: bool) -> Cell:
    if one.value is None:
        return _ABSENT
    return Cell(significant(one.value * factor), one.provenance if named else "", one.provenance, str(one))


def verdict(row: SizeRow) -> str:
    """Return what became of a size, or what it is where it fits, such as "knee, maximum"."""
    marks = ", ".join(MARKS[mark] for mark in row.marks)
    return marks if marks and row.outcome == "fits" else row.outcome


def _verdict(row: SizeRow) -> Cell:
    tone = "better" if "recommended" in row.marks else "" if row.outcome == "fits" else "failed"
    return Cell(verdict(row), tone=tone, detail=row.reason)


def circumstances(answer: BatchSizes) -> str:
    """Return in one line how and when the study was made."""
    plan = answer.plan
    tried = f"{len(answer.probes)} processes, {len(answer.rows)} sizes"
    if not answer.complete:
        tried = f"not finished: {tried}"
    limit = "" if plan.memory_B is None else f"limit {format_bytes(plan.memory_B)}"
    data = "" if answer.data is None else f"{answer.data_kind} data ({answer.data.name})"
    when = f"{answer.created_utc[:16].replace('T', ' ')} UTC"
    facts = (tried, limit, data, f"{format_seconds(plan.limit_s)} for the steps of each", when)
    return " · ".join(filter(None, (*facts, f"wattlab {answer.wattlab_version}")))


def reading(answer: BatchSizes) -> tuple[str, ...]:
    """Return how to read the table, in whole sentences."""
    where = "the card" if answer.plan.on_card else "the host, pages of files not counted"
    how = (
        f"Memory: the most that a process held of {where}; left: what the limit leaves. Busy: share of the "
        f"{'card' if answer.plan.on_card else 'cores'} in use. No other sizes were tested; what has a name fits, too."
    )
    return how, str(answer.machine.get("line", answer.machine.get("id", "unknown")))


def troubles(answer: BatchSizes) -> tuple[Remark, ...]:
    """Return why sizes do not fit, where that is not memory alone, of which the table has limit and figures."""
    return tuple(
        Remark(str(row.size), row.reason)
        for row in answer.rows
        if row.reason and row.outcome != "out of memory"
    )


def remarks(answer: BatchSizes) -> tuple[Remark, ...]:
    """Return what a reader must know."""
    unfinished = [] if answer.complete else ["The search was not finished; what is known so far is shown."]
    kinds = {row.energy.provenance for row in answer.rows}
    energy = (
        ["Energy is modelled, not measured: do not rank small differences by it."]
        if "modelled" in kinds
        else []
    )
    return tuple(Remark("", note) for note in (*unfinished, *answer.notes, *energy))
