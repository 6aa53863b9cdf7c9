"""Find the energy sensors of this machine, and choose those that may be added up."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wattlab.machine.system_files import read_number
from wattlab.meter.quantity import Quantity, missing
from wattlab.meter.sensors.amd import discover_amd
from wattlab.meter.sensors.apple import discover_apple
from wattlab.meter.sensors.battery import discover_battery
from wattlab.meter.sensors.domains import choose
from wattlab.meter.sensors.hwmon import discover_hwmon
from wattlab.meter.sensors.idle import idle_power
from wattlab.meter.sensors.model import ModelSensor, model_power
from wattlab.meter.sensors.nvml import discover_nvml
from wattlab.meter.sensors.perf import discover_perf
from wattlab.meter.sensors.plug import discover_plug
from wattlab.meter.sensors.rapl import discover_rapl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wattlab.machine import Machine
    from wattlab.meter.sensors.base import Absent, Sensor
    from wattlab.settings import Settings

__all__ = ["Sensors", "discover"]


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
        Readable sensors inside or around the active ones: detail, never added.
    absent : tuple of Absent
        What is not there or not readable, with what to do.
    idle : Quantity
        The modelled idle power of the active ones, for want of a measured one. Unit: W.
    """

    active: tuple[Sensor, ...]
    parts: tuple[Sensor, ...] = ()
    absent: tuple[Absent, ...] = ()
    idle: Quantity = field(default_factory=_no_idle)

    def __str__(self) -> str:
        lines = [f"{sensor.facts.name}: {sensor.facts.provenance}" for sensor in self.active]
        return "\n".join([*lines, *map(str, self.absent)])


def discover(
    root: Path = Path("/"),
    settings: Settings | None = None,
    machine: Machine | None = None,
    read_uj: Callable[[Path], int] = read_number,
    library: Any = None,
) -> Sensors:
    """Find all sensors, and the labelled model for a processor that none of them counts.

    Nothing on the network is asked, but for the plug whose address stands in the settings.

    Parameters
    ----------
    root : Path, optional
        Where ``proc`` and ``sys`` are found.
    settings : Settings, optional
        Holds the user's own figures for the model, and the wall plug; by default, neither.
    machine : Machine, optional
        What this process runs on; by default, it is found out.
    read_uj : callable, optional
        Reads one counter of powercap or hwmon.
    library : module, optional
        NVIDIA's ``pynvml``, or what answers like it.
    """
    if machine is None:
        from wattlab.machine import describe_machine  # brings numpy, not needed with a machine given

        machine = describe_machine()
    power = model_power(machine, settings.machine if settings else None)
    found, absent = _processor(root, machine, read_uj)
    for more, missed in (
        discover_nvml(library),
        discover_amd(root),
        discover_apple(),
        discover_battery(root / "sys/class/power_supply"),
        discover_plug(settings.plug if settings else None),
    ):
        found += more
        absent += missed
    active = choose(found, lambda: ModelSensor(power))
    parts = tuple(sensor for sensor in found if sensor not in active)
    return Sensors(active, parts, tuple(absent), idle_power(active, power))


def _processor(
    root: Path, machine: Machine, read_uj: Callable[[Path], int]
) -> tuple[list[Sensor], list[Absent]]:
    """Find the counters of processor and board: what powercap does not give is asked of perf, then of hwmon."""
    found, absent = discover_rapl(root / "sys/class/powercap", read_uj, machine)
    events, missed = discover_perf(
        _domains(found),
        root / "sys/bus/event_source/devices/power",
        root / "sys/devices/system/cpu",
        root / "proc/sys/kernel/perf_event_paranoid",
    )
    found, absent = found + events, absent + missed
    chips, missed = discover_hwmon(root / "sys/class/hwmon", _domains(found), read_uj)
    return found + chips, absent + missed


def _domains(sensors: Iterable[Sensor]) -> set[str]:
    return {sensor.facts.domain for sensor in sensors}
