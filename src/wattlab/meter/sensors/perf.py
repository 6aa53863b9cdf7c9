"""RAPL through the kernel's performance events: the other way in, where powercap is closed or masked.

The same counters as through powercap, under the same names of domains. The kernel sums them up in 64 bits, so that
none wraps; it counts from when the event is opened, once for each processor package.

References
----------
Linux kernel, Documentation/ABI/testing/sysfs-bus-event_source-devices-events (type, cpumask, events with their scale
and unit), arch/x86/events/rapl.c (the events' names), Documentation/admin-guide/perf-security.rst (who may open them).
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wattlab.machine.system_files import read_text
from wattlab.meter import clock
from wattlab.meter.sensors.base import Absent
from wattlab.meter.sensors.counter import EnergyCounter, is_given, suspended_s
from wattlab.meter.sensors.perf_event import open_event, read_event
from wattlab.meter.sensors.rapl import rapl_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from wattlab.meter.sensors.base import Sensor

EVENT_SOURCE: Final = Path("/sys/bus/event_source/devices/power")
CPUS: Final = Path("/sys/devices/system/cpu")
PARANOID: Final = Path("/proc/sys/kernel/perf_event_paranoid")
REMEDY: Final = (
    "open them until the next start with: sudo sysctl kernel.perf_event_paranoid=0  (for good: that setting in "
    "/etc/sysctl.d/; for Python alone: sudo setcap cap_perfmon=ep $(readlink -f $(which python3)))"
)
CONTAINER_REMEDY: Final = (
    "start the container with: docker run --cap-add PERFMON (or podman run --cap-add PERFMON)"
)
# What the kernel calls the domains, and what powercap and this package do.
_KINDS: Final = {
    "energy-pkg": "package",
    "energy-cores": "core",
    "energy-ram": "dram",
    "energy-gpu": "uncore",
    "energy-psys": "psys",
}


@dataclass(frozen=True, slots=True)
class Events:
    """How events are opened, read and closed; a bench has its own.

    Attributes
    ----------
    start : callable
        Opens an event by the source's type, its code and a cpu; returns a handle. Raises OSError.
    read : callable
        Reads what a handle has counted. Raises OSError.
    stop : callable
        Closes a handle.
    """

    start: Callable[[int, int, int], int] = open_event
    read: Callable[[int], int] = read_event
    stop: Callable[[int], None] = os.close


@dataclass(frozen=True, slots=True)
class Event:
    """One event on one package.

    Attributes
    ----------
    domain : str
        As through powercap.
    kind, config, cpu : int
        What the kernel wants to know.
    step_J : float
        What one count stands for. Unit: J.
    """

    domain: str
    kind: int
    config: int
    cpu: int
    step_J: float


def perf_sensor(
    event: Event,
    events: Events | None = None,
    wall_s: Callable[[], float] = clock.wall_s,
    asleep_s: Callable[[], float] = suspended_s,
) -> EnergyCounter:
    """Open an event and make a sensor of it; raises OSError if the kernel refuses.

    Parameters
    ----------
    event : Event
        What to count.
    events : Events, optional
        How events are opened; by default, by the kernel.
    wall_s, asleep_s : callable, optional
        The clock, and how long the machine has been suspended. Unit: s.
    """
    events = events or Events()
    handle = events.start(event.kind, event.config, event.cpu)
    try:
        return EnergyCounter(
            rapl_facts(f"perf:{event.domain}", event.domain),
            lambda: events.read(handle) * event.step_J,
            wall_s=wall_s,
            asleep_s=asleep_s,
            release=lambda: events.stop(handle),
        )
    except OSError:
        events.stop(handle)
        raise


def discover_perf(
    given: Collection[str] = (),
    source: Path = EVENT_SOURCE,
    cpus: Path = CPUS,
    paranoid: Path = PARANOID,
    events: Events | None = None,
) -> tuple[list[Sensor], list[Absent]]:
    """Find the RAPL domains that can be read through performance events.

    Parameters
    ----------
    given : collection of str, optional
        Domains that powercap gives: they are not opened again.
    source, cpus, paranoid : Path, optional
        The event source, the list of cpus, and who may open events.
    events : Events, optional
        How events are opened.

    Returns
    -------
    sensors : list of Sensor
        Every domain that is not given and can be opened.
    absent : list of Absent
        What cannot, with what to do.
    """
    sensors: list[Sensor] = []
    absent: list[Absent] = []
    for event in _listed(source, cpus):
        if is_given(event.domain, given):
            continue
        try:
            sensors.append(perf_sensor(event, events))
        except PermissionError:
            absent.append(_closed(event.domain, paranoid))
        except OSError as error:
            absent.append(Absent(f"perf:{event.domain}", f"the event cannot be opened ({error})"))
    if not source.is_dir() and not given:
        absent.append(Absent("perf", "the kernel has no event source 'power'"))
    return sensors, absent


def _closed(domain: str, paranoid: Path) -> Absent:
    level = read_text(paranoid)
    if level in {"0", "-1"}:
        return Absent(f"perf:{domain}", "this container forbids performance events", CONTAINER_REMEDY)
    reason = (
        f"the kernel opens events of a whole cpu to root alone (perf_event_paranoid is {level or 'unknown'})"
    )
    return Absent(f"perf:{domain}", reason, REMEDY, closed=True)


def _listed(source: Path, cpus: Path) -> Iterator[Event]:
    packages = _packages(read_text(source / "cpumask"), cpus)
    for name, kind in _KINDS.items():
        try:
            # Such as "event=0x02", "2.3283064365386962890625e-10" and "Joules".
            config = int(read_text(source / "events" / name).removeprefix("event="), 16)
            step_J = float(read_text(source / "events" / f"{name}.scale"))
            source_type = int(read_text(source / "type"))
        except ValueError:
            continue
        if read_text(source / "events" / f"{name}.unit") != "Joules" or step_J <= 0:
            continue
        for package, cpu in packages:
            yield Event(kind if kind == "psys" else f"{kind}-{package}", source_type, config, cpu, step_J)
            if kind == "psys":
                break


def _packages(cpumask: str, cpus: Path) -> list[tuple[str, int]]:
    """Return each package's name, as powercap has it, and the cpu that counts for it."""
    chosen = [cpu for part in cpumask.split(",") for cpu in _cpus(part)]
    sockets = {cpu: read_text(cpus / f"cpu{cpu}/topology/physical_package_id") or "0" for cpu in chosen}
    several = Counter(sockets.values())
    dies = {cpu: read_text(cpus / f"cpu{cpu}/topology/die_id") or "0" for cpu in chosen}
    names = {
        cpu: f"{socket}-die-{dies[cpu]}" if several[socket] > 1 else socket for cpu, socket in sockets.items()
    }
    return [(names[cpu], cpu) for cpu in chosen]


def _cpus(part: str) -> range:
    first, _, last = part.strip().partition("-")
    return range(int(first), int(last or first) + 1) if first.isdigit() else range(0)
