"""What happens while a command runs: signals to this process, from whom, and the end of a child."""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from abc import ABC, abstractmethod
from collections import deque
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

    def watch(self, pid: int) -> None:
        """Tell of the end of this child, too, without taking its exit code.

        SIGCHLD does not suffice: another thread that has it neither blocked nor handled would drop it.
        """
        threading.Thread(target=self._wait_for, args=(pid,), name="wattlab-child", daemon=True).start()

    def _wait_for(self, pid: int) -> None:
        with suppress(ChildProcessError):
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        self._child_ended()

    @abstractmethod
    def _child_ended(self) -> None:
        """Have `wait` return SIGCHLD."""

    @abstractmethod
    def put(self, number: int, frame: object = None) -> None:
        """Note a signal; a handler."""

    @abstractmethod
    def wait(self, timeout_s: float) -> Received | None:
        """Return the next signal, SIGCHLD after a child has ended; None if there is none in this time."""


class BlockedSignals(Events):
    """Signals are blocked in this thread and fetched one by one: only so does Linux tell who sent them.

    Threads that begin from now on have them blocked, too. One that began before may still get a signal: that comes by
    its handler, and is treated as `QueuedSignals` does.

    Parameters
    ----------
    numbers : frozenset of int
        Signals to fetch.
    mask : frozenset of int
        What was blocked before.
    """

    def __init__(self, numbers: frozenset[int], mask: frozenset[int]) -> None:
        self._numbers, self.mask = numbers, mask
        self._thread = threading.get_ident()
        self._strayed: deque[Received] = deque()

    def _child_ended(self) -> None:
        signal.pthread_kill(self._thread, signal.SIGCHLD)

    def put(self, number: int, frame: object = None) -> None:  # noqa: ARG002 (a handler)
        """Note a signal that another thread got; a handler."""
        self._strayed.append(_of_unknown_sender(number))

    @contextmanager
    def awake(self) -> Iterator[None]:
        """Let no signal that another thread gets go unnoticed inside the ``with`` block."""
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        thread = threading.Thread(target=self._wake, args=(reading,), name="wattlab-signals", daemon=True)
        thread.start()
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            os.close(writing)
            thread.join()
            os.close(reading)

    def _wake(self, reading: int) -> None:
        # Its handler runs in this object's thread, as soon as that does anything at all.
        while os.read(reading, 1):
            self._child_ended()

    def wait(self, timeout_s: float) -> Received | None:
        """Return the next signal; None if there is none in this time."""
        if self._strayed:
            return self._strayed.popleft()
        found = signal.sigtimedwait(self._numbers, max(0.0, timeout_s))
        if found is None:
            return None
        # By sigaction(2), si_code is positive where the kernel itself sent the signal, else a process did.
        return Received(found.si_signo, found.si_pid if found.si_code <= 0 else None)


class QueuedSignals(Events):
    """Signals are put into a queue by handlers.

    Of who sent a signal nothing is known: what a terminal can send is taken for the terminal's if this process is
    in its foreground.
    """

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Received] = queue.SimpleQueue()

    def _child_ended(self) -> None:
        self._queue.put(Received(signal.SIGCHLD, None))

    def put(self, number: int, frame: object = None) -> None:  # noqa: ARG002 (a handler)
        """Note a signal; a handler."""
        self._queue.put(_of_unknown_sender(number))

    def wait(self, timeout_s: float) -> Received | None:
        """Return the next signal; None if there is none in this time."""
        try:
            return self._queue.get(timeout=max(0.0, timeout_s))
        except queue.Empty:
            return None


def _of_unknown_sender(number: int) -> Received:
    from_terminal = signal_name(number) in _BY_TERMINAL and _in_foreground()
    return Received(number, None if from_terminal else 0)


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


def _taken() -> frozenset[int]:
    numbers = {int(number) for number in signal.valid_signals() if signal_name(number) not in _OWN}
    return frozenset(number for number in numbers if signal.getsignal(number) not in {signal.SIG_IGN, None})


@contextmanager
def _blocked() -> Iterator[Events]:
    numbers = _taken()
    awaited = frozenset({*numbers, int(signal.SIGCHLD)})
    before = frozenset(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, awaited)))
    events = BlockedSignals(awaited, before)
    try:
        with events.awake(), _handlers(events, numbers), _children_are_waited_for():
            yield events
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _handled() -> Iterator[Events]:
    events = QueuedSignals()
    # A terminal stops and continues the whole process group without our help.
    with _handlers(events, _taken() - {int(signal.SIGTSTP), int(signal.SIGCONT)}), _children_are_waited_for():
        yield events


@contextmanager
def _handlers(events: Events, numbers: frozenset[int]) -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        signal.signal(number, events.put)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _children_are_waited_for() -> Iterator[None]:
    """Undo that a parent had SIGCHLD ignored: its children would leave no exit code."""
    before = signal.getsignal(signal.SIGCHLD)
    if before == signal.SIG_IGN:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        yield
    finally:
        if before == signal.SIG_IGN:
            signal.signal(signal.SIGCHLD, before)
