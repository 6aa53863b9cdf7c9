"""How arrays are written in each format, to be read again."""

from __future__ import annotations

import gzip
import struct
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wattlab.errors import MissingExtraError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["SUFFIXES", "WRITERS", "write"]

SUFFIXES: Final = {
    "npy": ".npy",
    "npz": ".npz",
    "npz-compressed": ".npz",
    "idx-gz": ".ubyte.gz",
    "csv": ".csv",
    "parquet": ".parquet",
    "safetensors": ".safetensors",
    "png": ".png",
    "jpeg": ".jpg",
}
"""How the files of a format end."""
_IDX: Final = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}
_FAST: Final = 1


def write(file_format: str, arrays: Sequence[NDArray[Any]], path: Path) -> None:
    """Write arrays to a file.

    Parameters
    ----------
    file_format : str
        A key of `WRITERS`.
    arrays : sequence of ndarray
        What a reader found in a file.
    path : Path
        The file to be.

    Raises
    ------
    wattlab.errors.UnsupportedError
        If the format cannot hold them.
    OSError
        If the disk is full.
    """
    WRITERS[file_format](arrays, path)


def _one(arrays: Sequence[NDArray[Any]], file_format: str) -> NDArray[Any]:
    """Return the only array; formats that hold one cannot hold several."""
    if len(arrays) == 1:
        return arrays[0]
    msg = f"format {file_format!r} holds one array a file, but these files hold {len(arrays)}"
    raise UnsupportedError(msg)


def _refuse(file_format: str, array: NDArray[Any], wanted: str) -> UnsupportedError:
    return UnsupportedError(
        f"format {file_format!r} holds {wanted}; found {array.dtype} of shape {array.shape}"
    )


def _npy(arrays: Sequence[NDArray[Any]], path: Path) -> None:
    np.save(path, _one(arrays, "npy"), allow_pickle=False)


def _npz(arrays: Sequence[NDArray[Any]], path: Path) -> None:
    np.savez(path, *arrays, allow_pickle=False)


def _npz_compressed(arrays: Sequence[NDArray[Any]], path: Path) -> None:
    np.savez_compressed(path, *arrays, allow_pickle=False)


def _idx(arrays: Sequence[NDArray[Any]], path: Path) -> None:
    array = _one(arrays, "idx-gz")
    code = _IDX.get(array.dtype.str[1:])
    if code is None or not 1 <= array.ndim <= 255:
        raise _refuse("idx-gz", array, f"arrays of {', '.join(_IDX)}")
    header = struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape)
    with gzip.open(path, "wb", compresslevel=_FAST) as file:
        file.write(header)
        file.write(array.astype(array.dtype.newbyteorder(">"), copy=False).tobytes())


def _csv(arrays: Sequence[NDArray[Any]], path: Path) -> None:
    array = _one(arrays, "csv")
    if array.dtype.kind not in "biuf" or array.ndim < 1:
        raise _refuse("csv", array, "numbers in rows")
    table = array.reshape(len(array), -1) if array.ndim > 1 else array[:, None]
    np.savetxt(path, table, fmt="%d" if table.dtype.kind in "biu" else "%.9g", delimiter=",")


def _parquet(arrays: Sequence[NDArray[Any]], path: Path) -> None:
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError("pyarrow", "parquet", "writing Parquet files") from error
    array = _one(arrays, "parquet")
    if array.dtype.kind not in "biuf":
        raise _refuse("parquet", array, "numbers")
    # One column of numbers: a column for each pixel makes a header that is larger than the data.
    parquet.write_table(pa.table({"values": array.ravel()}), str(path))


def _safetensors(arrays: Sequence[NDArray[Any]], path: Path) -> None:
    from safetensors.numpy import save_file

    save_file({f"array_{place}": np.ascontiguousarray(one) for place, one in enumerate(arrays)}, path)


def _png(arrays: Sequence[NDArray[Any]], path: Path) -> None:
    from PIL import Image

    array = _picture(_one(arrays, "png"), "png", ("u1", "u2"))
    Image.fromarray(array).save(path, compress_level=_FAST)


def _jpeg(arrays: Sequence[NDArray[Any]], path: Path) -> None:
    from PIL import Image

    Image.fromarray(_picture(_one(arrays, "jpeg"), "jpeg", ("u1",))).save(path, quality=90)


def _picture(array: NDArray[Any], file_format: str, dtypes: tuple[str, ...]) -> NDArray[Any]:
    """Return an array as a picture; the slices of a volume stand below one another."""
    if array.dtype == np.int16 and array.size and array.min() >= 0:
        array = array.view(np.uint16)  # scans are signed by habit
    colours = array.ndim == 3 and array.shape[2] == 3 and array.dtype == np.uint8
    flat = array.reshape(-1, array.shape[-1]) if array.ndim > 2 and not colours else array
    longest = 65535 if file_format == "jpeg" else 2**31 - 1
    if array.dtype.str[1:] not in dtypes or flat.ndim < 2 or max(flat.shape) > longest:
        raise _refuse(file_format, array, f"pictures of {' or '.join(dtypes)}, at most {longest} a side")
    return np.ascontiguousarray(flat)


WRITERS: Final[dict[str, Callable[[Sequence[NDArray[Any]], Path], None]]] = {
    "npy": _npy,
    "npz": _npz,
    "npz-compressed": _npz_compressed,
    "idx-gz": _idx,
    "csv": _csv,
    "parquet": _parquet,
    "safetensors": _safetensors,
    "png": _png,
    "jpeg": _jpeg,
}
"""All formats that files can be converted to."""
