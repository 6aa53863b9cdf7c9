"""Samples to predict for: the files that can be learned from, with or without labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wattlab.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["read_features"]


def read_features(path: Path, label: str | None) -> NDArray[Any]:
    """Return the features of a file, its labels left out if it has any.

    Parameters
    ----------
    path : Path
        A .csv, .npz, .parquet or IDX file.
    label : str or None
        Column or array of the labels; None: the usual names.

    Returns
    -------
    ndarray of shape (n_samples, n_features)

    Raises
    ------
    wattlab.errors.DataError
        If it cannot be read, or holds anything but finite numbers.
    """
