"""The table of a study of threads: a row for every engine and number of threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.studies.columns import Cell, Column
from wattlab.studies.tables import ABSENT
from wattlab.studies.threads.limits import exceeds, reported_threads
from wattlab.units import significant
from wattlab.views.study_cells import (
    ABSENT_CELL,
    compiling_cell,
    count_cell,
    energy_cell,
    estimate_cell,
    quantity_cell,
    shared_provenance,
    step_unit,
)
from wattlab.views.threads_trainings import training_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.studies.columns import Align
    from wattlab.studies.threads.answer import Threads, ThreadsRow

__all__ = ["threads_columns", "used_text"]

_LIBRARIES: Final = {"blas": "BLAS", "openmp": "OpenMP"}


def threads_columns(answer: Threads) -> tuple[Column, ...]:
    """Return the table; columns in which all are absent are left out.

    Parameters
    ----------
    answer : Threads
        Any, also one that was interrupted.
    """
    unit, factor = step_unit(answer.rows)
    shared = shared_provenance(row.energy for row in answer.rows)
    energy = f"energy/sample ({shared})" if shared else "energy/sample"
    columns = (
        _names(answer),
        _column(answer, f"{unit}/step", lambda row: estimate_cell(row.step, factor), "point"),
        _column(answer, "ratio", _ratio, "point"),
        _column(answer, "verdict", _verdict),
        _column(answer, "speed-up", _speed_up, "point"),
        _column(answer, "efficiency", _efficiency, "right"),
        _column(answer, "cores busy", _cores, "right"),
        _column(answer, "CPU time/sample", lambda row: quantity_cell(row.cpu), "right"),
        _column(answer, energy, lambda row: energy_cell(row.energy, named=not shared), "right"),
        _column(answer, "power", lambda row: quantity_cell(row.power), "right"),
        _column(answer, "samples/s", lambda row: count_cell(row.samples), "right"),
        _column(answer, "memory", lambda row: quantity_cell(row.peak_memory), "right"),
        _column(answer, "compile (s)", lambda row: compiling_cell(row.compiling), "point"),
        _column(answer, "threads in use", _used),
        *training_columns(answer),
    )
    return tuple(column for column in columns if any(cell != ABSENT_CELL for cell in column.cells))


def _names(answer: Threads) -> Column:
    if len(answer.series) == 1:
        return Column("threads", tuple(Cell(str(row.threads)) for row in answer.rows))
    return Column("engine, threads", tuple(Cell(f"{row.series} · {row.threads}") for row in answer.rows))


def _column(
    answer: Threads, heading: str, cell: Callable[[ThreadsRow], Cell], align: Align = "left"
) -> Column:
    return Column(heading, tuple(cell(row) for row in answer.rows), align)


def _ratio(row: ThreadsRow) -> Cell:
    return Cell("1") if row.verdict == "baseline" and row.step else estimate_cell(row.ratio)


def _verdict(row: ThreadsRow) -> Cell:
    if row.step is None:
        text = ABSENT if row.state == "not run" else row.state
        return Cell(text, tone="refused", detail="; ".join(dict.fromkeys(row.failures)))
    return ABSENT_CELL if row.verdict == "none" else Cell(row.verdict, tone=row.verdict)


def _speed_up(row: ThreadsRow) -> Cell:
    return Cell("1") if row.threads == 1 and row.step else estimate_cell(row.speed_up)


def _efficiency(row: ThreadsRow) -> Cell:
    if row.efficiency is None:
        return Cell("100%") if row.threads == 1 and row.step else ABSENT_CELL
    return Cell(f"{row.efficiency:.0%}", detail="speed-up over the number of threads")


def _cores(row: ThreadsRow) -> Cell:
    """Return how many cores were busy, marked where these are more than the threads that were asked for."""
    if row.cores_busy is None or row.cores_busy.value is None:
        return ABSENT_CELL if row.cores_busy is None else quantity_cell(row.cores_busy)
    return _marked(significant(row.cores_busy.value), row.limits, wrong=exceeds(row.threads, row.cores_busy))


def _used(row: ThreadsRow) -> Cell:
    text, told = used_text(row), reported_threads(row.engine)
    details = (*row.limits, *(f"{pool.name}: {pool.threads}" for pool in row.libraries))
    return _marked(text, details, wrong=told not in {None, row.threads}) if text else ABSENT_CELL


def _marked(text: str, details: Sequence[str], *, wrong: bool) -> Cell:
    return Cell(f"{text}!" if wrong else text, tone="refused" if wrong else "", detail="; ".join(details))


def used_text(row: ThreadsRow) -> str:
    """Return how many threads the engine, the libraries of its process and TensorFlow's operations have.

    Where two copies of a library are loaded, both numbers are told.
    """
    told, inter = reported_threads(row.engine), row.engine.get("inter_threads")
    parts = [] if told is None else [f"engine {told}"]
    for kind, name in _LIBRARIES.items():
        counts = sorted({pool.threads for pool in row.libraries if pool.kind == kind})
        parts += [f"{name} {' and '.join(map(str, counts))}"] if counts else []
    parts += [f"inter {inter}"] if inter is not None else []
    return " · ".join(parts)
