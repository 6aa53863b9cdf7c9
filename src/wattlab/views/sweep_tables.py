"""The tables of a sweep: batch sizes × values as the sources have it, and a row for each cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.records.card import format_score
from wattlab.studies.columns import Cell, Column
from wattlab.studies.tables import ABSENT, interval_text
from wattlab.units import significant
from wattlab.views.study_cells import (
    ABSENT_CELL,
    basis,
    compiling_cell,
    count_cell,
    energy_cell,
    estimate_cell,
    quantity_cell,
    shared_provenance,
    step_unit,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.meter.quantity import Quantity
    from wattlab.studies.columns import Align
    from wattlab.studies.sweep.answer import Sweep, SweepRow
    from wattlab.studies.sweep.statistics import Mean

__all__ = ["SHORT", "SIGNS", "grid_columns", "mean_cell", "spread_text", "sweep_columns"]

SIGNS: Final = {"better": "<", "worse": ">", "unknown": "?"}
"""What stands behind a ratio: the whole interval is below 1, above, or neither."""
SHORT: Final = {
    "refused": "refused",
    "out of memory": "OOM",
    "timed out": "timed out",
    "crashed": "failed",
    "not run": ABSENT,
}
"""What stands in a cell in place of a time."""


def grid_columns(answer: Sweep) -> tuple[Column, ...]:
    """Return the sources' table: a row for each batch size, a column for each value of the other field.

    Empty unless the batch size and one more field vary.

    Parameters
    ----------
    answer : Sweep
        Any, also one that was interrupted.
    """
    batch = answer.batch_field
    if batch is None or len(answer.fields) != 2:
        return ()
    (other,) = (name for name in answer.fields if name != batch)
    sizes = answer.fields[batch]
    unit, factor = step_unit(answer.rows)
    rows = {(row.values[batch], row.values[other]): row for row in answer.rows}
    return (
        Column("batch size", tuple(Cell(size) for size in sizes), "right"),
        *(
            Column(
                f"{value} ({unit})",
                tuple(_time_and_ratio(rows[size, value], factor) for size in sizes),
                "point",
            )
            for value in answer.fields[other]
        ),
    )


def _time_and_ratio(row: SweepRow, factor: float) -> Cell:
    if row.step is None:
        return _untimed(row)
    detail = f"{interval_text(row.step, factor)} ({basis(row.step)})".strip()
    text = significant(row.step.median * factor)
    if row.ratio is None:
        return Cell(text, "1" if row.verdict == "baseline" else "", row.verdict, detail)
    aside = f"{significant(row.ratio.median)} {SIGNS.get(row.verdict, '')}".strip()
    return Cell(text, aside, row.verdict, f"{detail}; ratio {interval_text(row.ratio)}")


def _untimed(row: SweepRow) -> Cell:
    return Cell(SHORT[row.state], tone="refused", detail="; ".join(dict.fromkeys(row.failures)))


def sweep_columns(answer: Sweep, *, times: bool = True) -> tuple[Column, ...]:
    """Return the table with a row for each cell; columns in which all are absent are left out.

    Parameters
    ----------
    answer : Sweep
        Any, also one that was interrupted.
    times : bool, optional
        With the times of a step; without them where `grid_columns` shows them.
    """
    rows = answer.rows
    unit, factor = step_unit(rows)
    columns = (
        *_names(answer),
        *(
            [_column(rows, f"{unit}/step", lambda row: estimate_cell(row.step, factor), "point")]
            if times
            else []
        ),
        _column(rows, "ratio", _ratio, "point"),
        _column(rows, "verdict", _verdict),
        _column(rows, "samples/s", lambda row: count_cell(row.samples), "right"),
        _column(rows, "compile (s)", lambda row: compiling_cell(row.compiling), "point"),
        _column(rows, "memory", lambda row: quantity_cell(row.peak_memory), "right"),
        _column(rows, "GPU memory", lambda row: _known(row.device_memory), "right"),
        _column(rows, "CPU use", lambda row: _share(row.processor_use), "right"),
        _column(rows, "GPU use", lambda row: _share(row.card_use), "right"),
        _energies(rows),
        _column(rows, answer.score_name or "score", lambda row: mean_cell(row.score), "point"),
        _column(rows, "change", lambda row: mean_cell(row.score_change, signed=True), "point"),
    )
    return tuple(column for column in columns if any(cell != ABSENT_CELL for cell in column.cells))


def _names(answer: Sweep) -> tuple[Column, ...]:
    """Return what tells the cells apart: the first column has all of it."""
    heading = ", ".join(answer.fields)
    texts = (" · ".join(row.values.values()) for row in answer.rows)
    return (Column(heading, tuple(Cell(text) for text in texts)),)


def _column(
    rows: Sequence[SweepRow], heading: str, cell: Callable[[SweepRow], Cell], align: Align = "left"
) -> Column:
    return Column(heading, tuple(cell(row) for row in rows), align)


def _ratio(row: SweepRow) -> Cell:
    return Cell("1") if row.verdict == "baseline" else estimate_cell(row.ratio)


def _verdict(row: SweepRow) -> Cell:
    if row.step is None:
        text = ABSENT if row.state == "not run" else row.state
        return Cell(text, tone="refused", detail="; ".join(dict.fromkeys(row.failures)))
    return ABSENT_CELL if row.verdict == "none" else Cell(row.verdict, tone=row.verdict)


def _known(quantity: Quantity | None) -> Cell:
    """Return a quantity that only a card has; on a processor it is absent, not missing."""
    return ABSENT_CELL if quantity is None or quantity.is_missing else quantity_cell(quantity)


def _share(quantity: Quantity | None) -> Cell:
    if quantity is None or quantity.value is None:
        return ABSENT_CELL
    return Cell(f"{quantity.value:.0%}", detail=quantity.note)


def _energies(rows: Sequence[SweepRow]) -> Column:
    """Return the energy of a sample; its provenance in the heading where all share it."""
    shared = shared_provenance(row.energy for row in rows)
    heading = f"energy/sample ({shared})" if shared else "energy/sample"
    return _column(rows, heading, lambda row: energy_cell(row.energy, named=not shared), "right")


def spread_text(mean: Mean) -> str:
    """Return what stands beside the mean of several trainings: their range, or an interval of its level."""
    if not mean.level:
        return f"half the range of {mean.n} seeds: too few for an interval"
    return f"{mean.level:.0%} interval of the mean over {mean.n} seeds"


def mean_cell(mean: Mean | None, *, signed: bool = False) -> Cell:
    """Return the mean of several trainings' scores, or of their changes, with what stands beside it."""
    if mean is None:
        return ABSENT_CELL
    text = f"{mean.mean:+.4f}" if signed else format_score(mean.mean)
    if mean.n < 2:
        return Cell(text, detail="one training, no interval")
    half = format_score((mean.high - mean.low) / 2)
    detail = f"mean of {mean.n} trainings; ± {spread_text(mean)}"
    return Cell(text, f"±{half}", "", detail)
