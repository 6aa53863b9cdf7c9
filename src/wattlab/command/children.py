"""Children of this process: the command, and on Linux the orphans that it leaves, which come to us instead of init."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from resource import struct_rusage

__all__ = ["Children", "adopting"]

# Of linux/prctl.h, for the call that PR_SET_CHILD_SUBREAPER(2const) describes.
_SET_CHILD_SUBREAPER: Final = 36
_GET_CHILD_SUBREAPER: Final = 37
# getrusage counts in KiB on Linux and the BSDs, in bytes on macOS.
_MAXRSS_UNIT_B: Final = 1 if sys.platform == "darwin" else 1024


@contextmanager
def adopting() -> Iterator[bool]:
    """Become the parent of orphaned descendants inside the ``with`` block; yields whether the system can do that."""
    if sys.platform != "linux":
        yield False
        return
    before = ctypes.c_int(0)
    control = ctypes.CDLL(None, use_errno=True).prctl
    control(_GET_CHILD_SUBREAPER, ctypes.byref(before), 0, 0, 0)
    listed = Path(f"/proc/self/task/{os.getpid()}/children").exists()
    adopts = listed and control(_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    try:
        yield adopts
    finally:
        control(_SET_CHILD_SUBREAPER, before.value, 0, 0, 0)


class Children:
    """Takes the exit codes of ended children, and adds up what they and their own ended children have used.

    Parameters
    ----------
    adopts : bool
        Whether orphans come to this process; those that were children before are left alone.
    """

    def __init__(self, *, adopts: bool) -> None:
        self._adopts = adopts
        self._before = frozenset(self._listed())
        self.cpu_s = 0.0
        self.largest_B = 0

    def _listed(self) -> list[int]:
        if not self._adopts:
            return []
        # Orphans go to the first thread of their new parent.
        try:
            text = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
        except OSError:
            return []
        return [int(pid) for pid in text.split()]

    def ended(self, pid: int) -> int | None:
        """Return the wait status of a child if it has ended, else None."""
        found, status, usage = os.wait4(pid, os.WNOHANG)
        if found == 0:
            return None
        self._add(usage)
        return status

    def reap_orphans(self, command: int) -> None:
        """Take those that have ended, but not the command itself."""
        for pid in self._listed():
            if pid != command and pid not in self._before:
                with suppress(ChildProcessError):
                    self.ended(pid)

    def _add(self, usage: struct_rusage) -> None:
        self.cpu_s += usage.ru_utime + usage.ru_stime
        self.largest_B = max(self.largest_B, usage.ru_maxrss * _MAXRSS_UNIT_B)
