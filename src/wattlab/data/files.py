"""The user's own files: which reader a path asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.data.idx import read_idx_path
from wattlab.data.npz import read_npz
from wattlab.data.tables import read_csv, read_parquet
from wattlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.data.raw import RawData

__all__ = ["KINDS", "looks_like_path", "read_path"]

KINDS = ".npz, .csv, .tsv, .parquet, or IDX (a file such as train-images-idx3-ubyte.gz, or a folder of them)"
_READERS: dict[str, Callable[[Path, str | None], RawData]] = {
    ".npz": read_npz,
    ".csv": read_csv,
    ".tsv": read_csv,
    ".parquet": read_parquet,
}


def looks_like_path(text: str) -> bool:
    """Tell whether a text that names no data set was meant as the path of a file."""
    return any(sign in text for sign in ("/", "\\")) or text.lower().endswith((*_READERS, "ubyte", ".gz"))


def read_path(path: Path, label: str | None) -> RawData:
    """Read a file or folder by its kind.

    Parameters
    ----------
    path : Path
        Its ending tells the kind; a folder, or a file with "idx" in its name, is IDX.
    label : str or None
        Column or array of the labels, for kinds that have names.

    Raises
    ------
    wattlab.errors.DataError
        If it is missing, empty, or of a kind that is not known.
    """
    if not path.exists():
        raise DataError(
            f"data file {str(path)!r} does not exist; check the path, seen from {str(path.cwd())!r}"
        )
    if path.is_dir():
        return _read_idx(path, label)
    if path.stat().st_size == 0:
        raise DataError(f"data file {str(path)!r} is empty; fetch or write it again")
    reader = _READERS.get(path.suffix.lower())
    if reader is not None:
        return reader(path, label)
    if "idx" in path.name.lower():
        return _read_idx(path, label)
    raise DataError(f"data file {str(path)!r} is of a kind that cannot be read; expected {KINDS}")


def _read_idx(path: Path, label: str | None) -> RawData:
    if label is not None:
        raise DataError(
            f"data {str(path)!r} is IDX, where labels are a file of their own, but data.label is {label!r}; "
            "leave it out"
        )
    return read_idx_path(path)
