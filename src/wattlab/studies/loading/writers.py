"""How arrays are written in each format, to be read again."""

from __future__ import annotations

import gzip
import struct
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from wattlab.errors import MissingExtraError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Arrays = Sequence[NDArray[Any]]

__all__ = ["SUFFIXES", "WRITERS", "Writer", "check", "write"]

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


class Writer(NamedTuple):
    """How a format is written.

    Attributes
    ----------
    prepare : callable
        Arrays to what the format holds; refuses what it cannot.
    write : callable
        Writes that to a file.
    """

    prepare: Callable[[Arrays], Any]
    write: Callable[[Any, Path], None]


def check(file_format: str, arrays: Arrays) -> None:
    """Raise `wattlab.errors.UserError` if a format cannot hold arrays, or its package is absent.

    Parameters
    ----------
    file_format : str
        A key of `WRITERS`.
    arrays : sequence of ndarray
        What a reader found in a file.
    """
    WRITERS[file_format].prepare(arrays)


def write(file_format: str, arrays: Arrays, path: Path) -> None:
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
    writer = WRITERS[file_format]
    writer.write(writer.prepare(arrays), path)


def _one(arrays: Arrays, file_format: str) -> NDArray[Any]:
    """Return the only array; formats that hold one cannot hold several."""
    if len(arrays) == 1:
        return arrays[0]
    msg = f"format {file_format!r} holds one array a file, but these files hold {len(arrays)}"
    raise UnsupportedError(msg)


def _refuse(file_format: str, array: NDArray[Any], wanted: str) -> UnsupportedError:
    return UnsupportedError(
        f"format {file_format!r} holds {wanted}; found {array.dtype} of shape {array.shape}"
    )


def _only(arrays: Arrays) -> NDArray[Any]:
    return _one(arrays, "npy")


def _all(arrays: Arrays) -> Arrays:
    return arrays


def _npy(array: NDArray[Any], path: Path) -> None:
    np.save(path, array, allow_pickle=False)


def _npz(arrays: Arrays, path: Path) -> None:
    np.savez(path, *arrays, allow_pickle=False)


def _npz_compressed(arrays: Arrays, path: Path) -> None:
    np.savez_compressed(path, *arrays, allow_pickle=False)


def _for_idx(arrays: Arrays) -> NDArray[Any]:
    array = _one(arrays, "idx-gz")
    if array.dtype.str[1:] not in _IDX or not 1 <= array.ndim <= 255:
        raise _refuse("idx-gz", array, f"arrays of {', '.join(_IDX)}")
    return array


def _idx(array: NDArray[Any], path: Path) -> None:
    code = _IDX[array.dtype.str[1:]]
    header = struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape)
    with gzip.open(path, "wb", compresslevel=_FAST) as file:
        file.write(header)
        file.write(array.astype(array.dtype.newbyteorder(">"), copy=False).tobytes())


def _for_csv(arrays: Arrays) -> NDArray[Any]:
    array = _one(arrays, "csv")
    if array.dtype.kind not in "biuf" or array.ndim < 1:
        raise _refuse("csv", array, "numbers in rows")
    return array.reshape(len(array), -1) if array.ndim > 1 else array[:, None]


def _csv(table: NDArray[Any], path: Path) -> None:
    np.savetxt(path, table, fmt="%d" if table.dtype.kind in "biu" else "%.9g", delimiter=",")


def _for_parquet(arrays: Arrays) -> Any:
    try:
        import pyarrow as pa
    except ImportError as error:
        raise MissingExtraError("pyarrow", "parquet", "writing Parquet files") from error
    array = _one(arrays, "parquet")
    if array.dtype.kind not in "biuf":
        raise _refuse("parquet", array, "numbers")
    # One column of numbers: a column for each pixel makes a header that is larger than the data.
    return pa.table({"values": array.ravel()})


def _parquet(table: Any, path: Path) -> None:
    from pyarrow import parquet

    parquet.write_table(table, str(path))


def _safetensors(arrays: Arrays, path: Path) -> None:
    from safetensors.numpy import save_file

    save_file({f"array_{place}": np.ascontiguousarray(one) for place, one in enumerate(arrays)}, path)


def _for_png(arrays: Arrays) -> NDArray[Any]:
    return _picture(_one(arrays, "png"), "png", ("u1", "u2"))


def _png(array: NDArray[Any], path: Path) -> None:
    from PIL import Image

    Image.fromarray(array).save(path, compress_level=_FAST)


def _for_jpeg(arrays: Arrays) -> NDArray[Any]:
    return _picture(_one(arrays, "jpeg"), "jpeg", ("u1",))


def _jpeg(array: NDArray[Any], path: Path) -> None:
    from PIL import Image

    Image.fromarray(array).save(path, quality=90)


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


WRITERS: Final[dict[str, Writer]] = {
    "npy": Writer(_only, _npy),
    "npz": Writer(_all, _npz),
    "npz-compressed": Writer(_all, _npz_compressed),
    "idx-gz": Writer(_for_idx, _idx),
    "csv": Writer(_for_csv, _csv),
    "parquet": Writer(_for_parquet, _parquet),
    "safetensors": Writer(_all, _safetensors),
    "png": Writer(_for_png, _png),
    "jpeg": Writer(_for_jpeg, _jpeg),
}
"""All formats that files can be converted to."""
