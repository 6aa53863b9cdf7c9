"""How files of each format are read: from a path, or from bytes that are in memory already.

A reader returns what a training could use, all of it in memory: arrays, or the plain bytes.
"""

from __future__ import annotations

import io
import mmap
import os
import warnings
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple
from zipfile import BadZipFile

import numpy as np

from wattlab.data.idx import parse_idx
from wattlab.errors import DataError, MissingExtraError, UnsupportedError, UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Arrays = list[NDArray[Any]]
    Source = Path | bytes

__all__ = ["AS_THEY_ARE", "READERS", "Reader", "check_reader", "format_of", "read", "to_rows"]

AS_THEY_ARE: Final = "as they are"
"""Each file by the reader of its own format, where a folder holds several formats."""


class Reader(NamedTuple):
    """A way to read a file.

    Attributes
    ----------
    name : str
    file_format : str
        Which files it reads: a key of `wattlab.studies.loading.writers.WRITERS`; empty: any.
    suffixes : tuple of str
        By which a file of a folder is told to be for this reader.
    read : callable
        Path or bytes to arrays.
    from_memory : bool
        Whether it can read bytes, too.
    says : str
        What it does, for help and notes.
    """

    name: str
    file_format: str
    suffixes: tuple[str, ...]
    read: Callable[[Source], Arrays]
    says: str
    from_memory: bool = True


def _content(source: Source) -> bytes:
    return source if isinstance(source, bytes) else source.read_bytes()


def _file(source: Source) -> Any:
    """Return what a library takes for a file: a path, or an open file over the bytes."""
    return io.BytesIO(source) if isinstance(source, bytes) else source


def _raw(source: Source) -> Arrays:
    # Into an array like all others: NumPy asks for huge pages, which a bytes object does not get, and that alone
    # makes reading from the cache three times as fast. A copy from memory, since reading a file is one, too.
    return [
        np.frombuffer(source, np.uint8).copy() if isinstance(source, bytes) else np.fromfile(source, np.uint8)
    ]


def _direct(source: Source) -> Arrays:
    """Read past the page cache, into memory that lies on a page's boundary, as O_DIRECT needs it."""
    assert isinstance(source, Path)
    size = source.stat().st_size
    room = np.empty((size // mmap.PAGESIZE + 2) * mmap.PAGESIZE, np.uint8)
    buffer = room[-room.ctypes.data % mmap.PAGESIZE :]
    buffer = buffer[: len(buffer) // mmap.PAGESIZE * mmap.PAGESIZE]
    descriptor = os.open(source, os.O_RDONLY | os.O_DIRECT)
    try:
        done = 0
        while done < size:
            got = os.readv(descriptor, [buffer.data[done:]])
            if not got:
                break
            done += got
    finally:
        os.close(descriptor)
    return [buffer[:size]]


def _npy(source: Source) -> Arrays:
    return [np.load(_file(source), allow_pickle=False)]


def _npy_mmap(source: Source) -> Arrays:
    """Map a file and touch each page once, so that all of it has been read."""
    array = _view(source) if isinstance(source, bytes) else _mapped(source)
    flat = array.ravel(order="K").view(np.uint8)
    np.add.reduce(flat[:: mmap.PAGESIZE])
    return [array]


def _mapped(path: Path) -> NDArray[Any]:
    return np.load(path, mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]


def _view(content: bytes) -> NDArray[Any]:
    """Return the array of a .npy file in memory without a copy."""
    file = io.BytesIO(content)
    version = np.lib.format.read_magic(file)
    header = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(version)
    if header is None:
        msg = f"version {version} of the .npy format is not read from memory"
        raise ValueError(msg)
    shape, fortran, dtype = header(file)
    return np.frombuffer(content, dtype, offset=file.tell()).reshape(shape, order="F" if fortran else "C")


def _npz(source: Source) -> Arrays:
    with np.load(_file(source), allow_pickle=False) as stored:
        return [stored[name] for name in stored.files]


def _idx(source: Source) -> Arrays:
    return [parse_idx(_content(source), source if isinstance(source, Path) else Path("memory"))]


def _image(source: Source) -> Arrays:
    try:
        from PIL import Image
    except ImportError as error:
        raise UnsupportedError(
            "pictures are read by Pillow, which is not installed: pip install pillow"
        ) from error
    with Image.open(_file(source)) as image:
        return [np.asarray(image)]


def _parquet(source: Source) -> Arrays:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError("pyarrow", "parquet", "reading Parquet files") from error
    file = pa.BufferReader(source) if isinstance(source, bytes) else str(source)
    # One thread: workers are what is counted here.
    table = parquet.read_table(file, use_threads=False)
    chunks = (chunk for column in table.columns for chunk in column.chunks)
    return [np.frombuffer(part, np.uint8) for chunk in chunks for part in chunk.buffers() if part]


def _csv(source: Source) -> Arrays:
    with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
        delimiter = to_rows(file)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a table without rows, which is told below
            table = np.loadtxt(file, delimiter=delimiter, ndmin=2, encoding="utf-8-sig")
    if not table.size:
        msg = "it holds no rows of numbers"
        raise ValueError(msg)
    return [table]


def to_rows(file: BinaryIO) -> str:
    """Go to the first row of numbers of a CSV file, past a line of names; return what stands between two numbers."""
    first = file.readline(65536).decode("utf-8-sig")
    delimiter = next((one for one in ",;\t" if one in first), ",")
    if all(map(_is_number, first.split(delimiter))):
        file.seek(0)
    return delimiter


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _safetensors(source: Source) -> Arrays:
    from safetensors.numpy import load, load_file

    return list((load(source) if isinstance(source, bytes) else load_file(source)).values())


READERS: Final[dict[str, Reader]] = {
    one.name: one
    for one in (
        Reader("raw", "", (), _raw, "the bytes, not decoded"),
        Reader("direct", "", (), _direct, "the bytes, past the page cache (O_DIRECT)", from_memory=False),
        Reader("npy", "npy", (".npy",), _npy, "numpy.load"),
        Reader("npy-mmap", "npy", (), _npy_mmap, "numpy.load, mapped, every page touched"),
        Reader("npz", "npz", (".npz",), _npz, "numpy.load of an archive"),
        Reader("npz-compressed", "npz-compressed", (), _npz, "numpy.load of a compressed archive"),
        Reader("idx-gz", "idx-gz", (".gz", "-ubyte"), _idx, "IDX packed by gzip, as MNIST comes"),
        Reader("csv", "csv", (".csv", ".tsv"), _csv, "text, by numpy.loadtxt"),
        Reader("parquet", "parquet", (".parquet",), _parquet, "Parquet, by pyarrow"),
        Reader("safetensors", "safetensors", (".safetensors",), _safetensors, "safetensors"),
        Reader(
            "png", "png", (".png", ".bmp", ".tif", ".tiff", ".gif", ".webp"), _image, "pictures, by Pillow"
        ),
        Reader("jpeg", "jpeg", (".jpg", ".jpeg"), _image, "pictures with losses, by Pillow"),
    )
}
"""All ways to read, by name."""

_TROUBLE: Final = (OSError, ValueError, EOFError, KeyError, BadZipFile, zlib.error, SyntaxError)


def read(reader: str, source: Source, name: str = "") -> Arrays:
    """Read one file.

    Parameters
    ----------
    reader : str
        A key of `READERS`.
    source : Path or bytes
        The file, or its content.
    name : str, optional
        What errors call it; left out: the path.

    Returns
    -------
    list of ndarray
        All that the file holds, in memory.

    Raises
    ------
    wattlab.errors.DataError
        If it cannot be read, or holds something else.
    """
    try:
        return READERS[reader].read(source)
    except UserError:
        raise
    except Exception as error:
        if not isinstance(error, _TROUBLE) and not type(error).__module__.startswith(
            ("pyarrow", "safetensors")
        ):
            raise
        msg = f"file {name or str(source)!r} cannot be read as {reader}: {str(error) or type(error).__name__}"
        raise DataError(msg) from error


def format_of(path: Path) -> str:
    """Return the reader for a file, by its name; "raw" for what none of them knows.

    Examples
    --------
    >>> format_of(Path("scan.npy")), format_of(Path("train-images-idx3-ubyte.gz")), format_of(Path("a.bin"))
    ('npy', 'idx-gz', 'raw')
    """
    name = path.name.lower()
    if name.endswith(".gz") and not name.endswith("ubyte.gz"):
        return "raw"
    known = (one for one in READERS.values() if any(name.endswith(suffix) for suffix in one.suffixes))
    return next((one.name for one in known), "raw")


def check_reader(name: str) -> Reader:
    """Return a reader by name; `wattlab.errors.UserError` if there is none, or its package is absent here."""
    if name not in READERS:
        from wattlab.recipe.problems import nearest

        what = (
            f"there is no format {name!r}{nearest(name, list(READERS)) or '.'}"
            if name
            else "a format has no name."
        )
        msg = f"--formats: {what} Known are {', '.join(READERS)}"
        raise UserError(msg)
    if name == "direct" and not hasattr(os, "O_DIRECT"):
        msg = "format 'direct' needs O_DIRECT, which this system does not have; leave it out"
        raise UnsupportedError(msg)
    return READERS[name]
