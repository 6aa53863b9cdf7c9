"""When to look at a command's processes: soon at first, then now and then, and never so often that it costs."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from wattlab.meter.clock import wall_s

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SHARE", "Pace"]

SHARE: Final = 0.0015
"""Share of one core that looking may take in the long run: together with the meter's own, less than 0.5 %."""
_FIRST_S: Final = 0.001
# What the first, dense looks may take beyond that, so that a short command is seen at all. Unit: s.
_ADVANCE_S: Final = 0.005


class Pace:
    """Times of looks: gaps of 1, 2, 4, … ms up to the interval, and longer ones where a look takes long.

    Parameters
    ----------
    interval_s : float
        The longest gap, as long as looks are cheap. Unit: s.
    clock, used_s : callable, optional
        Wall clock and processor time of this thread.
    """

    def __init__(
        self,
        interval_s: float,
        clock: Callable[[], float] = wall_s,
        used_s: Callable[[], float] = time.thread_time,
    ) -> None:
        self._interval_s, self._clock, self._used_s = interval_s, clock, used_s
        self._started_s = self._due_s = clock()
        self._gap_s, self._spent_s = _FIRST_S, 0.0

    def left_s(self) -> float:
        """Return how long it is until the next look. Unit: s."""
        return max(0.0, self._due_s - self._clock())

    def look(self, work: Callable[[], object]) -> None:
        """Look, and find out when to look again."""
        before_s = self._used_s()
        work()
        took_s = self._used_s() - before_s
        self._spent_s += took_s
        now_s = self._clock()
        affordable_s = self._started_s + (self._spent_s + took_s - _ADVANCE_S) / SHARE
        self._due_s = max(now_s + self._gap_s, affordable_s)
        self._gap_s = min(2 * self._gap_s, self._interval_s)
