"""How much memory this process holds, and the most it ever held."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

# getrusage counts in KiB on Linux and the BSDs, in bytes on macOS.
_MAXRSS_UNIT_B: Final = 1 if sys.platform == "darwin" else 1024


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


def _field_B(status: Path, name: str) -> int | None:
    try:
        found = re.search(
            rf"^{name}:\s*(\d+) kB", status.read_text(encoding="utf-8", errors="replace"), re.MULTILINE
        )
    except OSError:
        return None
    return int(found[1]) * 1024 if found else None
