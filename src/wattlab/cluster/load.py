"""How busy other processes keep this machine: a trial beside them is slower than it need be."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wattlab.meter.clock import wall_s

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BUSY", "Reading", "foreign_load", "quiet_load", "read"]

BUSY: Final = 0.1
"""Share of all cores from which on a trial is flagged."""
_WINDOW_S: Final = 0.5
_PATIENCE_S: Final = 5.0


@dataclass(frozen=True)
class Reading:
    """Processor seconds since the machine and this process started.

    Parameters
    ----------
    busy_s : float
        Of all processes together.
    all_s : float
        Of all cores together, idle time included.
    own_s : float
        Of this process.
    """

    busy_s: float
    all_s: float
    own_s: float


def read() -> Reading:
    """Return what the system counts now."""
    import psutil  # costs milliseconds, and is asked for by studies only

    times = psutil.cpu_times()._asdict()
    # Linux counts a guest's time in user and nice already.
    counted = sum(seconds for name, seconds in times.items() if not name.startswith("guest"))
    idle = times["idle"] + times.get("iowait", 0.0)
    own = os.times()
    return Reading(counted - idle, counted, own.user + own.system)


def foreign_load(
    window_s: float = _WINDOW_S,
    reader: Callable[[], Reading] = read,
    sleep: Callable[[float], None] = time.sleep,
) -> float:
    """Return the share of all cores that other processes keep busy, from 0 to 1.

    Parameters
    ----------
    window_s : float
        How long to watch.
    reader, sleep : callable, optional
        Counters and clock.
    """
    before = reader()
    sleep(window_s)
    after = reader()
    total_s = after.all_s - before.all_s
    if total_s <= 0:  # clocks of 10 ms, and a system that does not count
        return 0.0
    foreign_s = (after.busy_s - before.busy_s) - (after.own_s - before.own_s)
    return min(1.0, max(0.0, foreign_s / total_s))


def quiet_load(
    waiting: Callable[[], None],
    patience_s: float = _PATIENCE_S,
    measure: Callable[[], float] = foreign_load,
    clock: Callable[[], float] = wall_s,
) -> float:
    """Wait some seconds for a quiet machine, and return how busy others keep it then.

    Parameters
    ----------
    waiting : callable
        Called once, if the machine is not quiet at the beginning.
    patience_s : float
        When to go on in any case.
    measure, clock : callable, optional
        Who tells load and time.
    """
    started_s = clock()
    load = measure()
    if load > BUSY:
        waiting()
    while load > BUSY and clock() - started_s < patience_s:
        load = measure()
    return load
