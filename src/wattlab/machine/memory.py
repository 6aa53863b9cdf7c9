"""How much memory a process can still have here: the system's, and that of each control group around it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from wattlab.machine.system_files import read_text

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["free_memory_B"]

_UNIFIED: Final = ("", "memory.max", "memory.current", ("file", "shmem"))
_OLDER: Final = ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes", ("total_cache", "total_shmem"))
"""Folder below sys/fs/cgroup, files of limit and use, page cache and what of it is no file, in versions 2 and 1."""


def free_memory_B(root: Path = Path("/")) -> int:
    """Return how much memory programs can still have before the system swaps or ends one of them. Unit: B.

    Parameters
    ----------
    root : Path, optional
        Where ``proc`` and ``sys`` are found.

    Returns
    -------
    int
        What is available by the system, or what the tightest control group leaves, whichever is less.

    References
    ----------
    Linux kernel documentation: admin-guide/cgroup-v2, "Memory Interface Files"; admin-guide/cgroup-v1/memory.
    """
    return max(0, min([_available_B(root), *_left_by_groups(root)]))


def _available_B(root: Path) -> int:
    lines = dict(line.split(":", 1) for line in read_text(root / "proc/meminfo").splitlines() if ":" in line)
    if "MemAvailable" in lines:
        return int(lines["MemAvailable"].split()[0]) * 1024
    import psutil  # only off Linux

    return int(psutil.virtual_memory().available)


def _left_by_groups(root: Path) -> Iterator[int]:
    """Yield what each control group that this process is in leaves of its limit."""
    for line in read_text(root / "proc/self/cgroup").splitlines():
        _, kinds, path = line.split(":", 2)
        if kinds and "memory" not in kinds.split(","):
            continue
        folder, limit, used, cache = _OLDER if kinds else _UNIFIED
        # A container sees its own group as the top; the path may then be the host's, of which nothing is here.
        for group in (PurePosixPath(path), *PurePosixPath(path).parents):
            inner = root / "sys/fs/cgroup" / folder / group.relative_to("/")
            left = _left_B(inner, limit, used, cache)
            if left is not None:
                yield left


def _left_B(group: Path, limit: str, used: str, cache: tuple[str, str]) -> int | None:
    """Return what one group leaves; None where it has no limit."""
    most, now = read_text(group / limit), read_text(group / used)
    if not (most.isdigit() and now.isdigit()):
        return None
    fields = dict(line.split(None, 1) for line in read_text(group / "memory.stat").splitlines())
    cached, shared = (int(fields.get(name, 0)) for name in cache)
    # What a group has in the page cache counts as used, but can be had again where a file holds it.
    return int(most) - int(now) + cached - shared
