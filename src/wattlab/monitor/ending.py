"""Ctrl-C and its like end a watch between two samples, never in the middle of one."""

from __future__ import annotations

import signal
import threading
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

__all__ = ["Ending", "sleep"]

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


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
    """

    def __init__(self, wait: Callable[[float], bool] = sleep) -> None:
        self._wait = wait
        self._asked = self._waiting = False
        self._before: dict[int, signal.Handlers | Callable[[int, FrameType | None], object] | int | None] = {}

    def __enter__(self) -> Self:
        """Take the signals."""
        if threading.current_thread() is threading.main_thread():
            for name in _SIGNALS:
                number = signal.Signals.__members__.get(name)  # Windows has no SIGHUP
                if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._ask)
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

    def wait(self, seconds: float) -> bool:
        """Wait so long; return whether to end."""
        try:
            self._waiting = True
            return self._asked or self._wait(seconds)
        except KeyboardInterrupt:
            return True
        finally:
            self._waiting = False
