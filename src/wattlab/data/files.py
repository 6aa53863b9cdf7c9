"""The user's own files: which reader a path asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.data.idx import IDX_FILES, read_idx_path
from wattlab.data.npz import read_npz
from wattlab.data.pictures.folders import ENDINGS, find_folder
from wattlab.data.pictures.parquet import find_parquet, parquet_files, picture_column
from wattlab.data.tables import read_csv, read_parquet
from wattlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.data.pictures.album import Found
    from wattlab.data.raw import RawData

__all__ = ["KINDS", "find_pictures", "holds_idx", "looks_like_path", "read_path"]

KINDS = (
    ".npz, .csv, .tsv, .parquet, or IDX (a file such as train-images-idx3-ubyte.gz, or a folder of them), or a "
    "folder of pictures (one folder a class, or Parquet files)"
)
_READERS: dict[str, Callable[[Path, str | None], RawData]] = {
    ".npz": read_npz,
    ".csv": read_csv,
    ".tsv": read_csv,
    ".parquet": read_parquet,
}


def looks_like_path(text: str) -> bool:
    """Tell whether a text that names no data set was meant as the path of a file."""
    return any(sign in text for sign in ("/", "\\")) or text.lower().endswith((*_READERS, "ubyte", ".gz"))


def find_pictures(path: Path, label: str | None) -> Found | None:
    """Return the pictures of a folder or a Parquet file, or None where a path holds something else.

    Parameters
    ----------
    path : Path
        A folder without IDX files is one of pictures; a Parquet file is, if it has a column of bytes.
    label : str or None
        Column of the labels, for Parquet.

    Raises
    ------
    wattlab.errors.DataError
        If pictures or their classes cannot be made out.
    """
    if path.is_dir() and not holds_idx(path):
        if parquet_files(path):
            return find_parquet(path, label)
        _check_holds_pictures(path, label)
        return find_folder(path)
    is_table = path.suffix.lower() == ".parquet" and path.is_file() and path.stat().st_size > 0
    return find_parquet(path, label) if is_table and picture_column(path) else None


def holds_idx(folder: Path) -> bool:
    """Tell whether a path is a folder with any of MNIST's four files."""
    return any((folder / f"{file}{ending}").is_file() for file in IDX_FILES for ending in ("", ".gz"))


def _check_holds_pictures(folder: Path, label: str | None) -> None:
    if not any(place.is_dir() or place.suffix.lower() in ENDINGS for place in folder.iterdir()):
        raise DataError(
            f"data folder {str(folder)!r} holds no data; expected class folders with pictures, Parquet files, or "
            f"the IDX files {', '.join(IDX_FILES)}"
        )
    if label is not None:
        raise DataError(
            f"data folder {str(folder)!r} holds pictures, whose labels are the names of their folders, but "
            f"data.label is {label!r}; leave it out"
        )


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
