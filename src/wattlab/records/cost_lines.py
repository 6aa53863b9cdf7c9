"""Costs as labelled lines: what the cards of a training and of a measured command have in common."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wattlab.meter.sensors.base import BELOW_RESOLUTION
from wattlab.units import format_quantity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wattlab.meter.cost import Cost
    from wattlab.meter.quantity import Quantity

__all__ = [
    "CardLine",
    "bounds",
    "cores_busy",
    "device_lines",
    "domain_lines",
    "energy_line",
    "lines_html",
    "lines_text",
    "quantity_line",
    "rate_line",
    "shared_lines",
    "surcharge_line",
    "value_text",
]


@dataclass(frozen=True)
class CardLine:
    """One line of a card.

    Parameters
    ----------
    label : str
    value : str
        What matters.
    detail : str
        Where it comes from, or how it is made up.
    """

    label: str
    value: str
    detail: str = ""


def cores_busy(cost: Cost) -> str:
    """Return how many cores were busy on average, in words; nothing where it is not known."""
    wall, cpu = cost.wall.value, cost.cpu.value
    return f"{cpu / wall:.1f} cores busy on average" if wall and cpu else ""


def quantity_line(label: str, quantity: Quantity, detail: str = "") -> CardLine:
    """Return a line with a plain value."""
    return CardLine(label, value_text(quantity), detail)


def device_lines(cost: Cost) -> list[CardLine]:
    """Return a line for the memory of a card where one was in use: allocated, and what the library reserved."""
    if cost.device_memory.is_missing:
        return []
    reserved = "" if cost.device_reserved.is_missing else f"reserved {value_text(cost.device_reserved)}"
    detail = ", ".join(part for part in (reserved, cost.device_memory.note) if part)
    return [quantity_line("device memory", cost.device_memory, detail)]


def energy_line(label: str, energy: Quantity) -> CardLine:
    """Return a line that says who counted an energy, and between what it lies."""
    if energy.is_missing:
        return CardLine(label, "missing", energy.note)
    detail = f"{energy.provenance} by {energy.sensor}, {_bounds_with_resolution(energy)}"
    return CardLine(label, value_text(energy), detail)


def domain_lines(cost: Cost) -> list[CardLine]:
    """Return a line for each sensor where there are several: those that add up, and those inside them."""
    if len(cost.domains) < 2:
        return []
    added = set(cost.domains) if cost.energy.is_missing else set(cost.energy.sensor.split(" + "))
    return [
        CardLine(f"  {name}", value_text(energy), _origin(energy, "" if name in added else "not added; "))
        for name, energy in cost.domains.items()
    ]


def _origin(energy: Quantity, beside: str) -> str:
    if energy.is_missing:
        return energy.note
    return f"{beside}{energy.provenance}, {_bounds_with_resolution(energy)}"


def _bounds_with_resolution(energy: Quantity) -> str:
    """Return the bounds, and whether the window was too short for the sensor."""
    short = [part for part in energy.note.split("; ") if part.startswith(BELOW_RESOLUTION)]
    return ", ".join([bounds(energy), *dict.fromkeys(short)])


def shared_lines(cost: Cost) -> list[CardLine]:
    """Return a line where others were at work on the machine as well."""
    return [CardLine("shared machine", "yes", cost.shared)] if cost.shared else []


def surcharge_line(name: str, energy: Quantity) -> CardLine:
    """Return a line for what is lost around the machine."""
    if energy.is_missing:
        return CardLine(f"  {name}", "missing", energy.note)
    detail = f"{energy.provenance}: {energy.note}, {bounds(energy)}; not in the energy"
    return CardLine(f"  {name}", value_text(energy), detail)


def rate_line(label: str, quantity: Quantity, energy: Quantity) -> CardLine:
    """Return a line for a price or CO2e; its detail ends with what its note adds to the energy's: rate and source."""
    if quantity.is_missing:
        return CardLine(label, "missing", quantity.note)
    rate = quantity.note.removeprefix(energy.note).removeprefix("; ")
    parts = (quantity.provenance, bounds(quantity), rate)
    return CardLine(label, value_text(quantity), ", ".join(part for part in parts if part))


def bounds(quantity: Quantity) -> str:
    """Return between what the true value lies; that of a quantity without bounds is the value itself."""
    low, high = quantity.interval or (quantity.value or 0.0, quantity.value or 0.0)
    return f"{format_quantity(low, quantity.unit)} to {format_quantity(high, quantity.unit)}"


def value_text(quantity: Quantity) -> str:
    """Return the value with its unit, or that it is missing."""
    return "missing" if quantity.value is None else format_quantity(quantity.value, quantity.unit)


def lines_text(lines: Sequence[CardLine]) -> str:
    """Return lines as plain text, the values below one another.

    Examples
    --------
    >>> print(lines_text([CardLine("wall time", "3.00 s"), CardLine("machine", "i7", "8 cores")]))
    wall time  3.00 s
    machine    i7  (8 cores)
    """
    width = max(len(line.label) for line in lines)
    return "\n".join(f"{line.label:<{width}}  {line.value}{_in_brackets(line.detail)}" for line in lines)


def lines_html(lines: Iterable[CardLine], title: str = "") -> str:
    """Return lines as an HTML table, with a caption if it has a title."""
    left = "style='text-align:left;padding-right:1em'"
    label = "style='text-align:left;padding-right:1em;white-space:nowrap'"
    rows = "".join(
        f"<tr><th {label}>{html.escape(line.label)}</th><td {left}><b>{html.escape(line.value)}</b></td>"
        f"<td style='text-align:left;opacity:.7'>{html.escape(line.detail)}</td></tr>"
        for line in lines
    )
    caption = f"<caption {left}>{html.escape(title)}</caption>" if title else ""
    return f"<table class='wattlab-card'>{caption}{rows}</table>"


def _in_brackets(detail: str) -> str:
    return f"  ({detail})" if detail else ""
