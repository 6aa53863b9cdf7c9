"""The system's page cache: how much of a file is in it, and how a file gets out of it.

References
----------
Linux manual pages, posix_fadvise(2): pages that were not written yet are not dropped, so fsync comes first.
Linux manual pages, cachestat(2), since Linux 6.5, and mincore(2): since Linux 5.2 mincore tells the truth only
to who owns the file or may write it, and calls every page resident to others.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import sys
import time
from typing import TYPE_CHECKING, Final

from wattlab.machine.system_files import read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from wattlab.studies.loading.places import Place

__all__ = ["COLD", "WARM", "available_B", "cached_share", "evict", "why_never_cold"]

COLD: Final = 0.01
"""Largest share of files in the cache that still counts as cold: the kernel may keep a page that it reads."""
WARM: Final = 0.99
"""Least share that counts as warm."""
_CACHESTAT: Final = 451  # the same number on every architecture but alpha
_TRIES: Final = 5
_PAUSE_S: Final = 0.05


class _Range(ctypes.Structure):
    _fields_ = (("off", ctypes.c_uint64), ("len", ctypes.c_uint64))


class _Pages(ctypes.Structure):
    _fields_ = tuple(
        (name, ctypes.c_uint64) for name in ("cached", "dirty", "writeback", "evicted", "recently_evicted")
    )


def cached_share(paths: Iterable[Path]) -> float | None:
    """Return which share of files is in the page cache, from 0 to 1.

    Parameters
    ----------
    paths : iterable of Path
        Files; empty ones do not count.

    Returns
    -------
    float or None
        None where the system does not tell: it is not Linux, or the files are somebody else's.
    """
    cached = total = 0
    for path in paths:
        pages = -(-path.stat().st_size // mmap.PAGESIZE)
        if not pages:
            continue
        found = cached_pages(path)
        if found is None:
            return None
        cached, total = cached + min(found, pages), total + pages
    return cached / total if total else None


def cached_pages(path: Path) -> int | None:
    """Return how many pages of a file are in the page cache; None where the system does not tell."""
    if not sys.platform.startswith("linux"):
        return None
    descriptor = os.open(path, os.O_RDONLY)
    try:
        found = by_cachestat(descriptor)
        return by_mincore(descriptor) if found is None and _may_know(path) else found
    finally:
        os.close(descriptor)


def by_cachestat(descriptor: int) -> int | None:
    """Return the cached pages of an open file; None on kernels without the call, or if it is not allowed."""
    libc = ctypes.CDLL(None, use_errno=True)
    asked, pages = _Range(0, 0), _Pages()
    code = libc.syscall(_CACHESTAT, descriptor, ctypes.byref(asked), ctypes.byref(pages), 0)
    return None if code else int(pages.cached)


def by_mincore(descriptor: int) -> int | None:
    """Return the cached pages of an open file, which is mapped for that, but not read; None if it cannot be."""
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        mapped = mmap.mmap(
            descriptor, 0, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE
        )  # writing goes to a copy: ctypes takes no address of what is read-only
    except OSError:
        return None
    with mapped:
        marks = (ctypes.c_ubyte * -(-len(mapped) // mmap.PAGESIZE))()
        start = ctypes.c_char.from_buffer(mapped)
        code = libc.mincore(ctypes.c_void_p(ctypes.addressof(start)), ctypes.c_size_t(len(mapped)), marks)
        del start  # a map that is pointed to cannot be closed
        return None if code else sum(mark & 1 for mark in marks)


def _may_know(path: Path) -> bool:
    return path.stat().st_uid == os.geteuid() or os.access(path, os.W_OK)


def evict(paths: Iterable[Path], sleep: Callable[[float], None] = time.sleep) -> float | None:
    """Ask the system to drop files from its page cache, some times if need be.

    Parameters
    ----------
    paths : iterable of Path
        Files.
    sleep : callable, optional
        Waits between two tries, for pages that are being written.

    Returns
    -------
    float or None
        The share that is still there; None where the system does not tell.
    """
    paths = list(paths)
    share: float | None = None
    for attempt in range(_TRIES):
        if attempt:
            sleep(_PAUSE_S)
        for path in paths:
            _drop(path)
        share = cached_share(paths)
        if share is None or share <= COLD:
            break
    return share


def _drop(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        try:
            os.fsync(descriptor)
        except OSError as error:
            # A file system that is mounted for reading has nothing to write.
            if error.errno not in {errno.EROFS, errno.EINVAL, errno.ENOTSUP}:
                raise
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def why_never_cold(place: Place) -> str:
    """Return why no file at a place can be read cold, in a sentence; empty if it may be possible.

    Parameters
    ----------
    place : Place
        Where the files lie.
    """
    if place.kind == "memory files":
        return f"{place.file_system} keeps its files in memory, so there is no cold cache"
    if place.file_system == "zfs":
        return "zfs keeps a cache of its own, which no program can be made to drop file by file"
    if not hasattr(os, "posix_fadvise"):
        return f"{sys.platform} has no call that drops a file from the cache"
    return ""


def available_B(root: Path) -> int:
    """Return how much memory programs and caches can still have, the container's limit included. Unit: B.

    Parameters
    ----------
    root : Path
        Where ``proc`` and ``sys`` are found.
    """
    lines = dict(line.split(":", 1) for line in read_text(root / "proc/meminfo").splitlines() if ":" in line)
    if "MemAvailable" not in lines:
        import psutil  # only off Linux

        return int(psutil.virtual_memory().available)
    free_B = int(lines["MemAvailable"].split()[0]) * 1024
    group = root / "sys/fs/cgroup"
    limit, used = read_text(group / "memory.max"), read_text(group / "memory.current")
    if limit.isdigit() and used.isdigit():
        # What a group has in the page cache counts as used, but can be had again.
        stat = dict(line.split() for line in read_text(group / "memory.stat").splitlines())
        return max(0, min(free_B, int(limit) - int(used) + int(stat.get("file", 0))))
    return free_B
