"""Clocks: wall time that never goes back, processor time of this process and its children, and its age."""

from __future__ import annotations

import functools
import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from wattlab.meter.processes import Look, make_tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.meter.processes import Tree

__all__ = ["SHARE", "Looks", "ProcessTree", "cpu_s", "ended_children_s", "process_started_s", "wall_s"]

SHARE: Final = 0.002
"""Share of one core that looking at children may take in the long run."""
# What it may take beyond that at once, so that a change is seen soon after a pause. Unit: s.
_ADVANCE_S: Final = 0.01


def wall_s() -> float:
    """Return seconds of a clock that only goes forward; only differences mean something."""
    return time.perf_counter()


def cpu_s() -> float:
    """Return processor seconds used by this process and by its children that have ended."""
    return _own_s() + ended_children_s()


def _own_s() -> float:
    if sys.platform == "win32":
        return time.process_time()
    import resource  # not on Windows

    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime


def ended_children_s() -> float:
    """Return processor seconds used by children that have ended and by theirs; 0 on Windows, which forgets them."""
    if sys.platform == "win32":
        return 0.0
    import resource  # not on Windows

    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def process_started_s() -> float:
    """Return how many seconds ago this process was created, to about 10 ms.

    Start-up (the interpreter, the imports) is part of what a training costs, and is over before any clock of
    ours can start.

    Examples
    --------
    >>> process_started_s() > 0
    True
    """
    try:
        fields = (
            Path("/proc/self/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        )
        # The 22nd field of proc_pid_stat(5), counted from the 3rd, which follows the name in parentheses.
        started_s = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - started_s)
    except (OSError, AttributeError, ValueError, IndexError):
        import psutil  # only off Linux

        return max(0.0, time.time() - float(psutil.Process().create_time()))


class ProcessTree:
    """Processor time of this process, its ended children and those that still run, and which these are.

    All trees of a process share their looks at the running children. A look is taken as often as it is cheap,
    which is several times a second for some children, and every few seconds for a thousand; the total never goes
    back, also when a child that nobody waited for takes its time with it. Off Linux a child counts when it has ended.

    Parameters
    ----------
    looks : Looks, optional
        How the children are looked at; by default, as all other trees of this process do.
    """

    def __init__(self, looks: Looks | None = None) -> None:
        self._looks = looks
        self._seen_s = 0.0

    def cpu_s(self) -> float:
        """Return processor seconds so far."""
        own_s, ended_s = _own_s(), ended_children_s()
        looks = self._looks or _looks(os.getpid())
        # What was seen and what has ended since may be the same: the larger of both is certain.
        self._seen_s = max(self._seen_s, own_s + max(ended_s, looks.latest().children_s))
        return self._seen_s

    def children(self) -> Look:
        """Return how the processes below this one were at the last look."""
        return (self._looks or _looks(os.getpid())).latest().look


class _Latest(NamedTuple):
    look: Look
    children_s: float


class Looks:
    """Looks at a process's children, for whoever asks, from any thread.

    Parameters
    ----------
    tree : Tree or None
        The children; None where there is no cheap way to know them.
    ended_s : callable, optional
        Processor time of those that have ended.
    clock, used_s : callable, optional
        Wall clock and processor time of this thread.
    """

    def __init__(
        self,
        tree: Tree | None,
        ended_s: Callable[[], float] = ended_children_s,
        clock: Callable[[], float] = wall_s,
        used_s: Callable[[], float] = time.thread_time,
    ) -> None:
        self._tree, self._ended_s, self._clock, self._used_s = tree, ended_s, clock, used_s
        self._lock = threading.Lock()
        self._allowed_s, self._asked_s = _ADVANCE_S, clock()
        self._latest = _Latest(Look({}), 0.0)

    def latest(self) -> _Latest:
        """Return the last look, or a new one if it is time."""
        with self._lock:
            now_s = self._clock()
            self._allowed_s = min(_ADVANCE_S, self._allowed_s + SHARE * (now_s - self._asked_s))
            self._asked_s = now_s
            if self._tree is not None and self._allowed_s > 0:
                self._look(self._tree)
            return self._latest

    def _look(self, tree: Tree) -> None:
        before_s = self._used_s()
        # First what has ended: a child that ends in between is then counted once, and not twice.
        ended_s = self._ended_s()
        look = tree.look()
        self._latest = _Latest(look, ended_s + look.cpu_s)
        self._allowed_s -= self._used_s() - before_s


@functools.cache
def _looks(pid: int) -> Looks:  # noqa: ARG001 (a forked process has its own)
    return Looks(make_tree() if sys.platform == "linux" else None)
