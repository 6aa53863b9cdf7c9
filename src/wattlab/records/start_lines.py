"""The card's lines about a warm start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.meter.quantity import measured
from wattlab.records.cost_lines import CardLine, value_text

if TYPE_CHECKING:
    from wattlab.meter.quantity import Quantity
    from wattlab.records.record import RunRecord
    from wattlab.records.starting_point import StartingPoint

__all__ = ["start_lines"]


def start_lines(record: RunRecord) -> list[CardLine]:
    """Return the card's lines about a warm start: whose weights, what those had cost, and both runs together."""
    point = record.start
    if point is None:
        return []
    total = record.cost.total
    together = (total.wall + point.wall, total.energy + point.energy)
    return [
        CardLine("warm start", f"{point.run}, epoch {point.epochs}", point.how),
        CardLine("  earlier", _spent(point.wall, point.energy), _whose(point)),
        CardLine("  with them", _spent(*together), _to_target(record, point)),
    ]


def _spent(wall: Quantity, energy: Quantity) -> str:
    return f"{value_text(wall)}, energy {value_text(energy)}"


def _whose(point: StartingPoint) -> str:
    """Return whose cost that is, and what must be known of it, such as another machine, or why it is missing."""
    return "; ".join(filter(None, (", ".join(point.runs), point.wall.note)))


def _to_target(record: RunRecord, point: StartingPoint) -> str:
    """Return what the target took, the earlier runs included; nothing where it was not reached."""
    if record.time_to_target_s is None or record.energy_to_target is None:
        return ""
    own = measured(record.time_to_target_s, "s", record.cost.total.wall.sensor)
    return f"to the target {_spent(own + point.wall, record.energy_to_target + point.energy)}"
