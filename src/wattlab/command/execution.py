"""One run of a command: started, watched, its signals passed on, and waited for."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from wattlab.command.children import Children
from wattlab.command.events import signal_name
from wattlab.command.pace import Pace
from wattlab.command.program import start
from wattlab.meter.clock import wall_s
from wattlab.meter.memory import peak_memory_B
from wattlab.meter.processes import Look, make_tree
from wattlab.meter.quantity import Quantity, measured, missing
from wattlab.units import format_bytes, format_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wattlab.command.events import Events, Received

__all__ = ["Execution", "Outcome"]

_REAP_S: Final = 0.05
# The first looks are a few milliseconds apart, while a program is still being loaded.
_FEW_LOOKS: Final = 4
_BY_SIGNAL: Final = 128
# The kernel counts pages in batches: two figures of one peak may differ by so much.
_SLACK_B: Final = 2**21


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run of a command ended, and what its processes used.

    Parameters
    ----------
    exit_code : int
        As shells have it: 128 more than the signal's number where one ended it.
    signal : str or None
        Name of that signal.
    cpu : Quantity
        Processor time of all its processes. Unit: s.
    peak_memory : Quantity
        The most that they held together. Unit: B.
    processes : int
        The most that were seen to run at once.
    left_running : tuple of str
        Names of those that outlived the command.
    interrupted_by : str or None
        Name of the signal by which somebody asked for the end.
    by_terminal : bool
        Whether that came from the terminal, as Ctrl-C does.
    asked_after : Received or None
        Signal by which somebody asked for the end when the command had come to its own.
    """

    exit_code: int
    signal: str | None
    cpu: Quantity
    peak_memory: Quantity
    processes: int
    left_running: tuple[str, ...]
    interrupted_by: str | None
    by_terminal: bool
    asked_after: Received | None


class Execution:
    """One run of a command.

    Parameters
    ----------
    program : str
        Path of the program.
    command : sequence of str
        Its name and its arguments.
    environ : mapping of str
        All its variables.
    events : Events
        Tells of signals and of the command's end.
    interval_s : float
        Longest time between two looks at its processes, while they are few. Unit: s.
    adopts : bool
        Whether orphans come to this process.
    """

    def __init__(
        self,
        program: str,
        command: Sequence[str],
        environ: Mapping[str, str],
        events: Events,
        interval_s: float,
        *,
        adopts: bool,
    ) -> None:
        self._start = partial(start, program, command, environ, events.mask)
        self._events, self._interval_s = events, interval_s
        self._tree, self._children = make_tree(from_now_on=True), Children(adopts=adopts)
        self._own_peak_B = 0
        self._pid = self._status = 0
        self._seen: set[int] = set()
        self._last = Look({})
        self._cpu_s = 0.0
        self._peak_B = self._processes = self._looks = 0
        self._reaped_s = -_REAP_S
        self._interrupt: Received | None = None
        self._asked_after: Received | None = None

    def run(self) -> None:
        """Start the command, and wait for its end.

        Raises
        ------
        wattlab.errors.CommandError
            If it cannot be started.
        """
        # A new program's ru_maxrss begins with the peak of the process that started it, see getrusage(2).
        self._own_peak_B = peak_memory_B() + _SLACK_B
        self._pid = self._start()
        self._seen.add(self._pid)
        self._events.watch(self._pid)
        pace = Pace(self._interval_s)
        while True:
            received = self._events.wait(pace.left_s())
            if received is None:
                pace.look(self._look)
            elif received.number != signal.SIGCHLD:
                self._pass_on(received)
            elif self._has_ended():
                self._note_the_rest()
                return

    def _look(self) -> None:
        self._children.reap_orphans(self._pid)
        self._looks += 1
        self._last = self._tree.look()
        self._processes = max(self._processes, len(self._last.names))
        self._seen |= self._last.names.keys()
        self._cpu_s = max(self._cpu_s, self._children.cpu_s + self._last.cpu_s)
        alone_B = self._tree.peak_B(self._last.largest) if self._last.largest else 0
        self._peak_B = max(self._peak_B, self._last.resident_B, alone_B)

    def _has_ended(self) -> bool:
        status = self._children.ended(self._pid)
        if status is not None:
            self._status = status
            return True
        now_s = wall_s()
        if now_s - self._reaped_s >= _REAP_S:
            self._reaped_s = now_s
            self._children.reap_orphans(self._pid)
        return False

    def _note_the_rest(self) -> None:
        """Take note of signals that came with the end, such as the one that the command died of."""
        while received := self._events.wait(0.0):
            if self._is_from_command(received):
                continue
            if os.WIFSIGNALED(self._status):
                self._note(received)
            elif received.ends:
                self._asked_after = received

    def _is_from_command(self, received: Received) -> bool:
        """Return whether one of the command's own processes sent it, most likely to their whole process group."""
        return received.sender in self._seen or received.sender in self._tree.look().names

    def _note(self, received: Received) -> None:
        if received.ends and self._interrupt is None:
            self._interrupt = received

    def _pass_on(self, received: Received) -> None:
        """Give the command a signal that it has not got yet; what it sent itself, it did not mean for itself."""
        if self._is_from_command(received):
            return
        self._note(received)
        if received.sender is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(self._pid, received.number)
        if received.number == signal.SIGTSTP:
            _stop_here()

    def outcome(self) -> Outcome:
        """Return how it ended; what it left behind is counted up to now, and left alone."""
        self._look()
        code = os.waitstatus_to_exitcode(self._status)
        return Outcome(
            exit_code=code if code >= 0 else _BY_SIGNAL - code,
            signal=signal_name(-code) if code < 0 else None,
            cpu=measured(self._cpu_s, "s", "clock:tree"),
            peak_memory=self._peak_memory(),
            processes=max(1, self._processes),
            left_running=tuple(sorted(self._last.names.values())),
            interrupted_by=self._interrupt.name if self._interrupt else None,
            by_terminal=self._interrupt is not None and self._interrupt.sender is None,
            asked_after=self._asked_after,
        )

    def _peak_memory(self) -> Quantity:
        largest_B = self._children.largest_B
        if largest_B > max(self._own_peak_B, self._peak_B):
            return measured(float(largest_B), "B", "memory:largest-process", note=self._sampled())
        # Below our own peak the system's figure may be ours: an upper bound.
        most_B = max(self._peak_B, largest_B)
        if self._looks < _FEW_LOOKS:
            bound = f"; it held at most {format_bytes(most_B)}" if self._processes <= 1 else ""
            return missing("B", f"the command ended before its memory could be sampled{bound}")
        interval = (float(self._peak_B), float(most_B)) if self._processes <= 1 else None
        return measured(float(self._peak_B), "B", "memory:tree-rss", interval, self._sampled())

    def _sampled(self) -> str:
        if self._processes <= 1:
            return "resident set of its only process"
        return f"resident sets added up, sampled every {format_seconds(self._interval_s)}"


def _stop_here() -> None:
    """Stop as the terminal asked, until somebody says go on."""
    handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTSTP})
    os.kill(os.getpid(), signal.SIGTSTP)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTSTP})
    signal.signal(signal.SIGTSTP, handler)
