"""What every reduction of features can do once it is fitted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import DTypeLike, NDArray

__all__ = ["Reducer"]


class Reducer(Protocol):
    """Fewer features; each one is frozen."""

    @property
    def kind(self) -> str:
        """Name under which it is stored."""

    @property
    def n_features_out(self) -> int:
        """Features that are left."""

    @property
    def keeps_bytes(self) -> bool:
        """Whether pixels stay pixels, so that bytes can stay bytes."""

    def apply(self, features: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
        """Return what is left of the features.

        Parameters
        ----------
        features : ndarray of shape (n_samples, n_features)
            After the scaling before it.
        dtype : dtype
            Of what is computed, uint8 for bytes that stay bytes; features that are only chosen keep their own.

        Returns
        -------
        ndarray of shape (n_samples, n_features_out)
        """

    def image_shape(self, before: tuple[int, int, int] | None) -> tuple[int, int, int] | None:
        """Return rows, columns and channels of what is left; None: no image.

        Parameters
        ----------
        before : (int, int, int) or None
            Of the samples that it takes, where they are images.
        """

    def affine(self) -> tuple[NDArray[np.floating], NDArray[np.floating]] | None:
        """Return matrix and offset for which it is ``features @ matrix + offset``; None: it is not linear.

        Returns
        -------
        ndarray of shape (n_features, n_features_out), ndarray of shape (n_features_out,)
            Exact but for the rounding of bytes that stay bytes.
        """

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return all it knows, for `wattlab.data.reduction.fitting.reducer_from_arrays`."""
