"""The windows that have closed, by name; any thread may add one."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Final

from wattlab.meter.tally import Tally

if TYPE_CHECKING:
    from wattlab.meter.tally import Snapshot

__all__ = ["MOST_KEPT", "Windows"]

MOST_KEPT: Final = 1000
"""Of each name, this many windows are kept one by one, the latest; their sum holds all."""


class Windows:
    """Sums of windows, and the latest of each name one by one.

    Parameters
    ----------
    sensors : int
        How many sensors there are.
    """

    def __init__(self, sensors: int) -> None:
        self._sensors = sensors
        self._lock = threading.Lock()
        self._open: set[str] = set()
        self._sums: dict[str, Tally] = {}
        self._each: dict[str, deque[Tally]] = {}

    def begin(self, name: str) -> None:
        """Note that a window opens; ValueError if one of this name is open, as its time would count twice."""
        with self._lock:
            if name in self._open:
                msg = (
                    f"a window {name!r} is open already, and its time would count twice; "
                    "give this one another name, or close the other first"
                )
                raise ValueError(msg)
            self._open.add(name)

    def end(self, name: str, first: Snapshot, last: Snapshot, peak_memory_B: int) -> Tally:
        """Note that it has closed, and return what it counted."""
        alone = Tally(self._sensors).add(first, last, peak_memory_B)
        with self._lock:
            self._open.discard(name)
            self._sums.setdefault(name, Tally(self._sensors)).add(first, last, peak_memory_B)
            self._each.setdefault(name, deque(maxlen=MOST_KEPT)).append(alone)
        return alone

    def cancel(self, name: str) -> None:
        """Forget a window that could not be opened."""
        with self._lock:
            self._open.discard(name)

    @property
    def names(self) -> tuple[str, ...]:
        """Names in the order in which they first closed."""
        with self._lock:
            return tuple(self._sums)

    def sum(self, name: str) -> Tally:
        """Return the sum of all windows of a name; KeyError if none has closed."""
        with self._lock:
            self._check(name)
            return self._sums[name]

    def each(self, name: str) -> tuple[Tally, ...]:
        """Return the latest windows of a name one by one, the newest last; KeyError if none has closed."""
        with self._lock:
            self._check(name)
            return tuple(self._each[name])

    def _check(self, name: str) -> None:
        if name not in self._sums:
            msg = f"no window {name!r} has closed; there are {', '.join(self._sums) or 'none'}"
            raise KeyError(msg)
