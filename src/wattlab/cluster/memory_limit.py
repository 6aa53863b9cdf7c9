"""A limit on the memory of a process and all below it: it is ended before the system would end whatever it likes."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from wattlab.machine.memory import free_memory_B
from wattlab.machine.system_files import read_text
from wattlab.meter.processes import make_tree
from wattlab.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.meter.processes import Tree

__all__ = ["RESERVE_B", "Held", "MemoryLimit", "SeldomWatch", "Shortage", "held", "memory_limit", "room_B"]

RESERVE_B: Final = 256 * 2**20
"""Least that is left to the system: some looks' worth of what a process can fill between two of them."""
_RESERVED: Final = 0.05
_SWAPPED_B: Final = 32 * 2**20
_SWAPPED: Final = 0.02
_FIRST_VICTIM: Final = "1000"
_EVERY: Final = 4
"""Looks of the process for one at its memory: each takes some time from what is being timed."""
_KINDS: Final = ("RssAnon", "RssShmem", "VmSwap", "RssFile")

Shortage = Literal["over", "machine", "swapping"]


class Held(NamedTuple):
    """What processes hold, together.

    Attributes
    ----------
    memory_B : int
        Resident, without pages of files: those the system can drop at any time. Unit: B.
    swapped_B : int
        What the system has moved out of memory. Unit: B.
    files_B : int
        Resident pages of files. Unit: B.
    """

    memory_B: int
    swapped_B: int = 0
    files_B: int = 0


def room_B(free_B: int) -> int:
    """Return how much of the free memory one process may take, so that the system keeps some. Unit: B.

    Parameters
    ----------
    free_B : int
        As `wattlab.machine.memory.free_memory_B`.

    Examples
    --------
    >>> room_B(16 * 2**30) / 2**30
    15.2
    """
    return max(0, free_B - max(RESERVE_B, round(free_B * _RESERVED)))


class MemoryLimit:
    """Watches the processes below this one while a probe runs, and says when they must end.

    Parameters
    ----------
    limit_B : int
        Most that they may hold together, pages of files not counted. Unit: B.
    tree : Tree, optional
        The processes; left out: those that are started below this one from now on.
    held : callable, optional
        Returns what processes hold, by their numbers.
    free_B : callable, optional
        Returns how much memory programs of this machine can still have. Unit: B.

    Attributes
    ----------
    peak_B, files_B : int
        Most that they held at a look, and most pages of files beside it. Unit: B.
    shortage : {"over", "machine", "swapping"} or None
        Why they were told to end: they held more than the limit, the machine itself ran short, or what they hold was
        moved to swap; None if they were not.
    """

    def __init__(
        self,
        limit_B: int,
        tree: Tree | None = None,
        held: Callable[[frozenset[int]], Held] | None = None,
        free_B: Callable[[], int] = free_memory_B,
    ) -> None:
        self.limit_B, self.peak_B, self.files_B = limit_B, 0, 0
        self.shortage: Shortage | None = None
        self._tree = tree or make_tree(from_now_on=True)
        self._held, self._free_B = held or held_of, free_B
        self._victims: frozenset[int] = frozenset()

    def __call__(self, pid: int) -> str | None:
        """Look once; return why the process of that number must end, in a sentence, or None."""
        pids = frozenset(self._tree.look().names) | {pid}
        self._prefer(pids)
        now = self._held(pids)
        self.peak_B, self.files_B = max(self.peak_B, now.memory_B), max(self.files_B, now.files_B)
        self.shortage, reason = self._judge(now)
        return reason

    def _judge(self, now: Held) -> tuple[Shortage | None, str | None]:
        has = format_bytes(now.memory_B)
        if now.memory_B > self.limit_B:
            return "over", f"it held {has} of memory and was ended: the limit is {format_bytes(self.limit_B)}"
        if now.swapped_B > max(_SWAPPED_B, _SWAPPED * now.memory_B):
            swapped = format_bytes(now.swapped_B)
            return "swapping", f"the system moved {swapped} of it to swap and left {has}; it was ended"
        free_B = self._free_B()
        if free_B < RESERVE_B // 2:
            return "machine", f"it held {has}, and the machine had {format_bytes(free_B)} left; it was ended"
        return None, None

    def _prefer(self, pids: frozenset[int]) -> None:
        """Have the kernel end these first, should memory run out between two looks."""
        for pid in pids - self._victims:
            with suppress(OSError):
                Path(f"/proc/{pid}/oom_score_adj").write_text(_FIRST_VICTIM, encoding="ascii")
        self._victims = pids


def held_of(pids: frozenset[int]) -> Held:
    """Return what processes hold together; one that has ended holds nothing."""
    found = [held(pid) for pid in pids]
    return Held(*map(sum, zip(*found, strict=True)))


def held(pid: int, proc: Path = Path("/proc")) -> Held:
    """Return what a process holds; nothing if it has ended.

    Parameters
    ----------
    pid : int
        Its number.
    proc : Path, optional
        Where Linux lists the processes. Other systems tell the resident memory only, files included.

    References
    ----------
    proc_pid_status(5): RssAnon, RssShmem and RssFile (since Linux 4.5), VmSwap.
    """
    if sys.platform != "linux":
        import psutil  # not needed on Linux

        try:
            return Held(int(psutil.Process(pid).memory_info().rss))
        except psutil.Error:
            return Held(0)
    lines = read_text(proc / str(pid) / "status").splitlines()
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    own, shared, swapped, files = (int(fields.get(name, "0").split()[0]) * 1024 for name in _KINDS)
    return Held(own + shared, swapped, files)


def memory_limit() -> MemoryLimit:
    """Return the limit that a process is under: what is free now, less a reserve for the system."""
    return MemoryLimit(room_B(free_memory_B()))


class SeldomWatch:
    """Asks a limit at every fourth look only.

    Parameters
    ----------
    limit : MemoryLimit
    """

    def __init__(self, limit: MemoryLimit) -> None:
        self._limit, self._looks = limit, 0

    def __call__(self, pid: int) -> str | None:
        """Return why the process of that number must end, in a sentence, or None."""
        self._looks += 1
        return self._limit(pid) if self._looks % _EVERY == 1 else None
