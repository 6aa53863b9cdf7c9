"""The text of a table, read by NumPy's own parser; the slow way only explains what is wrong."""

from __future__ import annotations

import csv
import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from wattlab.data.checks import feature_columns
from wattlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["read_csv_columns"]


def read_csv_columns(
    path: Path, find_label: Callable[[list[str]], int | None], wanted: Sequence[str] | None = None
) -> tuple[tuple[str, ...], NDArray[np.float64], NDArray[Any] | None]:
    """Return the names of the features, the features, and the labels.

    Parameters
    ----------
    path : Path
        A UTF-8 text file.
    find_label : callable
        Returns the index of the label column, given the names of all columns; None: there is none.
    wanted : sequence of str, optional
        Names of the features to read, in this order, whatever else there is; left out: all but the labels.

    Returns
    -------
    names : tuple of str
        Of the columns besides the labels.
    features : ndarray of shape (n_samples, n_features), float64
    labels : ndarray of shape (n_samples,), or None
        int64 where all are whole numbers, float64 where all are numbers, else text.

    Raises
    ------
    wattlab.errors.DataError
        If it is not such a table; row and column are named.
    """
    try:
        delimiter, names = _read_header(path)
        _check_header(names, path)
        index = find_label(names)
        columns = feature_columns(names, index, wanted, path)
        codes: dict[str, int] = {}
        ignored = frozenset(range(len(names))) - {*columns, index}
        table = _read_table(path, delimiter, len(names), index, codes, ignored)
    except OSError as error:
        raise DataError(f"data file {str(path)!r} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"data file {str(path)!r} is not UTF-8 text (byte {error.start}); save it as UTF-8"
        ) from error
    except csv.Error as error:
        raise DataError(f"data file {str(path)!r} is not a table of text: {error}") from error
    features = table if columns == list(range(len(names))) else table[:, columns]
    labels = None if index is None else _label_values(list(codes))[table[:, index].astype(np.int64)]
    return tuple(names[column] for column in columns), features, labels


def _read_header(path: Path) -> tuple[str, list[str]]:
    """Return the delimiter and the names of the columns."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        first = file.readline()
        if not first.strip():
            raise DataError(
                f"data file {str(path)!r} {'begins with an empty line' if first else 'is empty'}; "
                "expected a first row with the names of the columns"
            )
        delimiter = next((one for one in ",;\t" if one in first), ",")
        file.seek(0)
        return delimiter, [name.strip() for name in next(csv.reader(file, delimiter=delimiter))]


def _check_header(names: list[str], path: Path) -> None:
    repeated = sorted({name for name, times in Counter(names).items() if times > 1})
    if repeated:
        raise DataError(
            f"data file {str(path)!r}: two columns are named {repeated[0]!r}; give each its own name"
        )
    if all(map(_is_number, names)):
        raise DataError(
            f"data file {str(path)!r}: the first row holds numbers only; expected the names of the columns: "
            "put a row such as label,a,b,c above it"
        )


def _read_table(
    path: Path,
    delimiter: str,
    n_columns: int,
    index: int | None,
    codes: dict[str, int],
    ignored: frozenset[int],
) -> NDArray[np.float64]:
    """Return all cells as numbers; a label becomes the number under which `codes` keeps its text."""
    text = ignored if index is None else ignored | {index}
    try:
        table = _parse(path, delimiter, index, codes, ignored)
    except UnicodeDecodeError:
        raise
    except ValueError as error:
        raise _explain(path, delimiter, text, str(error)) from error
    if table.size == 0:
        raise DataError(
            f"data file {str(path)!r} holds names of columns but no rows; expected one row a sample"
        )
    if table.shape[1] != n_columns:
        raise _explain(path, delimiter, text, f"{table.shape[1]} columns under {n_columns} names")
    if index is not None and "" in codes:
        raise _missing(path, int(np.argmax(table[:, index] == codes[""])) + 2)
    return table


def _parse(
    path: Path, delimiter: str, index: int | None, codes: dict[str, int], ignored: frozenset[int]
) -> NDArray[np.float64]:
    def number(cell: str) -> int:
        return codes.setdefault(cell.strip(), len(codes))

    converters: dict[int | str, Callable[[str], int]] = dict.fromkeys(ignored, lambda _: 0)
    if index is not None:
        converters[index] = number

    with warnings.catch_warnings(action="ignore", category=UserWarning):  # no rows: the caller finds out
        return np.loadtxt(
            path,
            delimiter=delimiter,
            skiprows=1,
            comments=None,
            quotechar='"',
            converters=converters or None,
            encoding="utf-8-sig",
            ndmin=2,
        )


def _missing(path: Path, row: int) -> DataError:
    return DataError(f"data file {str(path)!r}: row {row} has no label; fill the gap or leave the row out")


def _explain(path: Path, delimiter: str, text: frozenset[int], reason: str) -> DataError:
    """Look for the first row or cell that is wrong; the header is row 1."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, delimiter=delimiter)
        names = [name.strip() for name in next(rows)]
        for number, row in enumerate(rows, start=2):
            problem = _row_problem(row, names, text, first=number == 2) if row else ""
            if problem:
                return DataError(f"data file {str(path)!r}: row {number}{problem}")
    return DataError(f"data file {str(path)!r} is not a table of numbers: {reason}")


def _row_problem(row: list[str], names: list[str], text: frozenset[int], *, first: bool) -> str:
    """Return what is wrong with a row, as the end of a sentence, or an empty string."""
    if len(row) != len(names):
        return f" has {len(row)} cells; expected {len(names)}, as many as the first row"
    for index, (name, cell) in enumerate(zip(names, row, strict=True)):
        if index in text or _is_number(cell):
            continue
        hint = f"; if column {name!r} is text, leave it out or replace it by numbers" if first else ""
        what = f"is {cell!r}" if cell.strip() else "is empty"
        return f", column {name!r} {what}; expected a number{hint}"
    return ""


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell


def _label_values(texts: list[str]) -> NDArray[Any]:
    """Return distinct labels as whole numbers if all are, else as numbers if all are, else as text."""
    if not all(map(_is_number, texts)):
        return np.array(texts, dtype=np.str_)
    values = np.array([float(text) for text in texts])
    whole = np.isfinite(values).all() and (values == np.round(values)).all() and (abs(values) < 2**53).all()
    return values.astype(np.int64) if whole else values
