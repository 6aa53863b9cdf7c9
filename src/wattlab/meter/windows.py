"""The windows that have closed, by name; any thread may add one."""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from itertools import count
from typing import TYPE_CHECKING, Final
from weakref import WeakSet, WeakValueDictionary

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
        self._lock = threading.RLock()  # a collector may run in the midst of it, and let go of a window
        # A window that nobody holds any more will never be closed: its name is free.
        self._open: WeakValueDictionary[str, object] = WeakValueDictionary()
        self._sums: dict[str, Tally] = {}
        self._each: dict[str, deque[Tally]] = {}
        _all.add(self)

    def begin(self, name: str, window: object, *, numbered: bool = False) -> str:
        """Note that a window opens, and return its name.

        Parameters
        ----------
        name : str
            What it is to be called.
        window : object
            Whose name it is; held weakly.
        numbered : bool, optional
            Where a window of that name is open, add a number to it.

        Raises
        ------
        ValueError
            A window of this name is open, whose time would count twice.
        """
        with self._lock:
            if name in self._open and not numbered:
                msg = (
                    f"a window {name!r} is open already, and its time would count twice; "
                    "give this one another name, or close the other first"
                )
                raise ValueError(msg)
            tries = (f"{name} ({number})" if number > 1 else name for number in count(1))
            free = next(one for one in tries if one not in self._open)
            self._open[free] = window
            return free

    def end(self, name: str, first: Snapshot, last: Snapshot, peak_memory_B: int) -> Tally:
        """Note that it has closed, and return what it counted."""
        alone = Tally(self._sensors).add(first, last, peak_memory_B)
        with self._lock:
            self._open.pop(name, None)
            self._sums.setdefault(name, Tally(self._sensors)).add(first, last, peak_memory_B)
            self._each.setdefault(name, deque(maxlen=MOST_KEPT)).append(alone)
        return alone

    def cancel(self, name: str) -> None:
        """Forget a window that could not be opened."""
        with self._lock:
            self._open.pop(name, None)

    @property
    def names(self) -> tuple[str, ...]:
        """Names in the order in which they first closed."""
        with self._lock:
            return tuple(self._sums)

    def sum(self, name: str) -> Tally:
        """Return the sum of all windows of a name; KeyError if none has closed."""
        with self._lock:
            self._check(name)
            return self._sums[name].copy()

    def each(self, name: str) -> tuple[Tally, ...]:
        """Return the latest windows of a name one by one, the newest last; KeyError if none has closed."""
        with self._lock:
            self._check(name)
            return tuple(self._each[name])

    def _check(self, name: str) -> None:
        if name not in self._sums:
            msg = f"no window {name!r} has closed; there are {', '.join(self._sums) or 'none'}"
            raise KeyError(msg)

    def renew(self) -> None:
        """Take a new lock: a thread of the parent's, which does not run here, may have held the old one."""
        self._lock = threading.RLock()


_all: WeakSet[Windows] = WeakSet()


def _renew_all() -> None:
    for windows in _all:
        windows.renew()


if sys.platform != "win32":  # which cannot fork
    os.register_at_fork(after_in_child=_renew_all)
