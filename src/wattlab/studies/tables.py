"""What the tables of a study say, computed once for terminal, notebook and report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.records.card import format_score
from wattlab.studies.columns import Cell, Column, html_table
from wattlab.units import format_count, format_quantity, significant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.meter.quantity import Quantity
    from wattlab.meter.statistics import Estimate
    from wattlab.studies.columns import Align
    from wattlab.studies.row import Row, Verification

__all__ = [
    "ABSENT",
    "SETTINGS",
    "format_deviation",
    "interval_text",
    "study_columns",
    "study_html_table",
    "time_unit",
    "verification_columns",
]

ABSENT = "–"
SETTINGS = ("threads", "device", "precision")
_UNITS = ((0.01, "s", 1.0), (1e-5, "ms", 1e3), (0.0, "µs", 1e6))


_ABSENT = Cell(ABSENT)


def study_columns(rows: Sequence[Row]) -> tuple[Column, ...]:
    """Return the study's table: the candidates first, then the answer, then all the rest.

    Columns in which every candidate is absent are left out; threads, device and number format have a column
    where they are not the same for all.
    """
    unit, factor = time_unit(rows)
    columns = (
        _column(rows, "candidate", lambda row: Cell(row.label)),
        _column(rows, f"{unit}/epoch", lambda row: _number(row.epoch, factor), "point"),
        _column(rows, "ratio", _ratio, "point"),
        _column(rows, "verdict", lambda row: Cell(row.verdict, tone=row.verdict)),
        _column(rows, "same work", lambda row: _passed(row.verification)),
        _column(rows, _score_name(rows), _score, "right"),
        *(_column(rows, name, _setting(name), "right") for name in SETTINGS if len(_values(rows, name)) > 1),
        _column(rows, "samples/s", lambda row: _estimate(row.samples, format_count), "right"),
        _column(rows, "start-up (s)", lambda row: _seconds(row.start_up), "point"),
        _column(rows, "compile (s)", lambda row: _seconds(row.compile), "point"),
        _column(rows, "process (s)", lambda row: _seconds(row.total), "point")._replace(dispensable=True),
        _column(rows, "peak memory", lambda row: _quantity(row.peak_memory), "right"),
        _energies(rows),
    )
    return tuple(column for column in columns if any(cell != _ABSENT for cell in column.cells))


def _column(rows: Sequence[Row], heading: str, cell: Callable[[Row], Cell], align: Align = "left") -> Column:
    return Column(heading, tuple(cell(row) for row in rows), align)


def time_unit(rows: Sequence[Row]) -> tuple[str, float]:
    """Return the unit that suits the fastest candidate's epoch, and how many of it a second has."""
    fastest_s = min((row.epoch.median for row in rows if row.epoch), default=1.0)
    return next((unit, factor) for least_s, unit, factor in _UNITS if fastest_s >= least_s)


def interval_text(estimate: Estimate, factor: float = 1.0) -> str:
    """Return both ends of an interval; nothing where one measurement cannot tell how far it may be off."""
    if estimate.n < 2:
        return ""
    low, high = significant(estimate.low * factor), significant(estimate.high * factor)
    return f"{low}-{high}" if estimate.low >= 0 else f"{low} to {high}"


def _number(estimate: Estimate | None, factor: float = 1.0) -> Cell:
    if estimate is None:
        return _ABSENT
    return Cell(significant(estimate.median * factor), interval_text(estimate, factor), "", _basis(estimate))


def _ratio(row: Row) -> Cell:
    """Return the ratio to the first candidate; that of the first is 1 by definition and has no interval."""
    return Cell("1") if row.verdict == "baseline" and row.epoch else _number(row.ratio)


def _estimate(estimate: Estimate | None, text: Callable[[float], str]) -> Cell:
    """Return the median; its interval on demand."""
    if estimate is None:
        return _ABSENT
    bounds = f"{text(estimate.low)} to {text(estimate.high)}, " if estimate.n > 1 else ""
    return Cell(text(estimate.median), detail=bounds + _basis(estimate))


def _seconds(estimate: Estimate | None) -> Cell:
    return _estimate(estimate, lambda value: significant(value) if value else "0")


def _basis(estimate: Estimate) -> str:
    if estimate.n < 2:
        return "one measurement, no interval"
    return f"median of {estimate.n}; the interval holds the true one with probability {estimate.level:.2g}"


def _score(row: Row) -> Cell:
    return _estimate(row.score, format_score)


def _score_name(rows: Sequence[Row]) -> str:
    return next((row.score_name for row in rows if row.score_name), "score")


def _quantity(quantity: Quantity | None) -> Cell:
    if quantity is None:
        return _ABSENT
    if quantity.value is None:
        return Cell("missing", tone="missing", detail=quantity.note)
    return Cell(format_quantity(quantity.value, quantity.unit), detail=str(quantity))


def _energies(rows: Sequence[Row]) -> Column:
    """Return the energies; their provenance in the heading where all of them share it."""
    known = [row.energy.provenance for row in rows if row.energy and not row.energy.is_missing]
    if len(set(known)) == 1:
        return _column(
            rows, f"energy ({known[0]})", lambda row: _energy(row.energy)._replace(aside=""), "right"
        )
    return _column(rows, "energy", lambda row: _energy(row.energy), "right")


def _energy(energy: Quantity | None) -> Cell:
    cell = _quantity(energy)
    if energy is None or energy.value is None:
        return cell
    detail = "; ".join(part for part in (str(energy), energy.sensor, energy.note) if part)
    return cell._replace(aside=energy.provenance, tone=energy.provenance, detail=detail)


def _setting(name: str) -> Callable[[Row], Cell]:
    return lambda row: Cell(str(row.engine.get(name, ABSENT)))


def _values(rows: Sequence[Row], name: str) -> set[str]:
    return {str(row.engine[name]) for row in rows if name in row.engine}


def _passed(verification: Verification | None) -> Cell:
    if verification is None:
        return _ABSENT
    detail = (
        f"loss within {format_deviation(verification.loss_deviation)}, "
        f"weights within {format_deviation(verification.weight_deviation)} of {verification.reference} "
        f"after {verification.steps} steps"
    )
    if verification.passed:
        return Cell("yes", tone="passed", detail=detail)
    said = "no" if verification.computed else ABSENT
    return Cell(said, tone="refused", detail=verification.message or detail)


def format_deviation(deviation: float | None) -> str:
    """Return a relative deviation with two digits; a dash where none is known.

    Examples
    --------
    >>> format_deviation(2.22e-16), format_deviation(0.0), format_deviation(None)
    ('2.2e-16', '0', '–')
    """
    if deviation is None:
        return ABSENT
    return f"{deviation:.1e}" if deviation else "0"


def verification_columns(verifications: Sequence[Verification]) -> tuple[Column, ...]:
    """Return the table of ``wattlab verify``: how far each candidate is from the reference.

    The reference has a column where it is not the same for all.
    """

    def column(heading: str, text: Callable[[Verification], str], *, number: bool = False) -> Column:
        cells = tuple(Cell(text(one)) for one in verifications)
        return Column(heading, cells, "right" if number else "left")

    references = {one.reference for one in verifications}
    columns = (
        column("candidate", lambda one: one.label),
        *([column("held against", lambda one: one.reference)] if len(references) > 1 else []),
        column("precision", lambda one: one.precision),
        column("steps", lambda one: str(one.steps), number=True),
        column("loss deviation", lambda one: format_deviation(one.loss_deviation), number=True),
        column("weight deviation", lambda one: format_deviation(one.weight_deviation), number=True),
        column("tolerance", lambda one: f"{one.tolerance:g}", number=True),
    )
    return (*columns, Column("same work", tuple(_passed(one) for one in verifications)))


def study_html_table(rows: Sequence[Row]) -> str:
    """Return the study's table as HTML that needs no style sheet, for notebooks and the report."""
    return html_table(study_columns(rows), "wattlab-study")
