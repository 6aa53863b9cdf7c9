"""What a training began with where that were another run's weights, and what those had cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from wattlab.meter.quantity import Quantity, measured
from wattlab.records.cost_lines import CardLine, value_text

if TYPE_CHECKING:
    from wattlab.records.record import RunRecord

__all__ = ["StartingPoint", "start_lines"]


class StartingPoint(BaseModel):
    """An earlier run whose weights are the initial ones, and what it and those before it had cost."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, defer_build=True)

    run: str
    """Its name."""
    epochs: int
    """Epochs that it had finished."""
    finished: bool
    """False: it was interrupted, and the weights are those of its last checkpoint."""
    how: str
    """How the weights were carried over, such as "folded from 16 of 64 features"."""
    runs: tuple[str, ...]
    """All runs whose work is in the weights, the oldest first; the last is `run`."""
    wall: Quantity
    """Of all of them. Unit: s."""
    cpu: Quantity
    """As `wall`: processor time."""
    energy: Quantity
    """As `wall`: gross energy. Unit: J."""


def start_lines(record: RunRecord) -> list[CardLine]:
    """Return the card's lines about a warm start: whose weights, what those had cost, and both runs together."""
    point = record.start
    if point is None:
        return []
    total = record.cost.total
    together = (total.wall + point.wall, total.energy + point.energy)
    return [
        CardLine("warm start", f"{point.run}, epoch {point.epochs}", point.how),
        CardLine("  earlier", _spent(point.wall, point.energy), ", ".join(point.runs)),
        CardLine("  with them", _spent(*together), _to_target(record, point)),
    ]


def _spent(wall: Quantity, energy: Quantity) -> str:
    return f"{value_text(wall)}, energy {value_text(energy)}"


def _to_target(record: RunRecord, point: StartingPoint) -> str:
    """Return what the target took, the earlier runs included; nothing where it was not reached."""
    if record.time_to_target_s is None or record.energy_to_target is None:
        return ""
    own = measured(record.time_to_target_s, "s", record.cost.total.wall.sensor)
    return f"to the target {_spent(own + point.wall, record.energy_to_target + point.energy)}"
