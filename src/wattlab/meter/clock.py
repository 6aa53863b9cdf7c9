"""Clocks: wall time that never goes back, processor time of this process and its children, and its age."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Final

_OLD_S: Final = 0.5


def wall_s() -> float:
    """Return seconds of a clock that only goes forward; only differences mean something."""
    return time.perf_counter()


def cpu_s() -> float:
    """Return processor seconds used by this process and by its children that have ended."""
    if sys.platform == "win32":
        return time.process_time()
    import resource  # not on Windows

    own, ended = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime


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
    """Processor time of this process, its ended children and those that still run.

    The list of running children is looked up at most every half second; the total never goes back, also
    when a child that nobody waited for takes its time with it. Kernels that do not list a process's children
    (no CONFIG_PROC_CHILDREN) and other systems count a child when it has ended.

    Parameters
    ----------
    proc : Path, optional
        Where the processes are listed.
    """

    def __init__(self, proc: Path = Path("/proc")) -> None:
        self._proc = proc
        self._looked_s = -_OLD_S
        self._children: tuple[str, ...] = ()
        self._seen_s = 0.0

    @property
    def children(self) -> tuple[str, ...]:
        """Numbers of the processes below this one that ran at the last look."""
        return self._children

    def cpu_s(self) -> float:
        """Return processor seconds so far."""
        now_s = wall_s()
        if now_s - self._looked_s >= _OLD_S:
            self._children, self._looked_s = tuple(self._descendants("self")), now_s
        running_s = sum(self._used_s(child) for child in self._children)
        self._seen_s = max(self._seen_s, cpu_s() + running_s)
        return self._seen_s

    def _descendants(self, process: str) -> list[str]:
        found: list[str] = []
        for listing in self._proc.glob(f"{process}/task/*/children"):
            try:
                children = listing.read_text(encoding="ascii").split()
            except OSError:
                continue
            for child in children:
                found += [child, *self._descendants(child)]
        return found

    def _used_s(self, process: str) -> float:
        try:
            text = (self._proc / process / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return 0.0
        fields = text.rpartition(")")[2].split()
        ticks = sum(int(field) for field in fields[11:15])
        return ticks / os.sysconf("SC_CLK_TCK")
