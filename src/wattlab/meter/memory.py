"""How much memory this process holds, and the most it ever held."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

# getrusage counts in KiB on Linux and the BSDs, in bytes on macOS.
_MAXRSS_UNIT_B: Final = 1 if sys.platform == "darwin" else 1024
# More than the status of a process ever takes.
_STATUS_B: Final = 65536


def peak_memory_B(status: Path = Path("/proc/self/status")) -> int:
    """Return the largest resident set this process ever had. Unit: B.

    Linux's ``VmHWM`` comes first: the peak of getrusage survives ``exec``, so a small program started by a
    large one would show the large one's.
    """
    found = _field_B(status, "VmHWM")
    if found is not None:
        return found
    if sys.platform == "win32":
        import psutil  # Windows has no getrusage

        return int(psutil.Process().memory_info().peak_wset)
    import resource  # not on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS_UNIT_B


def current_memory_B(status: Path = Path("/proc/self/status")) -> int:
    """Return the resident set of this process now. Unit: B."""
    found = _field_B(status, "VmRSS")
    if found is not None:
        return found
    import psutil  # only off Linux

    return int(psutil.Process().memory_info().rss)


def ended_peak_B() -> int:
    """Return the largest resident set that any child of this process ever had, of those that have ended. Unit: B."""
    if sys.platform == "win32":
        return 0
    import resource  # not on Windows

    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * _MAXRSS_UNIT_B


def _field_B(status: Path, name: str) -> int | None:
    # Read after every window: without the layers of text files, and without a pattern.
    try:
        file = os.open(status, os.O_RDONLY)
    except OSError:
        return None
    try:
        text = os.read(file, _STATUS_B)
    except OSError:
        return None
    finally:
        os.close(file)
    fields = text.partition(f"\n{name}:".encode())[2].split(maxsplit=2)
    if len(fields) < 2 or not fields[0].isdigit() or fields[1] != b"kB":
        return None
    return int(fields[0]) * 1024
