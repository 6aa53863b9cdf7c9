"""The power of this moment, from counters that move in steps of their own."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from wattlab.meter.quantity import missing
from wattlab.meter.sensors.base import SensorLost, quantity

if TYPE_CHECKING:
    from wattlab.meter.quantity import Quantity
    from wattlab.meter.sensors.base import Facts, Reading

__all__ = ["NO_SECOND", "PowerWindow"]

NO_SECOND: Final = "no second sample yet"
"""Why there is no power at the beginning."""

# A counter that does not move for so many of its resolutions counts nothing.
_STILL: Final = 2


class PowerWindow:
    """The mean power of one sensor over its last resolution, or over the time between two samples if that is longer.

    Both ends are samples at which the counter had moved: so a counter that steps once a second, sampled four times a
    second, shows a power, and not zero, zero, zero and four times the power.

    Parameters
    ----------
    facts : Facts
        The sensor.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._moved: deque[Reading] = deque()

    def add(self, reading: Reading | SensorLost) -> Quantity:
        """Take one more sample, and return the power now. Unit: W."""
        if isinstance(reading, SensorLost):
            return missing("W", f"lost: {reading}")
        if not self._moved or reading.energy_J > self._moved[-1].energy_J:
            self._moved.append(reading)
        self._forget()
        first, last = self._moved[0], self._moved[-1]
        if reading.time_s - last.time_s > _STILL * self._facts.resolution_s:
            first, last = last, reading
        return self._power(first, last)

    def restart(self) -> None:
        """Forget all samples: the next is the first."""
        self._moved.clear()

    def _forget(self) -> None:
        """Keep the shortest stretch up to now that is as long as the resolution."""
        while (
            len(self._moved) > 2
            and self._moved[-1].time_s - self._moved[1].time_s >= self._facts.resolution_s
        ):
            self._moved.popleft()

    def _power(self, first: Reading, last: Reading) -> Quantity:
        wall_s = last.time_s - first.time_s
        if wall_s <= 0:
            return missing("W", NO_SECOND)
        return quantity(self._facts, last.energy_J - first.energy_J, wall_s).times(1 / wall_s, "W")
