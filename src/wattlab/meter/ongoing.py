"""The one meter of a process, and stretches of it that one call opens and another one closes.

A program may have many measured functions, callbacks and cells; they share one meter, and so one background thread.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

from wattlab.meter.meter import Meter
from wattlab.meter.ranks import why_not_measuring

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.meter.cost import Cost

__all__ = ["Stretch", "running_meter"]


class _OneMeter:
    """Starts a meter when it is first asked for, and stops it when the process ends."""

    def __init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget the parent's meter in a forked process: its thread does not run, and its lock may be held for ever."""
        self._lock = threading.Lock()
        self._stack = ExitStack()
        self._meters: dict[str, Meter] = {}

    def get(self) -> Meter:
        reason = why_not_measuring()
        with self._lock:
            if reason not in self._meters:
                self._meters[reason] = self._stack.enter_context(_make(reason))
            return self._meters[reason]

    def stop(self) -> None:
        with self._lock:
            self._meters.clear()
            self._stack.close()


def _make(reason: str) -> Meter:
    if not reason:
        return Meter()
    from wattlab.meter.sensors import Absent, Sensors  # brings numpy, as the search for sensors does

    return Meter(Sensors((), absent=(Absent("energy", reason),)))


_one_meter = _OneMeter()


if sys.platform != "win32":  # which cannot fork
    os.register_at_fork(after_in_child=_one_meter.begin_anew)


@atexit.register
def _stop() -> None:
    _one_meter.stop()


def running_meter() -> Meter:
    """Return the meter that this process shares, started when it is first asked for and stopped at exit.

    In a forked child it is another one. In all processes of a node but that of local rank 0 it counts no energy and
    says why; time and memory it measures there too.

    Examples
    --------
    >>> running_meter() is running_meter()
    True
    """
    return _one_meter.get()


class Stretch:
    """A window that is open from here until `close`, which may be called from another thread.

    Parameters
    ----------
    name : str
        The name of the meter's window. Where one is open already, a number is added.
    synchronize : callable, optional
        Waits for the device, at both edges.
    meter : Meter, optional
        A meter that runs; by default the process's own.

    Examples
    --------
    >>> stretch = Stretch("sum")
    >>> _ = sum(range(1000))
    >>> stretch.close().wall.value > 0
    True
    """

    def __init__(
        self, name: str, synchronize: Callable[[], object] | None = None, meter: Meter | None = None
    ) -> None:
        meter = meter or running_meter()
        self._window = meter.window(name, synchronize, numbered=True)
        self._window.__enter__()

    def close(self) -> Cost:
        """Close the window and return what it cost.

        A process that was forked inside the window did not open it: there, all is missing.
        """
        self._window.__exit__()
        return self._window.cost
