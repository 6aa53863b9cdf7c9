"""RAPL: the energy counters of Intel and AMD processors, through Linux's powercap files.

The traps, and what is done about them: a counter starts again at ``max_energy_range_uj`` (corrected, and told
from a reset, a suspend and a driver loaded anew); MSR and MMIO show the same domain twice (counted once); the dies
of one package may mirror one counter (counted once); ``energy_uj`` is readable by root alone, containers mask the
tree, virtual machines have none (the absence names what mends it).

References
----------
Linux kernel, Documentation/power/powercap/powercap.rst. CVE-2020-8694 is why the files are closed, and
GHSA-jq35-85cj-fj4p why container engines mask ``/sys/devices/virtual/powercap``.
"""

from __future__ import annotations

import math
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wattlab.machine.system_files import read_number
from wattlab.meter import clock
from wattlab.meter.sensors.base import Absent, Facts, sort_out
from wattlab.meter.sensors.counter import EnergyCounter, counter_or_absent, suspended_s

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.machine import Machine
    from wattlab.meter.sensors.base import Sensor

POWERCAP: Final = Path("/sys/class/powercap")
REMEDY: Final = (
    "open the counters until the next start with: sudo chmod -R a+r /sys/class/powercap/intel-rapl*  "
    "(for good: a line 'z /sys/class/powercap/intel-rapl*/energy_uj 0444' in /etc/tmpfiles.d/rapl.conf; they "
    "are closed since CVE-2020-8694, because fine readings can betray what others on the machine compute)"
)
UNMASK: Final = (
    "start the container with: docker run --security-opt systempaths=unconfined, or "
    "podman run --security-opt unmask=/sys/devices/virtual/powercap"
)
ELSEWHERE: Final = "measure on the host, or at the wall with a plug (section [plug] of the settings)"
X86: Final = ("x86_64", "AMD64", "i386", "i686")
# More than any processor package, or a whole workstation, draws: what jumps further was reset.
MAX_POWER_W: Final = 1000.0
MAX_POWER_PSYS_W: Final = 3000.0
# The counters step about every millisecond, with some jitter.
RESOLUTION_S: Final = 0.005


@dataclass(frozen=True, slots=True)
class Zone:
    """One folder of the powercap tree.

    Attributes
    ----------
    path : Path
        The folder.
    domain : str
        "package-0", "psys", or a part with its package: "dram-0", "core-0", "uncore-0".
    range_J : float
        Where the counter starts again. Unit: J.
    """

    path: Path
    domain: str
    range_J: float


def rapl_sensor(
    zone: Zone,
    read_uj: Callable[[Path], int] = read_number,
    wall_s: Callable[[], float] = clock.wall_s,
    asleep_s: Callable[[], float] = suspended_s,
) -> EnergyCounter:
    """Make the sensor of one RAPL domain.

    Parameters
    ----------
    zone : Zone
        Where it is.
    read_uj : callable, optional
        Reads the counter; raises OSError or ValueError if it cannot.
    wall_s, asleep_s : callable, optional
        The clock, and how long the machine has been suspended. Unit: s.

    Raises
    ------
    OSError, ValueError
        The counter cannot be read at all.
    """
    file, made = zone.path / "energy_uj", _identity(zone.path)

    def read_J() -> float:
        # A driver loaded anew numbers its zones anew: the same path may be another domain's now.
        if _identity(zone.path) != made:
            msg = "its driver was loaded anew"
            raise OSError(msg)
        return read_uj(file) / 1e6

    return EnergyCounter(
        rapl_facts(f"rapl:{zone.domain}", zone.domain, zone.range_J),
        read_J,
        zone.range_J,
        wall_s=wall_s,
        asleep_s=asleep_s,
    )


def rapl_facts(name: str, domain: str, range_J: float = math.inf) -> Facts:
    """Return what is known of a RAPL domain, however it is read.

    Parameters
    ----------
    name, domain : str
        Such as "rapl:package-0" and "package-0".
    range_J : float, optional
        Where the counter starts again; by default, never. Unit: J.
    """
    max_power_W = MAX_POWER_PSYS_W if domain == "psys" else MAX_POWER_W
    return Facts(
        name=name,
        domain=domain,
        provenance="measured",
        resolution_s=RESOLUTION_S,
        max_power_W=max_power_W,
        longest_gap_s=range_J / max_power_W,
    )


def _identity(folder: Path) -> int:
    try:
        return os.stat(folder).st_ino  # noqa: PTH116 (a third of the time that Path.stat takes, at every reading)
    except OSError:
        return 0


def discover_rapl(
    root: Path = POWERCAP, read_uj: Callable[[Path], int] = read_number, machine: Machine | None = None
) -> tuple[list[Sensor], list[Absent]]:
    """Find the RAPL domains of this machine.

    Parameters
    ----------
    root : Path, optional
        The powercap tree.
    read_uj : callable, optional
        Reads one counter.
    machine : Machine, optional
        What this process runs on, to say why there is nothing; by default, the reasons are told that can be seen.

    Returns
    -------
    sensors : list of Sensor
        Every readable domain, each once.
    absent : list of Absent
        What is not there or not readable, with what to do.
    """
    zones = _once(_zones(root), read_uj)
    if not zones:
        return [], [_nothing(root, machine)]
    return sort_out(_open(zone, read_uj) for zone in zones)


def _nothing(root: Path, machine: Machine | None) -> Absent:
    if sys.platform != "linux":
        return Absent("rapl", "only Linux gives its counters to programs")
    if machine and machine.hypervisor:
        return Absent(
            "rapl", f"a virtual machine ({machine.hypervisor}) does not pass the counters on", ELSEWHERE
        )
    if _masked(root) or (machine and machine.container):
        return Absent("rapl", "this container masks the powercap tree", UNMASK)
    if machine and machine.architecture not in X86:
        return Absent("rapl", f"only Intel and AMD processors have it, not {machine.architecture}")
    return Absent("rapl", "no domain in the powercap tree", "try: sudo modprobe intel_rapl_msr")


def _masked(root: Path) -> bool:
    """Return whether domains are listed that lead nowhere, as where a container hides /sys/devices/virtual/powercap."""
    return any(not folder.exists() for folder in root.glob("intel-rapl*"))


def _open(zone: Zone, read_uj: Callable[[Path], int]) -> EnergyCounter | Absent:
    name = f"rapl:{zone.domain}"

    def wired() -> EnergyCounter | Absent:
        if zone.domain == "psys" and read_uj(zone.path / "energy_uj") == 0:
            return Absent(name, "the counter stays at zero: this board does not wire it")
        return rapl_sensor(zone, read_uj)

    return counter_or_absent(name, wired, REMEDY)


def _zones(root: Path) -> list[Zone]:
    # In this order "intel-rapl:0" (MSR) comes before "intel-rapl-mmio:0", which shows fewer domains.
    folders = sorted(root.glob("intel-rapl*:*"), key=lambda path: (path.name.partition(":")[0], path.name))
    return [zone for folder in folders if (zone := _zone(root, folder))]


def _zone(root: Path, folder: Path) -> Zone | None:
    try:
        name = (folder / "name").read_text(encoding="ascii").strip()
        range_J = read_number(folder / "max_energy_range_uj") / 1e6
        if folder.name.count(":") > 1:
            parent = root / folder.name.rpartition(":")[0]
            name += "-" + (parent / "name").read_text(encoding="ascii").strip().partition("-")[2]
    except (OSError, ValueError):
        return None
    return Zone(folder, name, range_J) if range_J > 0 and math.isfinite(range_J) else None


def _once(zones: list[Zone], read_uj: Callable[[Path], int]) -> list[Zone]:
    kept: dict[str, Zone] = {}
    for zone in zones:
        if zone.domain not in kept and not any(_mirrors(zone, other, read_uj) for other in kept.values()):
            kept[zone.domain] = zone
    return list(kept.values())


def _mirrors(zone: Zone, other: Zone, read_uj: Callable[[Path], int]) -> bool:
    """Return whether two dies of one package show one and the same counter."""
    socket, die = zone.domain.partition("-die-")[::2]
    if not die or other.domain.partition("-die-")[0] != socket:
        return False
    try:
        before, between, after = (read_uj(one.path / "energy_uj") for one in (other, zone, other))
    except (OSError, ValueError):
        return False
    return before <= between <= after
