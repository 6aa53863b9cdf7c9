"""The battery of a laptop whose gauge tells no power: what it has given is counted by what is left.

Charge becomes energy by a voltage that is held: that of the moment sags under load and rises when the load goes, while
nothing has left the battery or come back. A gauge also wavers by a step or two: a small step back gives nothing and
takes nothing; a larger one is a charger, or a gauge that was set anew.

References
----------
Linux kernel, Documentation/ABI/testing/sysfs-class-power: energy_now in µWh, charge_now in µAh, voltages in µV.
Documentation/power/power_supply_class.rst: voltage_min_design and voltage_max_design are those of an empty and a full
battery; the driver of ACPI's batteries (drivers/acpi/battery.c) gives the design voltage itself, as voltage_min_design.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from wattlab.machine.system_files import read_number
from wattlab.meter import clock
from wattlab.meter.sensors.base import Reading, Sensor
from wattlab.meter.sensors.counter import EnergyCounter, suspended_s
from wattlab.meter.sensors.integrated import TOLERATED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.meter.sensors.base import Facts
    from wattlab.meter.sensors.batteries import Batteries

__all__ = ["charge_sensor"]

# What laptops' gauges take to move.
RESOLUTION_S: Final = 60.0
# Beyond a few of these a charger may have come and gone unseen.
SAMPLE_S: Final = 2.0
# Gauges state no accuracy; and the voltage of lithium cells lies up to a tenth from its mean as they empty.
SPREAD: Final = (0.2, 0.2)
# Two steps of a coarse gauge: 10 mAh at 12 V.
WAVER_J: Final = 500.0
_DESIGN: Final = ("voltage_min_design", "voltage_max_design")


def charge_sensor(
    facts: Facts,
    batteries: Batteries,
    wall_s: Callable[[], float] = clock.wall_s,
    asleep_s: Callable[[], float] = suspended_s,
) -> Sensor:
    """Make the sensor of all batteries together; raises OSError or ValueError where they do not tell what is left.

    Parameters
    ----------
    facts : Facts
        What the batteries' sensor of power would be.
    batteries : Batteries
        What to read.
    wall_s, asleep_s : callable, optional
        The clock, and how long the machine has been suspended. Unit: s.
    """
    facts = replace(facts, resolution_s=RESOLUTION_S, sample_s=SAMPLE_S, spread=SPREAD)
    return _Watched(EnergyCounter(facts, _Gauge(batteries).given_J, wall_s=wall_s, asleep_s=asleep_s))


class _Watched(Sensor):
    """A counter beside which a charger may feed the machine while nobody looks."""

    def __init__(self, counter: EnergyCounter) -> None:
        self.facts = counter.facts
        self._counter, self._above_J = counter, 0.0
        self._last = counter.read()

    def read(self) -> Reading:
        """Return what the batteries have given since the sensor was made."""
        now = self._counter.read()
        gap_s = now.time_s - self._last.time_s
        if gap_s > TOLERATED * self.facts.sample_s:
            step_J = now.energy_J - self._last.energy_J
            self._above_J += max(0.0, self.facts.max_power_W * gap_s - step_J)
        self._last = now
        return replace(now, above_J=self._above_J)

    def close(self) -> None:
        """Let go of the gauge."""
        self._counter.close()


class _Gauge:
    """What the batteries have given, without what only seems to come and go."""

    def __init__(self, batteries: Batteries) -> None:
        self._batteries = batteries
        self._volts: dict[Path, float] = {}
        self._most_J = float("-inf")

    def given_J(self) -> float:
        """Return what all batteries have given since they were full; raises OSError or ValueError if it cannot."""
        if obstacle := self._batteries.obstacle():
            raise OSError(obstacle)
        given_J = -sum(map(self._left_J, self._batteries.folders()))
        if given_J < self._most_J - WAVER_J:
            return given_J
        self._most_J = max(self._most_J, given_J)
        return self._most_J

    def _left_J(self, battery: Path) -> float:
        if (battery / "energy_now").exists():
            return read_number(battery / "energy_now") * 3600 / 1e6
        if battery not in self._volts:
            self._volts[battery] = _voltage_V(battery)
        return read_number(battery / "charge_now") * 3600 / 1e6 * self._volts[battery]


def _voltage_V(battery: Path) -> float:
    """Return the voltage a battery was designed for, or else the one it has now."""
    files = [battery / name for name in _DESIGN if (battery / name).exists()] or [battery / "voltage_now"]
    return sum(map(read_number, files)) / len(files) / 1e6
