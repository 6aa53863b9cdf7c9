"""Find the energy sensors of this machine, and choose those that may be added up."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wattlab.machine.system_files import read_number
from wattlab.meter.quantity import Quantity, missing
from wattlab.meter.sensors.amd import discover_amd
from wattlab.meter.sensors.apple import discover_apple
from wattlab.meter.sensors.base import Absent, Sensor
from wattlab.meter.sensors.battery import discover_battery
from wattlab.meter.sensors.domains import choose, covers_processor
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
    from wattlab.settings import Settings

__all__ = ["Sensors", "discover"]

Found = tuple[list[Sensor], list[Absent]]


# Two ways in to the same counters of the processor.
_OF_PROCESSOR: Final = {"rapl", "perf"}


def _kind(absent: Absent) -> str:
    return absent.name.partition(":")[0]


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

    @property
    def advice(self) -> tuple[Absent, ...]:
        """Sensors that are there and closed, and would make the energy better: one of each kind."""
        closed = [one for one in self.absent if one.closed]
        if covers_processor(one for one in self.active if one.facts.provenance == "measured"):
            closed = [one for one in closed if _kind(one) not in _OF_PROCESSOR]
        first = {"processor" if _kind(one) in _OF_PROCESSOR else _kind(one): one for one in reversed(closed)}
        return tuple(one for one in closed if one in first.values())

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

    Nothing on the network is asked, but for the plug whose address stands in the settings. What fails in a way that
    nobody foresaw is absent, with the reason; the others are found all the same.

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
        _safely("nvml", lambda: discover_nvml(library)),
        _safely("amd", lambda: discover_amd(root)),
        _safely("apple", discover_apple),
        _safely("battery", lambda: discover_battery(root / "sys/class/power_supply")),
        _safely("plug", lambda: discover_plug(settings.plug if settings else None)),
    ):
        found, absent = found + more, absent + missed
    active = choose(found, lambda: ModelSensor(power))
    parts = tuple(sensor for sensor in found if sensor not in active)
    return Sensors(active, parts, tuple(absent), idle_power(active, power))


def _processor(root: Path, machine: Machine, read_uj: Callable[[Path], int]) -> Found:
    """Find the counters of processor and board: what powercap does not give is asked of perf, then of hwmon."""
    found, absent = _safely("rapl", lambda: discover_rapl(root / "sys/class/powercap", read_uj, machine))
    given = _domains(found)
    events, missed = _safely("perf", lambda: _perf(root, given))
    found, absent = found + events, absent + missed
    given = _domains(found)
    chips, missed = _safely("hwmon", lambda: discover_hwmon(root / "sys/class/hwmon", given, read_uj))
    return found + chips, absent + missed


def _perf(root: Path, given: set[str]) -> Found:
    return discover_perf(
        given,
        root / "sys/bus/event_source/devices/power",
        root / "sys/devices/system/cpu",
        root / "proc/sys/kernel/perf_event_paranoid",
    )


def _safely(name: str, ask: Callable[[], Found]) -> Found:
    try:
        return ask()
    except Exception as error:  # noqa: BLE001 (a fault in a driver's library must not end a training)
        return [], [Absent(name, f"could not be asked ({type(error).__name__}: {error})")]


def _domains(sensors: Iterable[Sensor]) -> set[str]:
    return {sensor.facts.domain for sensor in sensors}
