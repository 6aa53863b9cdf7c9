"""A cost as a table, shown alike by a notebook and by a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wattlab.meter.price import co2e, money, surcharges
from wattlab.records.cost_lines import (
    CardLine,
    cores_busy,
    device_lines,
    domain_lines,
    energy_line,
    lines_html,
    lines_text,
    quantity_line,
    rate_line,
    shared_lines,
    surcharge_line,
)
from wattlab.settings import load_settings

if TYPE_CHECKING:
    from wattlab.meter.cost import Cost

__all__ = ["CostTable"]


@dataclass(frozen=True)
class CostTable:
    """A cost, shown by notebook or terminal.

    Attributes
    ----------
    title : str
        What was measured.
    lines : tuple of CardLine
        The table.
    """

    title: str
    lines: tuple[CardLine, ...]

    @classmethod
    def of(cls, title: str, cost: Cost) -> CostTable:
        """Lay out a cost, with its price by the user's settings."""
        settings = load_settings()
        lines = (
            quantity_line("wall time", cost.wall),
            quantity_line("CPU time", cost.cpu, cores_busy(cost)),
            quantity_line("peak memory", cost.peak_memory),
            *device_lines(cost),
            energy_line("energy", cost.energy),
            *domain_lines(cost),
            energy_line("  net of idle", cost.net),
            *(surcharge_line(name, lost) for name, lost in surcharges(cost.energy, settings).items()),
            rate_line("price", money(cost.energy, settings), cost.energy),
            rate_line("CO2e", co2e(cost.energy, settings), cost.energy),
            *shared_lines(cost),
        )
        return cls(title, lines)

    def __repr__(self) -> str:
        return f"{self.title}\n{lines_text(self.lines)}"

    def _repr_html_(self) -> str:
        return lines_html(self.lines, self.title)
