"""The IDX format of MNIST and its relatives, packed by gzip or not.

A file is a magic number (two zero bytes, the element type, the number of dimensions), the length of each
dimension as a big-endian 32-bit number, and the elements, big-endian, the last dimension running fastest.

References
----------
Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits", http://yann.lecun.com/exdb/mnist/
"""

from __future__ import annotations

import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from wattlab.data.raw import RawData, Samples, flat_samples
from wattlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["IDX_FILES", "find_idx", "parse_idx", "read_bytes", "read_idx", "read_idx_files", "read_idx_path"]

IDX_FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
"""Names of the four files of a data set, as MNIST has them; each may end in ``.gz``."""

_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_GZIP = b"\x1f\x8b"
_LARGEST_RATIO = 1032  # of DEFLATE, unpacked to packed


def read_idx(path: Path) -> NDArray[Any]:
    """Read one IDX file.

    Parameters
    ----------
    path : Path
        File of any of the six element types, packed by gzip or not.

    Returns
    -------
    ndarray
        Of the shape and type that the file states, in the machine's own byte order.

    Raises
    ------
    wattlab.errors.DataError
        If it is missing, empty, truncated, damaged, or not an IDX file.
    """
    return _parse(read_bytes(path), path)


def parse_idx(content: bytes, path: Path) -> NDArray[Any]:
    """Return the array of an IDX file whose content, packed by gzip or not, is in memory already.

    Parameters
    ----------
    content : bytes
        All of the file.
    path : Path
        What errors call it.

    Raises
    ------
    wattlab.errors.DataError
        As `read_idx`.
    """
    return _parse(_unpack(content, path) if content.startswith(_GZIP) else content, path)


def read_bytes(path: Path) -> bytes:
    """Return a file's content, unpacked if gzip packed it.

    Raises
    ------
    wattlab.errors.DataError
        If it cannot be read, is empty, or gzip's data are truncated or damaged.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"data file {str(path)!r} cannot be read: {error.strerror}") from error
    if not content:
        raise DataError(f"data file {str(path)!r} is empty; fetch it again")
    return _unpack(content, path) if content.startswith(_GZIP) else content


def _unpack(content: bytes, path: Path) -> bytes:
    """Unpack gzip's data; its last four bytes say how much room they need."""
    room = min(int.from_bytes(content[-4:], "little"), _LARGEST_RATIO * len(content))
    try:
        return zlib.decompress(content, wbits=31, bufsize=max(room, 1))
    except zlib.error as error:
        what = "truncated" if "incomplete" in str(error) else "damaged"
        raise DataError(
            f"data file {str(path)!r} is {what}: gzip's data do not end as they should after "
            f"{len(content)} bytes ({error}); fetch it again"
        ) from error


def _parse(content: bytes, path: Path) -> NDArray[Any]:
    name = f"IDX file {str(path)!r}"
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in _DTYPES or content[3] == 0:
        raise DataError(
            f"{name} has the magic number 0x{content[:4].hex()}; expected 0x0000, an element type "
            f"({', '.join(f'0x{code:02x}' for code in _DTYPES)}) and the number of dimensions"
        )
    dtype, start = np.dtype(_DTYPES[content[2]]), 4 + 4 * content[3]
    if len(content) < start:
        raise DataError(f"{name} is truncated: its header needs {start} bytes, found {len(content)}")
    shape = tuple(int(length) for length in np.frombuffer(content, ">u4", content[3], 4))
    expected, found = _size(shape, dtype), len(content) - start
    if found != expected:
        what = "truncated" if found < expected else "too long"
        raise DataError(
            f"{name} is {what}: its header promises {' × '.join(map(str, shape))} elements of "
            f"{dtype.itemsize} byte{'s' * (dtype.itemsize > 1)}, so {expected} bytes; found {found}"
        )
    elements = np.frombuffer(content, dtype, offset=start).reshape(shape)
    return elements.astype(dtype.newbyteorder("="), copy=False)


def _size(shape: tuple[int, ...], dtype: np.dtype[Any]) -> int:
    size = dtype.itemsize
    for length in shape:
        size *= length
    return size


def read_idx_files(paths: Sequence[Path], name: str, source: str) -> RawData:
    """Read images and labels of a training part and, if there are four files, of a test part.

    The files are unpacked at the same time, as unpacking is most of the work.

    Parameters
    ----------
    paths : sequence of Path
        Training images, training labels, and perhaps test images and test labels.
    name, source : str
        Of the data set.
    """
    with ThreadPoolExecutor(max_workers=len(paths)) as threads:
        arrays = list(threads.map(read_idx, paths))
    train, image_shape = _pair(arrays[0], arrays[1], paths[:2])
    test = _pair(arrays[2], arrays[3], paths[2:])[0] if len(paths) == 4 else None
    return RawData(name, source, train, test, image_shape=image_shape)


def _pair(
    images: NDArray[Any], labels: NDArray[Any], paths: Sequence[Path]
) -> tuple[Samples, tuple[int, int, int] | None]:
    if labels.ndim != 1 or images.ndim < 2:
        raise DataError(
            f"IDX files {str(paths[0])!r} and {str(paths[1])!r} have {images.ndim} and {labels.ndim} "
            "dimensions; expected samples of at least one dimension, and labels of none"
        )
    if len(images) != len(labels):
        raise DataError(
            f"{str(paths[0])!r} holds {len(images)} images, but {str(paths[1])!r} holds {len(labels)} "
            "labels; expected as many labels as images: fetch both again from the same place"
        )
    return flat_samples(images, labels)


def read_idx_path(path: Path) -> RawData:
    """Read a folder that holds MNIST's four file names, or one file of images with its labels beside it."""
    if path.is_dir():
        files = [find_idx(path, file) for file in IDX_FILES]
        return read_idx_files(files, path.name, str(path))
    labels = path.name.replace("images", "labels").replace("idx3", "idx1")
    if labels == path.name:
        raise DataError(
            f"IDX file {str(path)!r}: its labels cannot be found by name; name the files like "
            f"{IDX_FILES[0]!r} and {IDX_FILES[1]!r} and give the path of the images, or of the folder"
        )
    return read_idx_files([path, find_idx(path.parent, labels.removesuffix(".gz"))], path.name, str(path))


def find_idx(folder: Path, file: str) -> Path:
    """Return the path of an IDX file in a folder, with ``.gz`` or without.

    Raises
    ------
    wattlab.errors.DataError
        If neither is there.
    """
    for path in (folder / f"{file}.gz", folder / file):
        if path.is_file():
            return path
    raise DataError(
        f"{str(folder / file)!r} is missing, with '.gz' and without; a folder of IDX files holds "
        f"{', '.join(IDX_FILES)}"
    )
