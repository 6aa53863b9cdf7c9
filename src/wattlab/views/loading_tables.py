"""What the table of a loading study says, and what stands around it: once for terminal, page and figure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from wattlab.meter.statistics import LEVEL
from wattlab.studies.columns import Cell, Column
from wattlab.studies.loading.bound import FROM
from wattlab.studies.tables import ABSENT, interval_text
from wattlab.units import format_count, significant
from wattlab.views.study_notes import Remark

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.meter.statistics import Estimate
    from wattlab.studies.columns import Align
    from wattlab.studies.loading.answer import Loading, LoadingRow

__all__ = ["circumstances", "loading_columns", "reading", "remarks", "row_label", "troubles"]

_ABSENT: Final = Cell(ABSENT)
_TONES: Final = {"input": "worse", "compute": "better", "unknown": "unknown"}


def row_label(row: LoadingRow) -> str:
    """Return how a row is called, such as "npy cold, 2 threads"."""
    return row.variant.label


def loading_columns(rows: Sequence[LoadingRow]) -> tuple[Column, ...]:
    """Return the table; columns in which every row is absent are left out.

    Parameters
    ----------
    rows : sequence of LoadingRow
        In the order in which they shall appear.
    """
    columns = (
        _column(rows, "format, cache, workers", lambda row: Cell(row_label(row))),
        _column(rows, "from", lambda row: Cell(row.place)),
        _column(rows, "MB/s", lambda row: _number(row.rate, 1e-6), "right"),
        _column(rows, "ms/file", lambda row: _number(row.file_s, 1e3), "point"),
        _column(rows, "ratio to memory", lambda row: _number(row.ratio, aside=True), "point"),
        _column(rows, "CPU s/GB", lambda row: _number(row.cpu_per_GB), "point"),
        _energies(rows),
        _column(rows, "samples/s", lambda row: _count(row.samples), "right"),
        _column(rows, "bound", _bound),
    )
    return tuple(column for column in columns if any(cell != _ABSENT for cell in column.cells))


def _column(
    rows: Sequence[LoadingRow], heading: str, cell: Callable[[LoadingRow], Cell], align: Align = "left"
) -> Column:
    return Column(heading, tuple(cell(row) for row in rows), align)


def _number(estimate: Estimate | None, factor: float = 1.0, *, aside: bool = False) -> Cell:
    if estimate is None:
        return _ABSENT
    bounds = interval_text(estimate, factor)
    detail = f"{bounds}, " if bounds and not aside else ""
    basis = f"median of {estimate.n}; the interval holds the true one with probability {estimate.level:.2g}"
    text = significant(estimate.median * factor)
    return Cell(text, bounds if aside else "", detail=detail + (basis if bounds else "one measurement"))


def _count(estimate: Estimate | None) -> Cell:
    return _ABSENT if estimate is None else Cell(format_count(estimate.median))


def _energies(rows: Sequence[LoadingRow]) -> Column:
    """Return the energies; their provenance in the heading where all share it, else beside each."""
    kinds = {row.energy_per_GB.provenance for row in rows if row.energy_per_GB is not None}
    shared = next(iter(kinds)) if len(kinds) == 1 else ""
    heading = f"J/GB ({shared})" if shared else "J/GB"
    return _column(rows, heading, lambda row: _energy(row, named=not shared), "right")


def _energy(row: LoadingRow, *, named: bool) -> Cell:
    energy = row.energy_per_GB
    if energy is None:
        return _ABSENT
    if energy.value is None:
        return Cell("missing", tone="missing", detail=energy.note)
    return Cell(significant(energy.value), energy.provenance if named else "", energy.provenance, str(energy))


def _bound(row: LoadingRow) -> Cell:
    return _ABSENT if row.bound is None else Cell(FROM[row.bound], tone=_TONES[row.bound])


def circumstances(answer: Loading) -> str:
    """Return in one line how and when the study was made."""
    rounds = f"{answer.rounds} round{'' if answer.rounds == 1 else 's'}, interleaved"
    if not answer.complete:
        rounds = f"not finished: {len(answer.trials)} trials of {answer.rounds} rounds"
    when = f"{answer.created_utc[:16].replace('T', ' ')} UTC"
    return " · ".join((rounds, when, f"wattlab {answer.wattlab_version}"))


def reading(answer: Loading) -> tuple[str, ...]:
    """Return how to read the table, in whole sentences."""
    how = (
        "Medians over the rounds. MB/s: stored bytes (MB: 10⁶); ms/file: time of all files over their number, so "
        "formats compare by it. Ratio: time over that from memory by the same format and workers, in the same round."
    )
    said = [how]
    levels = [row.seconds.level for row in answer.rows if row.seconds is not None]
    if levels and min(levels) < LEVEL:
        said.append(f"A verdict takes 5 rounds: an interval that holds with probability {LEVEL:g}.")
    return (*said, str(answer.machine.get("line", answer.machine.get("id", "unknown"))))


def troubles(answer: Loading) -> tuple[Remark, ...]:
    """Return what each way of reading failed with; the same words once for all that say them."""
    said: dict[str, list[str]] = {}
    for row in answer.rows:
        for text in Counter(row.failures):
            said.setdefault(text, []).append(row_label(row))
    return tuple(
        Remark(labels[0] if len(labels) == 1 else f"{labels[0]} and {len(labels) - 1} more", text)
        for text, labels in said.items()
    )


def remarks(answer: Loading) -> tuple[Remark, ...]:
    """Return what a reader must know."""
    unfinished = [] if answer.complete else ["Not every trial was run; what is known so far is shown."]
    energies = {row.energy_per_GB.provenance for row in answer.rows if row.energy_per_GB is not None}
    energy = (
        ["Energy is modelled, not measured: do not rank small differences by it."]
        if "modelled" in energies
        else []
    )
    busy = sum(bool(row.notes) for row in answer.rows)
    own = [Remark(row_label(row), note) for row in answer.rows for note in row.notes]
    if busy > len(answer.rows) / 2:
        own = [
            Remark("", "Other processes kept the machine busy in most rows: times are longer than need be.")
        ]
    return (*(Remark("", note) for note in (*unfinished, *answer.notes, *energy)), *own)
