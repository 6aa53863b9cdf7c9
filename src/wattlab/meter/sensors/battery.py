"""A laptop's battery, which feeds the whole machine while no charger does.

Asked in the background, since the embedded controller that answers may take its time. The gauge moves about once in a
few seconds and was made to warn of an empty battery, not to measure. While a charger is connected it says nothing about
what the machine draws: then there is no reading, and one plugged in on the way ends the measurement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.meter import clock
from wattlab.meter.sensors.base import Absent, Facts, SensorLost
from wattlab.meter.sensors.batteries import SUPPLIES, Batteries
from wattlab.meter.sensors.battery_charge import charge_sensor
from wattlab.meter.sensors.polled import Polled

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.meter.sensors.base import Sensor

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
