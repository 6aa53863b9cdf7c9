"""The sensors read together, the sums of what they counted in windows, and the sampler in the background."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wattlab.meter.quantity import Quantity, missing, total
from wattlab.meter.sensors.base import Absent, Facts, Reading, Sensor, SensorLost, no_sensor, quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHORTEST_SAMPLE_S: Final = 0.05

Readings = tuple[Reading | SensorLost, ...]


class Counters:
    """All sensors of a meter. Any thread may read; a sensor once lost stays lost, and the others go on.

    Parameters
    ----------
    sensors : sequence of Sensor
        Sensors whose domains do not overlap.
    absent : sequence of Absent, optional
        Why there are no more; told where there is none.
    """

    def __init__(self, sensors: Sequence[Sensor], absent: Sequence[Absent] = ()) -> None:
        self.facts = tuple(sensor.facts for sensor in sensors)
        self._sensors, self._absent = tuple(sensors), tuple(absent)
        self._lost: dict[int, SensorLost] = {}
        self._lock = threading.Lock()

    def read(self) -> Readings:
        """Read every sensor, in microseconds."""
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
            return lost

    def energy(self, tally: Tally) -> Quantity:
        """Return what all sensors counted in a tally's windows. Unit: J."""
        if not self.facts:
            return no_sensor(self._absent)
        parts = [
            missing("J", lost) if lost else quantity(facts, energy_J, tally.wall_s, tally.windows)
            for facts, energy_J, lost in zip(self.facts, tally.energy_J, tally.lost, strict=True)
        ]
        return total(parts, "J")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All clocks and counters at one edge of a window."""

    wall_s: float
    cpu_s: float
    readings: Readings


class Tally:
    """The sum of the windows of one name.

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
        self.lost = [""] * sensors

    def add(self, first: Snapshot, last: Snapshot, peak_memory_B: int) -> Tally:
        """Add one window, from its first edge to its last."""
        self.windows += 1
        self.wall_s += last.wall_s - first.wall_s
        self.cpu_s += last.cpu_s - first.cpu_s
        self.peak_memory_B = max(self.peak_memory_B, peak_memory_B)
        for index, edges in enumerate(zip(first.readings, last.readings, strict=True)):
            match edges:
                case (Reading() as start, Reading() as end):
                    self.energy_J[index] += end.energy_J - start.energy_J
                case (_, SensorLost() as reason) | (SensorLost() as reason, _):
                    self.lost[index] = str(reason)
        return self


class Sampler:
    """Reads the counters in the background: before one can wrap unseen, and for the power of this moment.

    Parameters
    ----------
    counters : Counters
        What to read.
    sample_s : float
        Time between two readings, at least 0.05 s; less where a counter could wrap sooner. Unit: s.

    Raises
    ------
    ValueError
        `sample_s` is shorter than that: reading so often would disturb what is measured.
    """

    def __init__(self, counters: Counters, sample_s: float) -> None:
        if not sample_s >= _SHORTEST_SAMPLE_S:
            msg = f"sample_s is {sample_s:g} s; expected at least {_SHORTEST_SAMPLE_S} s"
            raise ValueError(msg)
        self.period_s = min([sample_s, *(facts.longest_gap_s / 4 for facts in counters.facts)])
        self._counters = counters
        self._two: tuple[Readings, Readings] | None = None
        self._last: Readings | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wattlab-meter", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self.tick()
        self._thread.start()

    def stop(self) -> None:
        """End at once; the last power stays."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self.period_s):
            self.tick()

    def tick(self) -> None:
        """Read once."""
        readings = self._counters.read()
        if self._last is not None:
            self._two = (self._last, readings)
        self._last = readings

    def power(self) -> Quantity:
        """Return the mean power between the last two readings. Unit: W."""
        if not self._counters.facts:
            return self._counters.energy(Tally(0)).times(1.0, "W")
        if self._two is None:
            return missing("W", "no sample yet")
        first, last = self._two
        return total(map(_power, self._counters.facts, first, last), "W")


def _power(facts: Facts, first: Reading | SensorLost, last: Reading | SensorLost) -> Quantity:
    if isinstance(last, SensorLost):
        return missing("W", str(last))
    if isinstance(first, SensorLost) or last.time_s <= first.time_s:
        return missing("W", "no sample yet")
    wall_s = last.time_s - first.time_s
    return quantity(facts, last.energy_J - first.energy_J, wall_s).times(1 / wall_s, "W")
