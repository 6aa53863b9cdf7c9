"""Ctrl-C and its like end a watch, and Ctrl-Z stops it, between two samples, never in the middle of one."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from types import FrameType

__all__ = ["Ending", "sleep"]

_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")
_STOPPING = ("SIGTSTP",)


def sleep(seconds: float) -> bool:
    """Wait, and never ask for an end."""
    time.sleep(seconds)
    return False


class Ending:
    """Turns signals that ask a process to end into the answer of `wait`; they work as before when it is left.

    A signal that is ignored, as by nohup, stays so. Outside the main thread, where Python takes none, it only waits.

    Parameters
    ----------
    wait : callable, optional
        Waits so many seconds; returns whether to end for another reason.
    away : callable, optional
        Returns a context in which the terminal is as it was, for as long as Ctrl-Z stops the process. Left out:
        stopping needs none.

    References
    ----------
    The Open Group Base Specifications, "General Terminal Interface" and signal.h: SIGTSTP can be caught, so that a
    program restores the terminal; it then stops itself by the signal's default action.
    """

    def __init__(
        self,
        wait: Callable[[float], bool] = sleep,
        away: Callable[[], AbstractContextManager[object]] | None = None,
    ) -> None:
        self._wait, self._away = wait, away or nullcontext
        self._handlers = dict.fromkeys(_ENDING, self._ask)
        if away is not None:
            self._handlers |= dict.fromkeys(_STOPPING, self._stop)
        self._asked = self._stopping = self._waiting = False
        self._before: dict[int, signal.Handlers | Callable[[int, FrameType | None], object] | int | None] = {}

    def __enter__(self) -> Self:
        """Take the signals."""
        if threading.current_thread() is threading.main_thread():
            for name, handler in self._handlers.items():
                number = signal.Signals.__members__.get(name)  # Windows has neither SIGHUP nor SIGTSTP
                if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, handler)
        return self

    def __exit__(self, *_: object) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._asked = True
        if self._waiting:
            raise KeyboardInterrupt

    def _stop(self, number: int, frame: FrameType | None) -> None:
        del frame
        self._stopping = not self._waiting
        if not self._stopping:
            with self._away():
                signal.signal(number, signal.SIG_DFL)
                try:
                    # To this thread, so that nothing more is done before the process is continued.
                    signal.raise_signal(number)
                finally:
                    signal.signal(number, self._stop)

    def wait(self, seconds: float) -> bool:
        """Wait so long; return whether to end."""
        try:
            self._waiting = True
            if self._stopping:
                self._stop(signal.Signals["SIGTSTP"], None)
            return self._asked or self._wait(seconds)
        except KeyboardInterrupt:
            return True
        finally:
            self._waiting = False
