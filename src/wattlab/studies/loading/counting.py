"""How many training samples files hold, where their format tells: from headers, and the lines of a CSV file."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zipfile import BadZipFile, ZipFile

import numpy as np

from wattlab.errors import DataError, MissingExtraError, UserError
from wattlab.studies.loading.readers import to_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.studies.loading.files import FileEntry

__all__ = ["Counted", "count_samples"]

Shape = tuple[int, ...]
_PICTURES: Final = ("png", "jpeg")
_KINDS: Final = {**dict.fromkeys(_PICTURES, "pictures"), "idx-gz": "IDX", "csv": "CSV", "parquet": "Parquet"}
_TROUBLE: Final = (OSError, ValueError, EOFError, BadZipFile, zlib.error, struct.error, SyntaxError)


@dataclass(frozen=True)
class Counted:
    """What is known of the samples in some files.

    Parameters
    ----------
    samples : int or None
        In all files; None where it cannot be known.
    how : str
        How they were counted, or why they cannot be.
    """

    samples: int | None
    how: str


def count_samples(files: Sequence[FileEntry]) -> Counted:
    """Count the samples in files: a picture is one, of arrays and tables each row.

    The kind of file that most bytes are of is counted, as others describe it. Among these, arrays of one dimension
    are labels where others have more.

    Parameters
    ----------
    files : sequence of FileEntry
        All that are read.
    """
    sizes: Counter[str] = Counter()
    for one in files:
        sizes[_kind(one)] += one.size_B
    kind = sizes.most_common(1)[0][0]
    chosen = [one for one in files if _kind(one) == kind]
    if kind == "pictures":
        return Counted(len(chosen), _told(len(chosen), "pictures"))
    if kind not in _SHAPES:
        return Counted(None, f"the format of {chosen[0].path!r} does not tell")
    try:
        shapes = [_shape(one) for one in chosen]
    except UserError as error:
        return Counted(None, str(error))
    samples = _rows(shapes)
    files_of = f"{len(chosen)} {_KINDS.get(kind, kind)} file{'' if len(chosen) == 1 else 's'}"
    return Counted(samples, _told(samples, f"rows of {files_of}"))


def _kind(file: FileEntry) -> str:
    return "pictures" if file.reader in _PICTURES else file.reader


def _told(count: int, what: str) -> str:
    return f"Samples: {count:,} {what}, unless --samples-per-file says otherwise."


def _rows(shapes: Sequence[Shape]) -> int:
    data = [shape for shape in shapes if len(shape) > 1]
    return sum(shape[0] for shape in data or shapes)


def _shape(file: FileEntry) -> Shape:
    """Return the shape of what a file holds, of one dimension at least."""
    try:
        return _SHAPES[file.reader](Path(file.path))
    except UserError:
        raise
    except Exception as error:
        if not isinstance(error, _TROUBLE) and not type(error).__module__.startswith("pyarrow"):
            raise
        msg = f"the samples in {file.path!r} cannot be counted: {str(error) or type(error).__name__}"
        raise DataError(msg) from error


def _npy(path: Path) -> Shape:
    return _at_least_one(np.load(path, mmap_mode="r", allow_pickle=False).shape)


def _at_least_one(shape: Shape) -> Shape:
    if not shape:
        msg = "it holds a single number"
        raise ValueError(msg)
    return shape


def _npz(path: Path) -> Shape:
    """Return the shape of the arrays that have most dimensions; all of them have as many rows."""
    with ZipFile(path) as archive:
        shapes = [_header(archive, name) for name in archive.namelist()]
    longest = max(map(len, shapes), default=0)
    found = [_at_least_one(shape) for shape in shapes if len(shape) == longest]
    if len({shape[0] for shape in found}) != 1:
        msg = f"its arrays differ in their number of rows: {', '.join(str(shape) for shape in shapes)}"
        raise ValueError(msg)
    return found[0]


def _header(archive: ZipFile, name: str) -> Shape:
    with archive.open(name) as file:
        version = np.lib.format.read_magic(file)
        read: Any = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        return tuple(read(file)[0])


def _idx(path: Path) -> Shape:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    with gzip.open(path) if packed else path.open("rb") as file:
        zeros, _, dimensions = struct.unpack(">HBB", file.read(4))
        if zeros:
            msg = "it is no IDX file"
            raise ValueError(msg)
        return _at_least_one(struct.unpack(f">{dimensions}I", file.read(4 * dimensions)))


def _csv(path: Path) -> Shape:
    with path.open("rb") as file:
        to_rows(file)
        return (sum(1 for line in file if line.strip() and not line.lstrip().startswith(b"#")),)


def _parquet(path: Path) -> Shape:
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError("pyarrow", "parquet", "reading Parquet files") from error
    return (parquet.read_metadata(str(path)).num_rows,)


_SHAPES: Final[dict[str, Callable[[Path], Shape]]] = {
    "npy": _npy,
    "npz": _npz,
    "idx-gz": _idx,
    "csv": _csv,
    "parquet": _parquet,
}
