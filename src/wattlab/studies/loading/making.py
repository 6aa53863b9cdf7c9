"""Files that are made for a study: generated, converted to another format, or copied to another place."""

from __future__ import annotations

import math
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.errors import UnsupportedError, UserError
from wattlab.meter.clock import wall_s
from wattlab.records.files import storage_errors
from wattlab.studies.loading.files import FileEntry, check_space, entry
from wattlab.studies.loading.readers import read
from wattlab.studies.loading.writers import SUFFIXES, check, write
from wattlab.units import format_bytes, parse_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

__all__ = ["Made", "Wanted", "check_formats", "convert", "copy", "generate"]

_SIDE: Final = 256
_LEAST_B: Final = 1000
_HEADER_B: Final = 128


@dataclass(frozen=True)
class Wanted:
    """Files to be generated.

    Parameters
    ----------
    count : int
    size_B : int
        Of each file. Unit: B.
    """

    count: int
    size_B: int

    @classmethod
    def parse(cls, text: str) -> Wanted:
        """Read ``50x40MB``; `wattlab.errors.UserError` if it is something else.

        Examples
        --------
        >>> Wanted.parse("50x40MB")
        Wanted(count=50, size_B=40000000)
        """
        found = re.fullmatch(r"\s*(\d+)\s*[x×*]\s*(.+)", text)
        if found is None or int(found[1]) < 1:
            msg = f"--generate {text!r} is not understood; write number and size of the files as 50x40MB"
            raise UserError(msg)
        size_B = parse_bytes(found[2])
        if size_B < _LEAST_B:
            msg = f"--generate {text!r}: a file of {size_B} B is smaller than the least, {_LEAST_B} B"
            raise UserError(msg)
        return cls(int(found[1]), size_B)


@dataclass(frozen=True)
class Made:
    """Files that were made, and how long that took.

    Parameters
    ----------
    files : tuple of FileEntry
    seconds : float
        Reading, converting and writing, by one worker, until all lies on the disk. Unit: s.
    """

    files: tuple[FileEntry, ...]
    seconds: float


def generate(wanted: Wanted, folder: Path, seed: int = 0) -> Made:
    """Write .npy files that resemble scans: 12-bit volumes, smooth inside, noisy, with an empty margin.

    Parameters
    ----------
    wanted : Wanted
        How many, and how large.
    folder : Path
        Made if it does not exist.
    seed : int
        Of the noise; every file differs.

    Raises
    ------
    wattlab.errors.StorageError
        If the disk has no room, or the folder cannot be written.
    """
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    each = format_bytes(wanted.size_B)
    check_space(folder, wanted.count * wanted.size_B, f"{wanted.count} files of {each}")
    started_s = wall_s()
    scan = _scan((wanted.size_B - _HEADER_B) // 2, np.random.default_rng(seed))
    paths = [folder / f"scan-{number:05d}.npy" for number in range(wanted.count)]
    for number, path in enumerate(paths):
        with storage_errors(path):
            # Turned by a prime, so that no two files have a page in common.
            np.save(path, np.roll(scan, 7919 * number), allow_pickle=False)
            _sync(path)
    return Made(tuple(entry(path) for path in paths), wall_s() - started_s)


def _scan(n_values: int, random: np.random.Generator) -> NDArray[np.int16]:
    """Return a volume of slices of 256 × 256, or a single line where that is too large; as near in size as it gets."""
    side = _SIDE if n_values >= _SIDE**2 else max(1, math.isqrt(n_values))
    slices = max(1, n_values // side**2)
    across = np.linspace(-1, 1, side)
    inside = np.clip(1 - across[:, None] ** 2 - across**2 * 1.5, 0, None)
    noise = random.normal(1, 0.05, (slices, side, side)).astype(np.float32)
    return (np.sqrt(inside, dtype=np.float32) * 3000 * noise).clip(0, 4095).astype(np.int16)


def convert(files: Sequence[FileEntry], file_format: str, folder: Path) -> Made:
    """Write files in another format.

    Parameters
    ----------
    files : sequence of FileEntry
        What is read.
    file_format : str
        A key of `wattlab.studies.loading.writers.WRITERS`.
    folder : Path
        Made if it does not exist.

    Raises
    ------
    wattlab.errors.UserError
        If the files cannot be read, the format cannot hold them, or the disk has no room.
    """
    _refuse_unknown(files, file_format)

    def rewrite(one: FileEntry, path: Path) -> None:
        arrays = read(one.reader, Path(one.path))
        with storage_errors(path):
            write(file_format, arrays, path)

    return _make(files, folder, SUFFIXES[file_format], rewrite)


def check_formats(files: Sequence[FileEntry], file_formats: Sequence[str]) -> None:
    """Refuse a format that cannot hold what stands in the first file, before any file is written.

    Parameters
    ----------
    files : sequence of FileEntry
        What would be read.
    file_formats : sequence of str
        Keys of `wattlab.studies.loading.writers.WRITERS`.

    Raises
    ------
    wattlab.errors.UserError
        If the file cannot be read, or a format cannot hold it.
    """
    for file_format in file_formats:
        _refuse_unknown(files, file_format)
    arrays = read(files[0].reader, Path(files[0].path)) if file_formats else []
    for file_format in file_formats:
        check(file_format, arrays)


def _refuse_unknown(files: Sequence[FileEntry], file_format: str) -> None:
    unknown = [one for one in files if one.reader == "raw"]
    if unknown:
        msg = (
            f"file {unknown[0].path!r} is of no format that is known here, so it cannot be converted to {file_format}; "
            "ask for --formats raw, or leave --formats out"
        )
        raise UnsupportedError(msg)


def copy(files: Sequence[FileEntry], folder: Path) -> Made:
    """Copy files as they are; raises as `convert`."""
    return _make(files, folder, None, _copy)


def _copy(one: FileEntry, path: Path) -> None:
    with storage_errors(path):
        shutil.copyfile(one.path, path)


def _make(
    files: Sequence[FileEntry], folder: Path, suffix: str | None, work: Callable[[FileEntry, Path], None]
) -> Made:
    """Make a file of each file; after the first it is known how much room all of them need."""
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    started_s = wall_s()
    paths: list[Path] = []
    for number, one in enumerate(files):
        name = Path(one.path).name if suffix is None else f"{Path(one.path).name.split('.')[0]}{suffix}"
        path = folder / f"{number:06d}-{name}"
        work(one, path)
        with storage_errors(path):
            _sync(path)
        paths.append(path)
        if number == 0:
            grown = path.stat().st_size / max(1, one.size_B)
            needed_B = grown * sum(other.size_B for other in files[1:])
            check_space(folder, needed_B, f"{len(files) - 1} more files in {str(folder)!r}")
    made = (entry(path) for path in paths)
    return Made(tuple(made), wall_s() - started_s)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
