"""Cells that the tables of several studies share: estimates, quantities, energies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from wattlab.studies.columns import Cell
from wattlab.studies.tables import ABSENT, interval_text
from wattlab.units import format_count, format_quantity, significant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wattlab.meter.quantity import Quantity
    from wattlab.meter.statistics import Estimate

__all__ = [
    "ABSENT_CELL",
    "basis",
    "compiling_cell",
    "count_cell",
    "energy_cell",
    "estimate_cell",
    "quantity_cell",
    "shared_provenance",
    "step_unit",
]

ABSENT_CELL: Final = Cell(ABSENT)
_NEGLIGIBLE_S: Final = 0.5
"""Warming up takes some time even where nothing is compiled. Unit: s."""
_UNITS: Final = ((1.0, "s", 1.0), (1e-4, "ms", 1e3), (0.0, "µs", 1e6))


class _Timed(Protocol):
    @property
    def step(self) -> Estimate | None: ...


def step_unit(rows: Iterable[_Timed]) -> tuple[str, float]:
    """Return the unit that suits the quickest step, and how many of it a second has."""
    quickest_s = min((row.step.median for row in rows if row.step), default=0.01)
    return next((unit, factor) for least_s, unit, factor in _UNITS if quickest_s >= least_s)


def estimate_cell(estimate: Estimate | None, factor: float = 1.0) -> Cell:
    """Return an estimate times a factor with its interval, and on demand what it rests on."""
    if estimate is None:
        return ABSENT_CELL
    text = significant(estimate.median * factor)
    return Cell(text, interval_text(estimate, factor), "", basis(estimate))


def basis(estimate: Estimate) -> str:
    """Return what an estimate rests on, in words."""
    if estimate.n < 2:
        return "one round, no interval"
    return f"median of {estimate.n} rounds; the interval holds the true one with probability {estimate.level:.2g}"


def count_cell(estimate: Estimate | None) -> Cell:
    """Return a rate as a whole number."""
    if estimate is None:
        return ABSENT_CELL
    bounds = f"{format_count(estimate.low)} to {format_count(estimate.high)}, " if estimate.n > 1 else ""
    return Cell(format_count(estimate.median), detail=bounds + basis(estimate))


def quantity_cell(quantity: Quantity | None) -> Cell:
    """Return a quantity, or that it is missing."""
    if quantity is None:
        return ABSENT_CELL
    if quantity.value is None:
        return Cell("missing", tone="missing", detail=quantity.note)
    return Cell(format_quantity(quantity.value, quantity.unit), detail=str(quantity))


def compiling_cell(quantity: Quantity | None) -> Cell:
    """Return what compiling took, if it is worth a word."""
    if quantity is None or quantity.value is None or quantity.value < _NEGLIGIBLE_S:
        return ABSENT_CELL
    return Cell(significant(quantity.value), detail=str(quantity))


def shared_provenance(energies: Iterable[Quantity | None]) -> str:
    """Return the provenance that all known energies share; empty if they differ or none is known."""
    known = {energy.provenance for energy in energies if energy and not energy.is_missing}
    return next(iter(known)) if len(known) == 1 else ""


def energy_cell(energy: Quantity | None, *, named: bool) -> Cell:
    """Return an energy, with its provenance beside it if that is to be named."""
    cell = quantity_cell(energy)
    if energy is None or energy.value is None:
        return cell
    detail = "; ".join(part for part in (str(energy), energy.sensor, energy.note) if part)
    return cell._replace(aside=energy.provenance if named else "", tone=energy.provenance, detail=detail)
