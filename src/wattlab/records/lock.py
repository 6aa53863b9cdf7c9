"""A lock on a folder that ends with the process that holds it, however that ends."""

from __future__ import annotations

import errno
import os
import sys
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LOCK_NAME", "FolderLock"]

LOCK_NAME: Final = "lock"
_HELD: Final = frozenset({errno.EACCES, errno.EAGAIN, errno.EDEADLK})
_ATTEMPTS: Final = 10
_PAUSE_S: Final = 0.01

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FolderLock:
    """A folder that is locked for this process, until `release` or the end of the process.

    Parameters
    ----------
    descriptor : int
        Of the lock file, locked.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def take(cls, folder: Path) -> FolderLock | None:
        """Lock a folder; None if another process holds it. Raises OSError if the folder cannot be written."""
        for _ in range(_ATTEMPTS):
            descriptor = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o644)
            if _try(descriptor):
                return cls(descriptor)
            time.sleep(_PAUSE_S)  # somebody who only looks holds it for a moment
        return None

    @staticmethod
    def is_taken(folder: Path) -> bool:
        """Tell whether a process holds a folder; nothing is written."""
        try:
            descriptor = os.open(folder / LOCK_NAME, os.O_RDWR)
        except OSError:
            return False
        if not _try(descriptor):
            return True
        os.close(descriptor)
        return False

    def release(self) -> None:
        """Let go; once is enough."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _try(descriptor: int) -> bool:
    """Lock an open file; it is closed again if that does not succeed."""
    try:
        _lock(descriptor)
    except OSError as error:
        os.close(descriptor)
        if error.errno in _HELD:
            return False
        raise
    return True
