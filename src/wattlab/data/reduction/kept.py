"""Fewer features: those that never change over the training part teach nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from wattlab.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["varying_features"]


def varying_features(features: NDArray[Any]) -> NDArray[np.int64]:
    """Return the indices of the features that take more than one value.

    Parameters
    ----------
    features : ndarray of shape (n_samples, n_features)
        Of the training part.

    Returns
    -------
    ndarray of shape (n_kept,), int64
        In increasing order.

    Raises
    ------
    wattlab.errors.DataError
        If all are constant.

    Examples
    --------
    >>> varying_features(np.array([[0, 1, 7], [0, 2, 7]]))
    array([1])
    """
    kept = np.flatnonzero(features.min(axis=0) != features.max(axis=0))
    if kept.size == 0:
        raise DataError(
            "preparation.reduction 'drop-constant' leaves no features: every one of them is constant over "
            "the training part; check the data, or set preparation.reduction.kind = 'none'"
        )
    return kept
