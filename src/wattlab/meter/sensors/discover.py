"""Find the energy sensors of this machine, and choose those that may be added up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wattlab.meter.quantity import Quantity, missing
from wattlab.meter.sensors.domains import choose
from wattlab.meter.sensors.model import ModelSensor, model_power
from wattlab.meter.sensors.rapl import POWERCAP, discover_rapl, read_number

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.machine import Machine
    from wattlab.meter.sensors.base import Absent, Sensor
    from wattlab.settings import Settings


def _no_idle() -> Quantity:
    return missing("W", "no idle baseline")


@dataclass(frozen=True, slots=True)
class Sensors:
    """The sensors of a machine.

    Attributes
    ----------
    active : tuple of Sensor
        Sensors whose domains do not overlap: their sum is the energy.
    parts : tuple of Sensor
        Readable sensors inside the active ones: detail, never added.
    absent : tuple of Absent
        What is not there or not readable, with what to do.
    idle : Quantity
        The modelled idle power, for want of a measured one. Unit: W.
    """

    active: tuple[Sensor, ...]
    parts: tuple[Sensor, ...] = ()
    absent: tuple[Absent, ...] = ()
    idle: Quantity = field(default_factory=_no_idle)

    def __str__(self) -> str:
        lines = [f"{sensor.facts.name}: {sensor.facts.provenance}" for sensor in self.active]
        return "\n".join([*lines, *map(str, self.absent)])


def discover(
    root: Path = POWERCAP,
    settings: Settings | None = None,
    machine: Machine | None = None,
    read_uj: Callable[[Path], int] = read_number,
) -> Sensors:
    """Find the sensors: RAPL where it is readable, else the labelled model.

    Parameters
    ----------
    root : Path, optional
        The powercap tree.
    settings : Settings, optional
        Holds the user's own figures for the model; by default, none.
    machine : Machine, optional
        What this process runs on; by default, it is found out.
    read_uj : callable, optional
        Reads one RAPL counter.
    """
    if machine is None:
        from wattlab.machine import describe_machine  # brings numpy, not needed with a machine given

        machine = describe_machine()
    power = model_power(machine, settings.machine if settings else None)
    found, absent = discover_rapl(root, read_uj)
    active = choose(found, lambda: ModelSensor(power))
    parts = tuple(sensor for sensor in found if sensor not in active)
    return Sensors(active, parts, tuple(absent), power.idle())
