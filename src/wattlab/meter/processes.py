"""The processes below this one: which run, what they have used, what they hold."""

from __future__ import annotations

import os
import sys
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Look", "PortableTree", "ProcTree", "Tree", "make_tree"]

# More than a line of proc_pid_stat(5) ever takes.
_STAT_B: Final = 2048
_ZOMBIE: Final = b"Z"
# The process that all others descend from, but for the kernel's own, whose parent is 0.
_INIT: Final = 1


class Look(NamedTuple):
    """The processes at one moment.

    Parameters
    ----------
    names : dict of int to str
        Those that run, by number.
    cpu_s : float
        Processor time that they and their ended children have used, those that wait to be reaped included. Unit: s.
    resident_B : int
        Sum of their resident sets; memory that several share counts in each. Unit: B.
    largest : int
        Number of the one that holds most; 0 if none runs.
    """

    names: Mapping[int, str]
    cpu_s: float = 0.0
    resident_B: int = 0
    largest: int = 0


class Tree(ABC):
    """All processes below this one."""

    @abstractmethod
    def look(self) -> Look:
        """Return how they are now."""

    @abstractmethod
    def peak_B(self, pid: int) -> int:
        """Return the largest resident set that a process ever had, 0 if it cannot be known. Unit: B."""


def make_tree(*, from_now_on: bool = False) -> Tree:
    """Return the tree that suits this system; see `ProcTree`."""
    kind = ProcTree if sys.platform == "linux" else PortableTree
    return kind(from_now_on=from_now_on)


class _Process(NamedTuple):
    parent: int
    started: bytes
    name: str
    runs: bool
    cpu_s: float
    resident_B: int


class ProcTree(Tree):
    """The tree by Linux's ``/proc``; a look costs some microseconds for each process of the tree.

    A process once seen is known, wherever its parent goes. Those of other people are read once and never again, so
    that a full machine costs little more than an empty one.

    Parameters
    ----------
    proc : Path, optional
        Where the processes are listed.
    own : int, optional
        Number of the process at the root, which does not count.
    from_now_on : bool, optional
        Leave out the processes that are there already.

    References
    ----------
    proc_pid_stat(5): parent is field 4, processor times are fields 14 to 17, start is field 22, resident pages 24.
    """

    def __init__(
        self, proc: Path = Path("/proc"), own: int | None = None, *, from_now_on: bool = False
    ) -> None:
        self._proc, self._own = str(proc), os.getpid() if own is None else own
        self._tick_s, self._page_B = 1 / os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
        self._strangers = self._listed() if from_now_on else {_INIT}
        self._family: dict[int, bytes] = {}

    def look(self) -> Look:
        """Return how they are now."""
        found = self._family_now()
        running = {pid: process for pid, process in found.items() if process.runs}
        return Look(
            names={pid: process.name for pid, process in running.items()},
            cpu_s=sum(process.cpu_s for process in found.values()),
            resident_B=sum(process.resident_B for process in running.values()),
            largest=max(running, key=lambda pid: running[pid].resident_B, default=0),
        )

    def _family_now(self) -> dict[int, _Process]:
        listed = self._listed()
        self._strangers &= listed
        seen = {pid: process for pid in listed - self._strangers if (process := self._read(pid))}
        # A number that was given to another process since starts anew.
        known = {pid for pid, process in seen.items() if self._family.get(pid) == process.started}
        found = known | _descendants({self._own, *known}, seen)
        self._family = {pid: seen[pid].started for pid in found}
        # The child of a process that is not listed may be one of ours, still on its way to a new parent.
        self._strangers |= _descendants(
            self._strangers | {0}, {pid: seen[pid] for pid in seen.keys() - found}
        )
        return {pid: seen[pid] for pid in found}

    def _listed(self) -> set[int]:
        return {int(name) for name in os.listdir(self._proc) if name.isdigit()}  # noqa: PTH208 (no paths are wanted)

    def _read(self, pid: int) -> _Process | None:
        try:
            file = os.open(f"{self._proc}/{pid}/stat", os.O_RDONLY)
        except OSError:
            return None
        try:
            head, _, tail = os.read(file, _STAT_B).rpartition(b")")
        except OSError:
            return None
        finally:
            os.close(file)
        fields = tail.split()
        return _Process(
            parent=int(fields[1]),
            started=fields[19],
            name=head.partition(b"(")[2].decode(errors="replace"),
            runs=fields[0] != _ZOMBIE,
            cpu_s=sum(map(int, fields[11:15])) * self._tick_s,
            resident_B=int(fields[21]) * self._page_B,
        )

    def peak_B(self, pid: int) -> int:
        """Return the largest resident set that a process ever had, 0 if it has ended. Unit: B."""
        try:
            text = Path(self._proc, str(pid), "status").read_bytes()
        except OSError:
            return 0
        fields = text.partition(b"\nVmHWM:")[2].split(maxsplit=1)
        return int(fields[0]) * 1024 if fields else 0


def _descendants(parents: set[int], seen: Mapping[int, _Process]) -> set[int]:
    """Return the processes that descend from some parents."""
    below: dict[int, list[int]] = {}
    for pid, process in seen.items():
        below.setdefault(process.parent, []).append(pid)
    found: set[int] = set()
    waiting = list(parents)
    while waiting:
        fresh = set(below.get(waiting.pop(), ())) - found
        found |= fresh
        waiting += fresh
    return found


class PortableTree(Tree):
    """The tree by psutil, for systems without ``/proc``: a look goes through all processes of the machine.

    Parameters
    ----------
    from_now_on : bool, optional
        Leave out the processes that are there already.
    """

    def __init__(self, *, from_now_on: bool = False) -> None:
        import psutil  # tens of milliseconds, and not needed on Linux

        self._psutil = psutil
        self._own = psutil.Process()
        self._before = frozenset(self._own.children(recursive=True) if from_now_on else ())

    def look(self) -> Look:
        """Return how they are now."""
        names: dict[int, str] = {}
        held: dict[int, int] = {}
        cpu_s = 0.0
        for process in set(self._own.children(recursive=True)) - self._before:
            try:
                with process.oneshot():
                    times, memory, name = process.cpu_times(), process.memory_info(), process.name()
            except self._psutil.Error:
                continue
            cpu_s += times.user + times.system + times.children_user + times.children_system
            names[process.pid], held[process.pid] = name, memory.rss
        return Look(names, cpu_s, sum(held.values()), max(held, key=lambda pid: held[pid], default=0))

    def peak_B(self, pid: int) -> int:  # noqa: ARG002 (as in `Tree`)
        """Return 0: these systems do not tell."""
        return 0
