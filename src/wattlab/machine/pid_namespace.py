"""Whether this process numbers processes as the machine does: drivers do, a container does not."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

__all__ = ["numbers_as_machine"]

# PROC_PID_INIT_INO of the kernel's include/linux/proc_ns.h: the first namespace has always this number.
_FIRST: Final = "pid:[4026531836]"


def numbers_as_machine(root: Path = Path("/")) -> bool:
    """Return whether the PIDs of this process are those that a driver tells; False where it cannot be known.

    Parameters
    ----------
    root : Path, optional
        Where ``proc`` is found.
    """
    if sys.platform != "linux":
        return True
    try:
        return str((root / "proc/self/ns/pid").readlink()) == _FIRST
    except OSError:
        return False
