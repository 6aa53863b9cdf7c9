"""The energy sensors: which are read, which are closed, and what opens them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.doctor.finding import Finding, advice, ok, problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wattlab.doctor.surroundings import Surroundings
    from wattlab.meter.sensors.base import Absent, Sensor

__all__ = ["check_energy"]

_PARANOID = "/proc/sys/kernel/perf_event_paranoid"
_WHY_MODELLED = "modelled energy may be off by half and must not rank small differences"
_WHY_CLOSED = "a measured figure is off by percents where a modelled one is off by half"


def check_energy(surroundings: Surroundings) -> list[Finding]:
    """Look for energy sensors, and close them again."""
    found = surroundings.sensors()
    for sensor in (*found.active, *found.parts):
        sensor.close()
    return [
        _active(found.active, found.absent),
        *(_closed(one) for one in found.absent if one.remedy),
        *_paranoid(surroundings),
        *_absent([one for one in found.absent if not one.remedy]),
    ]


def _active(active: Sequence[Sensor], absent: Sequence[Absent]) -> Finding:
    named = "\n".join(f"{one.facts.name}: {one.facts.domain}, {one.facts.provenance}" for one in active)
    measured = [one.facts.provenance == "measured" for one in active]
    if active and all(measured):
        return ok("energy.measured", "energy is measured", named)
    openable = [str(one.name) for one in absent if one.remedy]
    mend = (
        f"see {', '.join(openable)} below"
        if openable
        else "a wall plug that wattlab can read measures all of it"
    )
    title = (
        "energy is measured in part, and the rest is modelled"
        if any(measured)
        else "energy is modelled, not measured"
    )
    return advice("energy.modelled", title, named, _WHY_MODELLED, (mend,))


def _closed(one: Absent) -> Finding:
    if one.name.startswith("plug:"):
        return problem(
            f"energy.{one.name}",
            "the wall plug of your settings is not read",
            one.reason,
            _WHY_CLOSED,
            (one.remedy,),
        )
    return advice(f"energy.{one.name}", f"{one.name} cannot be read", one.reason, _WHY_CLOSED, (one.remedy,))


def _absent(absent: Sequence[Absent]) -> Iterator[Finding]:
    if absent:
        listed = "\n".join(f"{one.name}: {one.reason}" for one in absent)
        yield ok("energy.absent", "sensors that are not here", listed)


def _paranoid(surroundings: Surroundings) -> Iterator[Finding]:
    level = surroundings.read(_PARANOID)
    power = surroundings.at("/sys/bus/event_source/devices/power").exists()
    if power and level.lstrip("-").isdigit() and int(level) > 0:
        yield advice(
            "energy.perf",
            f"perf_event_paranoid is {level}: the processor's energy is closed to perf, too",
            "events of the whole machine need 0 or less, or the capability CAP_PERFMON",
            _WHY_CLOSED,
            (
                "sudo sysctl kernel.perf_event_paranoid=0    # until the next start",
                "echo kernel.perf_event_paranoid=0 | sudo tee /etc/sysctl.d/60-perf.conf    # for good",
            ),
        )
