"""How busy other processes keep this machine: a trial beside them is slower than it need be."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final

from wattlab.meter.clock import wall_s
from wattlab.meter.load import BUSY, Load, foreign_s, machine_s

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["foreign_load", "quiet_load", "read"]

_WINDOW_S: Final = 0.5
_PATIENCE_S: Final = 5.0


def read() -> Load:
    """Return what the system counts now; this process alone is our own."""
    own = os.times()
    return Load(*machine_s(), own.user + own.system)


def foreign_load(
    window_s: float = _WINDOW_S,
    reader: Callable[[], Load] = read,
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
    return foreign_s(before, after) / total_s


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
