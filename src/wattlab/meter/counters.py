"""The sensors read together, and what they counted in windows as quantities."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Final

from wattlab.meter.quantity import Quantity, missing, total
from wattlab.meter.sensors.base import Reading, SensorLost, no_sensor, quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.meter.sensors.base import Absent, Facts, Sensor
    from wattlab.meter.tally import Readings, Tally

__all__ = ["Counters"]

_FORKED: Final = "this process was forked from the one that measures"


class Counters:
    """All sensors of a meter. Any thread may read; a sensor once lost stays lost, and the others go on.

    Parameters
    ----------
    sensors : sequence of Sensor
        Sensors whose domains do not overlap: their sum is the energy.
    absent : sequence of Absent, optional
        Why there are no more; told where there is none.
    parts : sequence of Sensor, optional
        Sensors of domains inside those, or around them: read too, and never added.
    """

    def __init__(
        self, sensors: Sequence[Sensor], absent: Sequence[Absent] = (), parts: Sequence[Sensor] = ()
    ) -> None:
        self._sensors, self._absent = (*sensors, *parts), tuple(absent)
        self.added = len(sensors)
        self._lost: dict[int, SensorLost] = {}
        self._lock = threading.RLock()  # a collector may run in the midst of it, and read once more
        self._pid = os.getpid()

    @property
    def facts(self) -> tuple[Facts, ...]:
        """What each sensor is now: one that does not keep what it promised says so."""
        return tuple(sensor.facts for sensor in self._sensors)

    def read(self) -> Readings:
        """Read every sensor, in microseconds; in a forked process none, as their counting goes on in its parent."""
        if os.getpid() != self._pid:
            return tuple(SensorLost(_FORKED) for _ in self._sensors)
        with self._lock:
            return tuple(self._read(index, sensor) for index, sensor in enumerate(self._sensors))

    def _read(self, index: int, sensor: Sensor) -> Reading | SensorLost:
        if index in self._lost:
            return self._lost[index]
        try:
            return sensor.read()
        except SensorLost as lost:
            # Without its traceback, which would keep the caller's frames alive.
            self._lost[index] = lost.with_traceback(None)
        except Exception as error:  # noqa: BLE001 (a fault in a driver's library must not end a training)
            self._lost[index] = SensorLost(f"{sensor.facts.name} failed ({type(error).__name__}: {error})")
        return self._lost[index]

    def energy(self, tally: Tally) -> Quantity:
        """Return what the sensors that may be added counted in a tally's windows. Unit: J."""
        if not self.added:
            return no_sensor(self._absent)
        return total((self._of(index, tally) for index in range(self.added)), "J")

    def domains(self, tally: Tally) -> dict[str, Quantity]:
        """Return what each sensor counted in a tally's windows, by its name. Unit: J."""
        return {facts.name: self._of(index, tally) for index, facts in enumerate(self.facts)}

    def power(self, first: Readings, last: Readings) -> Quantity:
        """Return the mean power between two readings, of the sensors that may be added. Unit: W."""
        if not self.added:
            return no_sensor(self._absent).times(1.0, "W")
        return total((self._power(index, first[index], last[index]) for index in range(self.added)), "W")

    def _of(self, index: int, tally: Tally) -> Quantity:
        if tally.lost[index]:
            return missing("J", tally.lost[index])
        doubt_J = tally.below_J[index], tally.above_J[index]
        facts = self._sensors[index].facts
        return quantity(facts, tally.energy_J[index], tally.wall_s, tally.windows, doubt_J)

    def _power(self, index: int, first: Reading | SensorLost, last: Reading | SensorLost) -> Quantity:
        if isinstance(last, SensorLost):
            return missing("W", str(last))
        if isinstance(first, SensorLost) or last.time_s <= first.time_s:
            return missing("W", "no sample yet")
        wall_s = last.time_s - first.time_s
        return quantity(self._sensors[index].facts, last.energy_J - first.energy_J, wall_s).times(
            1 / wall_s, "W"
        )

    def close(self) -> None:
        """Let go of every sensor."""
        if os.getpid() != self._pid:
            return
        with self._lock:
            for sensor in self._sensors:
                sensor.close()
