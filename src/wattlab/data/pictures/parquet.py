"""Parquet files with one picture a row: its bytes as they would lie in a file, and a label."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wattlab.data.pictures.album import Album, Found, file_facts
from wattlab.data.tables import column_labels, label_column, parquet_file
from wattlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from wattlab.data.pictures.album import Encoded

__all__ = ["ParquetAlbum", "count_rows", "find_parquet", "parquet_files", "picture_column"]

_PARTS: Final = {"training": ("train",), "validation": ("val",), "test": ("test",)}


@dataclass(frozen=True)
class ParquetAlbum(Album):
    """Pictures in the rows of Parquet files.

    Parameters
    ----------
    files : tuple of Path
        In the order of the rows.
    ends : tuple of int
        How many rows there are up to the end of each file.
    column : str
        That holds the pictures.
    given : ndarray of shape (n_pictures,)
        Labels.
    """

    files: tuple[Path, ...]
    ends: tuple[int, ...]
    column: str
    given: NDArray[Any]

    @property
    def labels(self) -> NDArray[Any]:
        """What the column of labels holds."""
        return self.given

    def blocks(self, rows: NDArray[np.int64], size: int) -> Iterator[tuple[NDArray[np.int64], list[Encoded]]]:
        """Read the files from the top, and yield the bytes of the rows that are asked for."""
        first = 0
        for path in self.files:
            with parquet_file(path) as file:
                for batch in file.iter_batches(batch_size=size, columns=[self.column]):
                    begin, end = np.searchsorted(rows, (first, first + batch.num_rows))
                    if begin < end:
                        chosen = rows[begin:end]
                        yield chosen, _encoded(batch.column(0), chosen - first)
                    first += batch.num_rows

    def where(self, row: int) -> str:
        """Return the file and the row in it."""
        index = int(np.searchsorted(self.ends, row, side="right"))
        within = row - (self.ends[index - 1] if index else 0)
        return f"row {within} (counting from 0) of {str(self.files[index])!r}"


def picture_column(path: Path) -> str | None:
    """Return the name of the column that holds pictures, or None if there is none.

    Raises
    ------
    wattlab.errors.DataError
        If the file is damaged, or several columns could hold pictures.
    """
    names = [field.name for field in _schema(path) if _holds_bytes(field.type)]
    preferred = [name for name in names if name.lower() in {"image", "img", "picture"}]
    if len(preferred or names) > 1:
        raise DataError(
            f"data file {str(path)!r} has several columns of bytes ({', '.join(names)}); name the one with the "
            "pictures 'image'"
        )
    return next(iter(preferred or names), None)


def parquet_files(path: Path) -> list[Path]:
    """Return the Parquet files of a folder or of ``data/`` in it, sorted by name."""
    return sorted(path.glob("*.parquet")) or sorted((path / "data").glob("*.parquet"))


def count_rows(path: Path) -> int:
    """Return how many rows a Parquet file states."""
    with parquet_file(path) as file:
        return int(file.metadata.num_rows)


def find_parquet(
    path: Path,
    label: str | None,
    *,
    name: str | None = None,
    class_names: tuple[str, ...] | None = None,
) -> Found:
    """Find the pictures of a Parquet file, or of a folder of them.

    Parameters
    ----------
    path : Path
        A file; or a folder whose files' names begin with train, and val or test where there are such parts, each
        part in as many files as it takes. Without test, val is what is never learned from.
    label : str or None
        Column of the labels; None: "label", "y" or "target", whichever exists.
    name : str, optional
        Of the data set; left out: the file's.
    class_names : tuple of str, optional
        Names of the labels 0, 1, …; left out: those that the file states, as files of Hugging Face's do.

    Raises
    ------
    wattlab.errors.DataError
        If a file is damaged, has no pictures or no labels, or there is no training part.
    wattlab.errors.MissingExtraError
        If pyarrow is not installed.
    """
    parts = {"training": [path]} if path.is_file() else _parts(path, parquet_files(path))
    first = parts["training"][0]
    column = picture_column(first)
    if column is None:
        raise DataError(
            f"data file {str(first)!r} has no column of bytes, so no pictures; a folder of Parquet files is read for "
            "pictures: give the path of one file to read it as a table"
        )
    names = [each for each in _schema(first).names if each != column]
    wanted = names[label_column(names, label, first)]
    return Found(
        name=name or path.stem,
        source=str(path),
        albums={role: _album(files, column, wanted) for role, files in parts.items()},
        class_names=class_names or _stated_names(first, wanted),
        files=file_facts(file for files in parts.values() for file in files),
    )


def _parts(folder: Path, files: Sequence[Path]) -> Mapping[str, Sequence[Path]]:
    named = {
        role: [file for file in files if file.name.lower().startswith(names)]
        for role, names in _PARTS.items()
    }
    found = {role: inside for role, inside in named.items() if inside}
    if not found:
        return {"training": files}
    if "training" not in found:
        raise DataError(
            f"data folder {str(folder)!r} has no Parquet file whose name begins with 'train'; found "
            f"{', '.join(file.name for file in files[:5])}"
        )
    if "test" not in found and "validation" in found:
        found["test"] = found.pop("validation")
    return found


def _album(files: Sequence[Path], column: str, label: str) -> ParquetAlbum:
    tables = []
    for file in files:
        lacking = {column, label}.difference(_schema(file).names)
        if lacking:
            raise DataError(
                f"data file {str(file)!r} has no column {min(lacking)!r}, which {str(files[0])!r} has; "
                "all files of a data set need the same columns"
            )
        with parquet_file(file) as opened:
            tables.append(column_labels(opened.read(columns=[label]).column(0), label, file))
    ends = np.cumsum([len(labels) for labels in tables])
    return ParquetAlbum(tuple(files), tuple(ends.tolist()), column, np.concatenate(tables))


def _schema(path: Path) -> Any:
    with parquet_file(path) as file:
        return file.schema_arrow


def _holds_bytes(kind: Any) -> bool:
    from pyarrow import types

    if types.is_struct(kind):
        return any(field.name == "bytes" and _holds_bytes(field.type) for field in kind)
    return bool(types.is_binary(kind) or types.is_large_binary(kind))


def _encoded(column: Any, rows: NDArray[np.int64]) -> list[Encoded]:
    from pyarrow import types

    if types.is_struct(column.type):
        column = column.flatten()[column.type.get_field_index("bytes")]
    found: list[Encoded] = column.take(rows).to_pylist()
    return found


def _stated_names(path: Path, label: str) -> tuple[str, ...] | None:
    """Return the names of the classes that Hugging Face's library wrote beside the schema."""
    stated = (_schema(path).metadata or {}).get(b"huggingface")
    try:
        feature = json.loads(stated or "{}").get("info", {}).get("features", {}).get(label, {})
    except ValueError:
        return None
    names = feature.get("names") if isinstance(feature, dict) else None
    return tuple(map(str, names)) if names else None
