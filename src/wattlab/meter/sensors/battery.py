"""A laptop's battery, which feeds the whole machine while no charger does.

Asked in the background, since the embedded controller that answers may take its time. The gauge moves about once in a
few seconds and was made to warn of an empty battery, not to measure. While a charger is connected it says nothing about
what the machine draws: then there is no reading, and one plugged in on the way ends the measurement.

References
----------
Linux kernel, Documentation/ABI/testing/sysfs-class-power: power_now in µW, current_now in µA (negative where a driver
counts what leaves the battery so), voltage_now in µV; scope "Device" for the batteries of mice and keyboards.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wattlab.machine.system_files import read_number, read_text
from wattlab.meter import clock
from wattlab.meter.sensors.base import Absent, Facts, SensorLost
from wattlab.meter.sensors.battery_charge import charge_sensor
from wattlab.meter.sensors.polled import Polled, Sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.meter.sensors.base import Sensor

SUPPLIES: Final = Path("/sys/class/power_supply")
PERIOD_S: Final = 2.0
FIRST_ANSWER_S: Final = 2.0
# What laptops' gauges take to move.
RESOLUTION_S: Final = 5.0
# Gauges state no accuracy; this much is assumed.
SPREAD: Final = (0.1, 0.1)
# More than any laptop's battery can give.
MAX_POWER_W: Final = 300.0
FACTS: Final = Facts(
    name="battery",
    domain="machine",
    provenance="measured",
    resolution_s=RESOLUTION_S,
    max_power_W=MAX_POWER_W,
    spread=SPREAD,
    note="the battery's own gauge",
    source="battery",
)
"""The sensor of all batteries together."""
_RESTING: Final = ("Not charging", "Full", "Unknown")


@dataclass(frozen=True, slots=True)
class Batteries:
    """All power supplies of a machine.

    Attributes
    ----------
    root : Path
        Where they are listed.
    """

    root: Path = SUPPLIES

    def folders(self) -> list[Path]:
        """Return the batteries that feed the machine."""
        return [
            folder
            for folder in self._of_machine()
            if read_text(folder / "type") == "Battery" and read_text(folder / "present") != "0"
        ]

    def obstacle(self) -> str:
        """Return why the batteries do not tell what the machine draws; empty if they do."""
        states = {folder.name: read_text(folder / "status") for folder in self.folders()}
        if any(read_text(folder / "online") == "1" for folder in self._of_machine()):
            return "a charger is connected"
        if "Discharging" not in states.values():
            return "no battery is discharging"
        # Of two batteries one may rest; one that charges takes from the other.
        odd = [name for name, state in states.items() if state not in {"Discharging", *_RESTING}]
        return f"{odd[0]} is {states[odd[0]].lower() or 'in no known state'}" if odd else ""

    def sample(self) -> Sample:
        """Return the power of all batteries together; SensorLost where something else feeds the machine too."""
        if obstacle := self.obstacle():
            raise SensorLost(obstacle)
        return Sample(sum(map(_power_W, self.folders())))

    def _of_machine(self) -> list[Path]:
        return [folder for folder in sorted(self.root.glob("*")) if read_text(folder / "scope") != "Device"]


def discover_battery(
    root: Path = SUPPLIES, wait_s: float = FIRST_ANSWER_S
) -> tuple[list[Sensor], list[Absent]]:
    """Find the battery of a laptop; several are one sensor.

    Parameters
    ----------
    root : Path, optional
        Where power supplies are listed.
    wait_s : float, optional
        How long to wait for the first answer. Unit: s.
    """
    batteries = Batteries(root)
    if not batteries.folders():
        return [], []
    if obstacle := batteries.obstacle():
        return [], [Absent("battery", obstacle, "unplug it to measure by the battery")]
    sensor = battery_sensor(batteries)
    try:
        sensor.start(wait_s)
    except (OSError, ValueError, SensorLost):
        return _by_what_is_left(batteries)
    return [sensor], []


def battery_sensor(
    batteries: Batteries, period_s: float = PERIOD_S, wall_s: Callable[[], float] = clock.wall_s
) -> Polled:
    """Make the sensor of all batteries together; it asks nothing before it is started.

    Parameters
    ----------
    batteries : Batteries
        What to ask.
    period_s : float, optional
        Time between two questions. Unit: s.
    wall_s : callable, optional
        The clock.
    """
    return Polled(FACTS, batteries.sample, period_s, wall_s=wall_s)


def _by_what_is_left(batteries: Batteries) -> tuple[list[Sensor], list[Absent]]:
    """Return the gauge's coarser counter, for batteries that tell no power."""
    try:
        return [charge_sensor(FACTS, batteries)], []
    except (OSError, ValueError, SensorLost) as error:
        return [], [Absent("battery", f"its gauge cannot be read ({error})")]


def _power_W(battery: Path) -> float:
    if (battery / "power_now").exists():
        return abs(read_number(battery / "power_now")) / 1e6
    return abs(read_number(battery / "current_now")) * read_number(battery / "voltage_now") / 1e12
