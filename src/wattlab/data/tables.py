"""Tables with one row a sample and named columns: ``.csv``, ``.tsv`` and ``.parquet``."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from wattlab.data.checks import feature_columns
from wattlab.data.csv_text import read_csv_columns
from wattlab.data.raw import RawData, Samples
from wattlab.errors import DataError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = [
    "column_labels",
    "find_label_column",
    "label_column",
    "parquet_file",
    "read_csv",
    "read_parquet",
    "read_parquet_columns",
]

_USUAL_LABELS = ("label", "y", "target")


def read_csv(path: Path, label: str | None) -> RawData:
    """Read a text table whose first row names the columns.

    Columns are parted by commas, semicolons or tabs, whichever the first row has. All columns but the
    label must be numbers; the label may be text. Labels that are all whole numbers are read as such.

    Parameters
    ----------
    path : Path
        The file, UTF-8.
    label : str or None
        Column of the labels; None: "label", "y" or "target", whichever exists.

    Raises
    ------
    wattlab.errors.DataError
        If it is empty, has no header, a row is ragged, a cell is no number (with row and column), or
        the label column is missing. Rows are counted as spreadsheets do: the header is row 1.
    """
    names, features, labels = read_csv_columns(path, lambda names: label_column(names, label, path))
    assert labels is not None
    return RawData(path.stem, str(path), Samples(features, labels), feature_names=names, first_row=2)


def label_column(names: Sequence[str], label: str | None, path: Path) -> int:
    """Return the index of the column that holds the labels.

    Raises
    ------
    wattlab.errors.DataError
        If there is none; the columns that exist are listed.
    """
    index = find_label_column(names, label)
    if index is not None:
        return index
    listed = ", ".join(names[:20]) + ", …" * (len(names) > 20)
    wanted = f"named {label!r}" if label is not None else "named 'label', 'y' or 'target'"
    raise DataError(
        f"data file {str(path)!r} has no column {wanted}; its columns are {listed}: "
        "say with data.label which one holds the labels"
    )


def find_label_column(names: Sequence[str], label: str | None) -> int | None:
    """Return the index of the column that holds the labels, or None if there is none."""
    wanted = _USUAL_LABELS if label is None else (label,)
    return next((list(names).index(name) for name in wanted if name in names), None)


def read_parquet(path: Path, label: str | None) -> RawData:
    """Read a Parquet file; columns as in `read_csv`, and number types are kept.

    Parameters
    ----------
    path : Path
        The file.
    label : str or None
        Column of the labels; None: "label", "y" or "target", whichever exists.

    Raises
    ------
    wattlab.errors.DataError
        If it is damaged, a column besides the label holds no numbers, or cells are missing.
    wattlab.errors.MissingExtraError
        If pyarrow is not installed.
    """
    names, features, labels = read_parquet_columns(path, lambda names: label_column(names, label, path))
    assert labels is not None
    return RawData(path.stem, str(path), Samples(features, labels), feature_names=names)


def read_parquet_columns(
    path: Path, find_label: Callable[[list[str]], int | None], wanted: Sequence[str] | None = None
) -> tuple[tuple[str, ...], NDArray[Any], NDArray[Any] | None]:
    """Return the names of the features, the features, and the labels, as `read_csv_columns` does."""
    with parquet_file(path) as file:
        table = file.read()
    names = list(table.column_names)
    index = find_label(names)
    kept = {number: names[number] for number in feature_columns(names, index, wanted, path)}
    columns = [_numbers(table.column(number), name, path) for number, name in kept.items()]
    features = np.column_stack(columns) if columns else np.empty((table.num_rows, 0))
    labels = None if index is None else column_labels(table.column(index), names[index], path)
    return tuple(kept.values()), features, labels


@contextmanager
def parquet_file(path: Path) -> Iterator[Any]:
    """Open a Parquet file for the block that reads it.

    Raises
    ------
    wattlab.errors.DataError
        If it is damaged, be it noticed on opening or on reading.
    wattlab.errors.MissingExtraError
        If pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError("pyarrow", "parquet", "reading a .parquet file") from error
    try:
        # Not memory-mapped: the file may change while the arrays live.
        with parquet.ParquetFile(path, memory_map=False) as file:
            yield file
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"data file {str(path)!r} is damaged or no Parquet file ({error}); fetch or write it again"
        ) from error


def _numbers(column: Any, name: str, path: Path) -> NDArray[Any]:
    from pyarrow import types

    kind = column.type
    if not (types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)):
        raise DataError(
            f"data file {str(path)!r}: column {name!r} holds {kind}; features must be numbers: "
            "leave the column out or replace it by numbers"
        )
    _no_gaps(column, name, path)
    return np.asarray(column.to_numpy())


def column_labels(column: Any, name: str, path: Path) -> NDArray[Any]:
    """Return the labels of a column, numbers or text.

    Raises
    ------
    wattlab.errors.DataError
        If it holds something else, or cells are missing.
    """
    from pyarrow import types

    kind = column.type.value_type if types.is_dictionary(column.type) else column.type
    if not (types.is_string(kind) or types.is_large_string(kind)):
        return _numbers(column, name, path)
    _no_gaps(column, name, path)
    return np.array(column.to_pylist(), dtype=np.str_)


def _no_gaps(column: Any, name: str, path: Path) -> None:
    if column.null_count:
        row = column.is_null().to_pylist().index(True)
        raise DataError(
            f"data file {str(path)!r}: row {row} (counting from 0), column {name!r} is missing; "
            "fill the gap or leave the row out"
        )
