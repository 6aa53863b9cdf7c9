"""How large arrays must be to lie in a cache, or beyond the last one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from wattlab.machine.system_files import read_text
from wattlab.studies.loading.cache import available_B

__all__ = ["last_cache_B", "stream_sizes"]

_ASSUMED_B: Final = 32 * 2**20
_SMALL_B: Final = (3 * 2**18, 3 * 2**22)
_BEYOND: Final = 6
_MOST_B: Final = 3 * 2**30
_UNITS: Final = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}


def last_cache_B(root: Path = Path("/")) -> int:
    """Return the size of the processor's last cache; 32 MiB where the system does not tell.

    Parameters
    ----------
    root : Path, optional
        Where ``sys`` is found.
    """
    folder = root / "sys/devices/system/cpu/cpu0/cache"
    found = [re.fullmatch(r"(\d+)([KMG]?)\s*", read_text(one / "size")) for one in folder.glob("index*")]
    return max((int(one[1]) * _UNITS[one[2]] for one in found if one), default=_ASSUMED_B)


def stream_sizes(root: Path = Path("/")) -> tuple[int, ...]:
    """Return the bytes of three arrays together: in a core's cache, in the last one, and in memory beyond it.

    The largest is six times the last cache, as long as that is an eighth of the memory that is left.
    """
    left_B = available_B(root) or _MOST_B
    beyond = min(_BEYOND * last_cache_B(root), left_B // 8, _MOST_B)
    return (*(one for one in _SMALL_B if one < beyond), beyond)
