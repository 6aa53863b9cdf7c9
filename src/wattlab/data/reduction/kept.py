"""Some of the features: those that never change over the training part teach nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from wattlab.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

__all__ = ["Kept", "varying_features"]


@dataclass(frozen=True, eq=False)
class Kept:
    """Some of the features as they are.

    Parameters
    ----------
    columns : ndarray of shape (n_kept,), int64
        Indices of those that go on, in increasing order.
    n_features : int
        How many there are before.
    """

    columns: NDArray[np.int64]
    n_features: int
    kind: ClassVar = "kept"
    keeps_bytes: ClassVar = True

    @property
    def n_features_out(self) -> int:
        """Features that go on."""
        return int(self.columns.size)

    def apply(self, features: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:  # noqa: ARG002 (nothing is computed)
        """Return the columns, in the features' own number format."""
        return np.take(features, self.columns, axis=1)

    def image_shape(self, before: tuple[int, int, int] | None) -> tuple[int, int, int] | None:
        """Return the shape where no pixel is missing."""
        return before if self.n_features_out == self.n_features else None

    def affine(self) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """Return a matrix that chooses, and no offset."""
        return np.eye(self.n_features)[:, self.columns], np.zeros(self.n_features_out)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return columns and number of features."""
        return {"columns": self.columns, "n_features": np.array([self.n_features], np.int64)}

    @classmethod
    def from_arrays(cls, columns: NDArray[np.int64], n_features: NDArray[np.int64]) -> Kept:
        """Return what `to_arrays` was called on."""
        return cls(columns, int(n_features[0]))


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
