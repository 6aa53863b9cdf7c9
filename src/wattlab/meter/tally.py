"""What lies between the edges of windows: clocks and counters at a moment, and their differences added up."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wattlab.meter.load import foreign_s
from wattlab.meter.sensors.base import Reading, SensorLost

if TYPE_CHECKING:
    from wattlab.meter.load import Load

__all__ = ["NOBODY", "Readings", "Snapshot", "Strangers", "Tally"]

Readings = tuple[Reading | SensorLost, ...]


@dataclass(frozen=True, slots=True)
class Strangers:
    """Processes of others on the graphics cards, as of some look.

    Parameters
    ----------
    seen : int
        Looks at which there were any.
    there : bool
        Whether there were at the last look.
    sentence : str
        Who was there when somebody last was; empty if nobody ever was.
    """

    seen: int = 0
    there: bool = False
    sentence: str = ""


NOBODY: Final = Strangers()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All clocks and counters at one edge of a window.

    Parameters
    ----------
    wall_s, cpu_s : float
        The clocks. Unit: s.
    readings : tuple
        What each sensor said.
    load : Load or None
        How busy the machine had been when it was last looked at; None if nobody looked.
    strangers : Strangers
        Who else has computed on the graphics cards so far.
    """

    wall_s: float
    cpu_s: float
    readings: Readings
    load: Load | None = None
    strangers: Strangers = NOBODY


class Tally:
    """The sum of some windows.

    Parameters
    ----------
    sensors : int
        How many sensors there are.
    """

    def __init__(self, sensors: int) -> None:
        self.windows = 0
        self.wall_s = 0.0
        self.cpu_s = 0.0
        self.peak_memory_B = 0
        self.energy_J = [0.0] * sensors
        self.below_J = [0.0] * sensors
        self.above_J = [0.0] * sensors
        self.lost = [""] * sensors
        self.foreign_s = 0.0
        self.watched_s = 0.0
        self.on_cards = ""

    def add(self, first: Snapshot, last: Snapshot, peak_memory_B: int) -> Tally:
        """Add one window, from its first edge to its last."""
        self.windows += 1
        self.wall_s += last.wall_s - first.wall_s
        self.cpu_s += last.cpu_s - first.cpu_s
        self.peak_memory_B = max(self.peak_memory_B, peak_memory_B)
        if first.load and last.load:
            self.foreign_s += foreign_s(first.load, last.load)
            self.watched_s += last.load.all_s - first.load.all_s
        if last.strangers.seen > first.strangers.seen or first.strangers.there:
            self.on_cards = last.strangers.sentence
        for index, edges in enumerate(zip(first.readings, last.readings, strict=True)):
            match edges:
                case (Reading() as start, Reading() as end):
                    self.energy_J[index] += end.energy_J - start.energy_J
                    self.below_J[index] += end.below_J - start.below_J
                    self.above_J[index] += end.above_J - start.above_J
                case (_, SensorLost() as reason) | (SensorLost() as reason, _):
                    self.lost[index] = str(reason)
        return self

    def copy(self) -> Tally:
        """Return the sum as it is now."""
        same = copy(self)
        for name in ("energy_J", "below_J", "above_J", "lost"):
            setattr(same, name, list(getattr(self, name)))
        return same
