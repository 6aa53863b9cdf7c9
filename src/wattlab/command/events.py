"""What happens while a command runs: signals to this process, from whom, and the end of a child."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from abc import ABC, abstractmethod
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ENDING", "BlockedSignals", "Events", "QueuedSignals", "Received", "listening"]

ENDING: Final = {"SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"}
"""Signals after which nothing more is begun."""
# What nobody can catch, what tells of a fault of this process itself, and what the system's limits send.
_OWN: Final = {
    *("SIGKILL", "SIGSTOP", "SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGABRT", "SIGTRAP", "SIGSYS"),
    *("SIGCHLD", "SIGPIPE", "SIGTTIN", "SIGTTOU", "SIGXCPU", "SIGXFSZ"),
}
_BY_TERMINAL: Final = {"SIGINT", "SIGQUIT", "SIGHUP", "SIGWINCH"}


class Received(NamedTuple):
    """A signal that this process got.

    Parameters
    ----------
    number : int
    sender : int or None
        Number of the process that sent it; None if the system did, as after Ctrl-C: it then went to the whole
        process group, so that the command has got it as well.
    """

    number: int
    sender: int | None

    @property
    def name(self) -> str:
        """Such as "SIGINT"."""
        return signal_name(self.number)

    @property
    def ends(self) -> bool:
        """Whether somebody wants all of this to end."""
        return self.name in ENDING


def signal_name(number: int) -> str:
    """Return a signal's name, or its number in words where it has none.

    Examples
    --------
    >>> signal_name(15), signal_name(40)
    ('SIGTERM', 'signal 40')
    """
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


class Events(ABC):
    """Tells of signals to this process, and of children that end."""

    mask: frozenset[int] = frozenset()
    """Signals that the command shall find blocked: those that were blocked before."""

    @abstractmethod
    def watch(self, pid: int) -> None:
        """Tell of the end of this child, too."""

    @abstractmethod
    def wait(self, timeout_s: float) -> Received | None:
        """Return the next signal, SIGCHLD after a child has ended; None if there is none in this time."""


class BlockedSignals(Events):
    """Signals are blocked and fetched one by one: only so does Linux tell who sent them.

    Parameters
    ----------
    numbers : frozenset of int
        Signals to fetch; blocked in this thread.
    mask : frozenset of int
        What was blocked before.
    """

    def __init__(self, numbers: frozenset[int], mask: frozenset[int]) -> None:
        self._numbers, self.mask = numbers, mask

    def watch(self, pid: int) -> None:
        """Do nothing: the system sends SIGCHLD."""

    def wait(self, timeout_s: float) -> Received | None:
        """Return the next signal; None if there is none in this time."""
        found = signal.sigtimedwait(self._numbers, max(0.0, timeout_s))
        if found is None:
            return None
        # sigaction(2): si_code is positive where the kernel itself sent the signal, else a process did.
        return Received(found.si_signo, found.si_pid if found.si_code <= 0 else None)


class QueuedSignals(Events):
    """Signals are put into a queue by handlers; a thread waits for the child.

    Of who sent a signal nothing is known: what a terminal can send is taken for the terminal's if this process is
    in its foreground.
    """

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Received] = queue.SimpleQueue()

    def put(self, number: int, _: object = None) -> None:
        """Note a signal; a handler."""
        from_terminal = signal_name(number) in _BY_TERMINAL and _in_foreground()
        self._queue.put(Received(number, None if from_terminal else 0))

    def watch(self, pid: int) -> None:
        """Wait for the child in a thread, without taking its exit code."""
        threading.Thread(target=self._wait_for, args=(pid,), name="wattlab-child", daemon=True).start()

    def _wait_for(self, pid: int) -> None:
        with suppress(ChildProcessError):
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        self._queue.put(Received(signal.SIGCHLD, None))

    def wait(self, timeout_s: float) -> Received | None:
        """Return the next signal; None if there is none in this time."""
        try:
            return self._queue.get(timeout=max(0.0, timeout_s))
        except queue.Empty:
            return None


def _in_foreground() -> bool:
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


@contextmanager
def listening() -> Iterator[Events]:
    """Take the signals to this process inside the ``with`` block; what was ignored, as by nohup, stays so.

    In another thread than the first there are none to take.
    """
    if threading.current_thread() is not threading.main_thread():
        yield QueuedSignals()
    elif sys.platform == "linux":
        with _blocked() as events:
            yield events
    else:
        with _handled() as events:
            yield events


def _taken() -> set[int]:
    numbers = {int(number) for number in signal.valid_signals() if signal_name(number) not in _OWN}
    return {number for number in numbers if signal.getsignal(number) != signal.SIG_IGN}


@contextmanager
def _blocked() -> Iterator[Events]:
    # Some start their children with SIGCHLD ignored; then there would be nothing to wait for.
    child_ends = signal.getsignal(signal.SIGCHLD)
    if child_ends == signal.SIG_IGN:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    numbers = frozenset({*_taken(), int(signal.SIGCHLD)})
    before = frozenset(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, numbers)))
    try:
        yield BlockedSignals(numbers, before)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if child_ends == signal.SIG_IGN:
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)


@contextmanager
def _handled() -> Iterator[Events]:
    events = QueuedSignals()
    # A terminal stops and continues the whole process group without our help.
    numbers = _taken() - {int(signal.SIGTSTP), int(signal.SIGCONT)}
    before = {number: signal.getsignal(number) for number in numbers}
    previous = {number: handler for number, handler in before.items() if handler is not None}
    for number in previous:
        signal.signal(number, events.put)
    try:
        yield events
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
