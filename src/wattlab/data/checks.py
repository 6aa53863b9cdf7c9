"""What every array of a data set must hold, whoever read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wattlab.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["check_features", "check_lengths", "feature_columns", "find_non_finite", "frozen"]

_LISTED = 20


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """Return a read-only view."""
    view = array.view()
    view.flags.writeable = False
    return view


def check_lengths(features: NDArray[Any], labels: NDArray[Any], where: str = "data") -> None:
    """Refuse arrays that hold no samples or do not belong together; `where` begins the message.

    Raises
    ------
    wattlab.errors.DataError
        If `features` is not of shape (n_samples, n_features) with at least one of each, or `labels` does
        not have one row a sample.
    """
    if features.ndim != 2:
        raise DataError(
            f"{where}: the features have shape {features.shape}; expected (n_samples, n_features)"
        )
    if features.shape[0] == 0:
        raise DataError(f"{where}: there are no samples; expected at least one")
    if features.shape[1] == 0:
        raise DataError(f"{where}: there are no features besides the labels; expected at least one")
    if labels.ndim == 0 or labels.shape[0] != features.shape[0]:
        count = "no" if labels.ndim == 0 else str(labels.shape[0])
        raise DataError(
            f"{where}: {features.shape[0]} samples but {count} labels; expected one label a sample"
        )


def check_features(features: NDArray[Any], names: Sequence[str], where: str, first_row: int = 0) -> None:
    """Refuse features that are no numbers, NaN or infinite.

    Parameters
    ----------
    features : ndarray of shape (n_samples, n_features)
        Of one part.
    names : sequence of str
        One name a feature.
    where : str
        Begins the message.
    first_row : int
        What the source calls its first sample.

    Raises
    ------
    wattlab.errors.DataError
        Naming row and column.
    """
    if features.dtype.kind not in "fiub":
        raise DataError(f"{where}: the features are {features.dtype}; expected real numbers")
    place = find_non_finite(features)
    if place is not None:
        row, column = place
        raise DataError(
            f"{where}: row {row + first_row}{' (counting from 0)' * (first_row == 0)}, column "
            f"{names[column]!r} is {features[row, column]}; expected a finite number: "
            "fill the gap or leave the row out"
        )


def find_non_finite(features: NDArray[Any]) -> tuple[int, int] | None:
    """Return row and column of the first NaN or infinity, or None.

    A finite sum proves that all terms are finite; only when it is not are they looked at one by one.
    """
    if features.dtype.kind != "f":
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        total = features.sum()
    if np.isfinite(total):
        return None
    places = np.argwhere(~np.isfinite(features))
    return (int(places[0, 0]), int(places[0, 1])) if len(places) else None


def feature_columns(
    names: Sequence[str], label: int | None, wanted: Sequence[str] | None, path: Path
) -> list[int]:
    """Return the indices of a table's columns that are features, in the order of `wanted` if that is given.

    Parameters
    ----------
    names : sequence of str
        Of all columns.
    label : int or None
        Index of the column of labels, if there is one.
    wanted : sequence of str or None
        Names of the features; None: all columns but the labels.
    path : Path
        Of the table, for the message.

    Raises
    ------
    wattlab.errors.DataError
        If the table lacks some of them; they are listed.
    """
    if wanted is None:
        return [index for index in range(len(names)) if index != label]
    places = {name: index for index, name in enumerate(names)}
    lacking = [name for name in wanted if name not in places]
    if lacking:
        raise DataError(
            f"data file {str(path)!r} has no column {_listed(lacking)}; expected the {len(wanted)} features "
            f"that were learned from, {_listed(wanted)}, in any order; its columns are {_listed(names)}"
        )
    return [places[name] for name in wanted]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:_LISTED])) + ", …" * (len(names) > _LISTED)
