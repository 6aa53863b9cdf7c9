"""How busy the whole machine is, and how much of that is this program: the rest is other people's work."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["BUSY", "Load", "foreign_s", "machine_s"]

BUSY: Final = 0.1
"""Share of all cores from which on a machine counts as shared."""
_STAT: Final = Path("/proc/stat")
# user nice system idle iowait irq softirq steal; a guest's time is in user and nice already.
_COUNTED: Final = 8
_IDLE: Final = (3, 4)
_FIRST_LINE_B: Final = 512


@dataclass(frozen=True, slots=True)
class Load:
    """Processor seconds since the machine and this program started.

    Parameters
    ----------
    busy_s : float
        Of all processes together; what a hypervisor took away counts, too.
    all_s : float
        Of all cores together, idle time included.
    own_s : float
        Of this program.
    """

    busy_s: float
    all_s: float
    own_s: float


def foreign_s(before: Load, after: Load) -> float:
    """Return the processor seconds that others used between two moments.

    Examples
    --------
    >>> round(foreign_s(Load(10.0, 50.0, 1.0), Load(10.9, 52.0, 1.3)), 6)
    0.6
    """
    used_s = (after.busy_s - before.busy_s) - (after.own_s - before.own_s)
    return min(max(0.0, used_s), max(0.0, after.all_s - before.all_s))


def machine_s(stat: Path = _STAT) -> tuple[float, float]:
    """Return busy and all processor seconds of the machine since its start.

    Parameters
    ----------
    stat : Path, optional
        Linux's file of processor times, see proc_stat(5); where it is not there, psutil is asked.
    """
    try:
        file = os.open(stat, os.O_RDONLY)
    except OSError:
        return _by_psutil()
    try:
        # The kernel makes the whole file, with a line for each interrupt; only the first is wanted.
        fields = os.read(file, _FIRST_LINE_B).partition(b"\n")[0].split()[1 : 1 + _COUNTED]
    finally:
        os.close(file)
    seconds = [int(field) / os.sysconf("SC_CLK_TCK") for field in fields]
    idle_s = sum(seconds[index] for index in _IDLE)
    return sum(seconds) - idle_s, sum(seconds)


def _by_psutil() -> tuple[float, float]:
    import psutil  # only off Linux

    times = psutil.cpu_times()._asdict()
    counted = sum(seconds for name, seconds in times.items() if not name.startswith("guest"))
    return counted - times["idle"] - times.get("iowait", 0.0), counted
