"""What is to be read: the files of a folder, of a data set, or of a kind that was generated."""

from __future__ import annotations

import os
import random
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wattlab.data.catalog import dataset_names
from wattlab.data.download import REMOTES, obtain
from wattlab.errors import DataError, StorageError
from wattlab.studies.loading.readers import AS_THEY_ARE, format_of
from wattlab.studies.row import Frozen
from wattlab.units import format_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["FileEntry", "Found", "check_space", "entry", "find_files", "own_reader"]

_SPARE: Final = 1.05
"""A file system needs some room for itself."""


class FileEntry(Frozen):
    """A file as it was when the study began."""

    path: str
    size_B: int
    modified_ns: int
    reader: str
    """By which its own format is read."""


@dataclass(frozen=True)
class Found:
    """What a target holds.

    Parameters
    ----------
    title : str
        Name of the data set or the folder.
    files : tuple of FileEntry
        Those that are read.
    whole_B : int
        Size of all files, those that a limit leaves out included. Unit: B.
    n_whole : int
        Number of all files.
    """

    title: str
    files: tuple[FileEntry, ...]
    whole_B: int
    n_whole: int


def find_files(target: str, limit_B: int | None, seed: int = 0) -> Found:
    """Return the files of a folder, of a single file, or of a data set that lies in files.

    Parameters
    ----------
    target : str
        A folder, a file, or the name of a data set such as "mnist". Hidden files and folders do not count.
    limit_B : int or None
        Read a random choice of files that is at most so large, but at least one. Unit: B.
    seed : int
        Of that choice.

    Raises
    ------
    wattlab.errors.DataError
        If there is no such thing, it holds no file, or a file may not be read.
    """
    path = Path(target).expanduser()
    if target in REMOTES and not path.exists():
        paths = obtain(target)
        return _found(target, paths, None, seed)
    if not path.exists():
        raise DataError(_nowhere(target))
    return _found(path.absolute().name or str(path), _below(path), limit_B, seed)


def _nowhere(target: str) -> str:
    if target in dataset_names():
        known = ", ".join(REMOTES)
        return f"data {target!r} is computed, and lies in no files; name a folder, or one of {known}"
    return (
        f"there is no folder {target!r}, and no data set of that name that lies in files ({', '.join(REMOTES)}); "
        "to read files made for the purpose: wattlab loading FOLDER --generate 50x40MB"
    )


def _below(path: Path) -> list[Path]:
    """Return all files below a folder, sorted; links to files count, links to folders do not."""
    if path.is_file():
        return [path.absolute()]
    found: list[Path] = []
    for folder, names, files in os.walk(path.absolute(), onerror=_unreadable):
        names[:] = sorted(name for name in names if not name.startswith("."))
        found += [Path(folder, name) for name in sorted(files) if not name.startswith(".")]
    return [one for one in found if one.is_file()]


def _unreadable(error: OSError) -> None:
    mend = "give yourself the right to, or name another"
    msg = f"folder {str(error.filename)!r} cannot be read: {error.strerror}; {mend}"
    raise DataError(msg)


def _found(title: str, paths: Sequence[Path], limit_B: int | None, seed: int) -> Found:
    closed = [path for path in paths if not os.access(path, os.R_OK)]
    if closed:
        more = f" (and {len(closed) - 1} more)" if len(closed) > 1 else ""
        msg = f"file {str(closed[0])!r}{more} may not be read; give yourself the right to: chmod u+r FILE"
        raise DataError(msg)
    every = [entry(path) for path in paths]
    whole_B = sum(one.size_B for one in every)
    if not whole_B:
        held = "holds only empty files" if every else "holds no files (hidden ones do not count)"
        msg = (
            f"{title!r} {held}; name a folder with the files that a training reads, or use --generate 50x40MB"
        )
        raise DataError(msg)
    chosen = tuple(_limited(every, limit_B, seed))
    return Found(title, chosen, whole_B, len(every))


def entry(path: Path) -> FileEntry:
    """Return a file as it is now."""
    stat = path.stat()
    return FileEntry(
        path=str(path), size_B=stat.st_size, modified_ns=stat.st_mtime_ns, reader=format_of(path)
    )


def _limited(files: Sequence[FileEntry], limit_B: int | None, seed: int) -> list[FileEntry]:
    """Return a random choice: the first files in order of their names may be of another kind than the rest."""
    if limit_B is None or sum(one.size_B for one in files) <= limit_B:
        return list(files)
    order = list(range(len(files)))
    random.Random(seed).shuffle(order)  # noqa: S311 (a choice, not a secret)
    chosen, used_B = [order[0]], files[order[0]].size_B
    for place in order[1:]:
        if used_B + files[place].size_B <= limit_B:
            chosen.append(place)
            used_B += files[place].size_B
    return [files[place] for place in sorted(chosen)]


def own_reader(files: Iterable[FileEntry]) -> str:
    """Return the reader that suits all files, or `AS_THEY_ARE` where their formats differ."""
    readers = {one.reader for one in files}
    return readers.pop() if len(readers) == 1 else AS_THEY_ARE


def check_space(folder: Path, needed_B: float, purpose: str) -> None:
    """Raise `wattlab.errors.StorageError` if a disk has not enough room.

    Parameters
    ----------
    folder : Path
        On that disk; it exists.
    needed_B : float
        Unit: B.
    purpose : str
        What the room is for, such as "50 files of 40 MB".
    """
    try:
        free_B = shutil.disk_usage(folder).free
    except OSError as error:
        msg = f"{str(folder)!r} cannot be written: {error.strerror or error}; choose another folder"
        raise StorageError(msg) from error
    if free_B < needed_B * _SPARE:
        msg = (
            f"{str(folder)!r} has {format_bytes(free_B)} free, but {purpose} need {format_bytes(needed_B)} and a "
            "little more; free some space, choose another folder with --scratch, or read less: --limit 500MB"
        )
        raise StorageError(msg)
