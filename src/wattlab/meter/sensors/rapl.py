"""RAPL: the energy counters of Intel and AMD processors, through Linux's powercap files.

The traps, and what is done about them: a counter starts again at ``max_energy_range_uj`` (corrected, and told
from a reset); a read error is a lost sensor, never a zero; MSR and MMIO show the same domain twice (counted
once); the dies of one package may mirror one counter (counted once); ``energy_uj`` is readable by root alone
(the absence names the command that mends it).

References
----------
Linux kernel, Documentation/power/powercap/powercap.rst. CVE-2020-8694 is why the files are closed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wattlab.meter import clock
from wattlab.meter.sensors.base import Absent, Facts, Reading, Sensor, SensorLost

if TYPE_CHECKING:
    from collections.abc import Callable

POWERCAP: Final = Path("/sys/class/powercap")
REMEDY: Final = (
    "open the counters until the next start with: sudo chmod -R a+r /sys/class/powercap/intel-rapl*  "
    "(for good: a line 'z /sys/class/powercap/intel-rapl*/energy_uj 0444' in /etc/tmpfiles.d/rapl.conf; they "
    "are closed since CVE-2020-8694, because fine readings can betray what others on the machine compute)"
)
# More than any processor package, or a whole workstation, draws: what jumps further was reset.
MAX_POWER_W: Final = 1000.0
MAX_POWER_PSYS_W: Final = 3000.0
# The counters step about every millisecond, with some jitter.
RESOLUTION_S: Final = 0.005


def read_number(path: Path) -> int:
    """Read a whole number from a file of the kernel."""
    return int(path.read_text(encoding="ascii"))


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


class RaplSensor(Sensor):
    """One RAPL domain.

    Parameters
    ----------
    zone : Zone
        Where it is.
    read_uj : callable, optional
        Reads the counter; raises OSError or ValueError if it cannot.
    wall_s : callable, optional
        The clock.

    Raises
    ------
    OSError, ValueError
        The counter cannot be read at all.
    """

    def __init__(
        self,
        zone: Zone,
        read_uj: Callable[[Path], int] = read_number,
        wall_s: Callable[[], float] = clock.wall_s,
    ) -> None:
        max_power_W = MAX_POWER_PSYS_W if zone.domain == "psys" else MAX_POWER_W
        self.facts = Facts(
            name=f"rapl:{zone.domain}",
            domain=zone.domain,
            provenance="measured",
            resolution_s=RESOLUTION_S,
            max_power_W=max_power_W,
            longest_gap_s=zone.range_J / max_power_W,
        )
        self._zone, self._read_uj, self._wall_s = zone, read_uj, wall_s
        self._file = zone.path / "energy_uj"
        self._last_J, self._last_s = read_uj(self._file) / 1e6, wall_s()
        self._counted_J = 0.0
        self._lost = ""

    def read(self) -> Reading:
        """Return the energy counted since the sensor was made."""
        if self._lost:
            raise SensorLost(self._lost)
        try:
            now_J, now_s = self._read_uj(self._file) / 1e6, self._wall_s()
        except (OSError, ValueError) as error:
            raise self._gone(f"can no longer be read ({error})") from error
        self._counted_J += self._step_J(now_J, now_s)
        self._last_J, self._last_s = now_J, now_s
        return Reading(now_s, self._counted_J)

    def _step_J(self, now_J: float, now_s: float) -> float:
        gap_s = now_s - self._last_s
        if gap_s > self.facts.longest_gap_s:
            raise self._gone(f"was not read for {gap_s:.0f} s and may have wrapped unseen")
        step_J = now_J - self._last_J
        if step_J < 0:
            step_J += self._zone.range_J
        # One step of the counter may still belong to the time before.
        if step_J < 0 or step_J > self.facts.max_power_W * (gap_s + RESOLUTION_S):
            raise self._gone(
                f"jumped from {self._last_J:.0f} J to {now_J:.0f} J in {gap_s:.3g} s: it was reset"
            )
        return step_J

    def _gone(self, problem: str) -> SensorLost:
        self._lost = f"{self.facts.name} {problem}"
        return SensorLost(self._lost)


def discover_rapl(
    root: Path = POWERCAP, read_uj: Callable[[Path], int] = read_number
) -> tuple[list[RaplSensor], list[Absent]]:
    """Find the RAPL domains of this machine.

    Parameters
    ----------
    root : Path, optional
        The powercap tree.
    read_uj : callable, optional
        Reads one counter.

    Returns
    -------
    sensors : list of RaplSensor
        Every readable domain, each once.
    absent : list of Absent
        What is not there or not readable, with what to do.
    """
    if not root.is_dir():
        reason = "no powercap tree: a virtual machine, a container that masks it, or not Linux on x86"
        return [], [Absent("rapl", reason)]
    zones = _once(_zones(root), read_uj)
    if not zones:
        return [], [Absent("rapl", "no domain in the powercap tree", "try: sudo modprobe intel_rapl_msr")]
    sensors: list[RaplSensor] = []
    absent: list[Absent] = []
    for zone in zones:
        found = _open(zone, read_uj)
        sensors += [found] if isinstance(found, RaplSensor) else []
        absent += [found] if isinstance(found, Absent) else []
    return sensors, absent


def _open(zone: Zone, read_uj: Callable[[Path], int]) -> RaplSensor | Absent:
    name = f"rapl:{zone.domain}"
    try:
        if zone.domain == "psys" and read_uj(zone.path / "energy_uj") == 0:
            return Absent(name, "the counter stays at zero: this board does not wire it")
        return RaplSensor(zone, read_uj)
    except PermissionError:
        return Absent(name, "the counter is readable by root alone", REMEDY)
    except (OSError, ValueError) as error:
        return Absent(name, f"the counter cannot be read ({error})")


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
