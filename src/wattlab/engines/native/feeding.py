"""Bringing samples into the network's input buffer: gathered, scaled and converted on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Feed"]


class Feed:
    """Rows of a feature matrix as floating-point input.

    Parameters
    ----------
    features : ndarray of shape (n_samples, n_features)
        Floating-point numbers, or bytes that stay bytes until they are gathered.
    byte_scale : float or None
        Factor for bytes.
    n_rows : int
        Most rows in one call.
    """

    def __init__(self, features: NDArray[np.generic], byte_scale: float | None, n_rows: int) -> None:
        self.features = features
        self.byte_scale = byte_scale
        self.gathered = np.empty((n_rows if byte_scale is not None else 0, features.shape[1]), features.dtype)

    def gather(self, rows: NDArray[np.int64], out: Any) -> None:
        """Write the features of `rows` into `out`, shape (n_rows, n_features)."""
        if self.byte_scale is None:
            self.features.take(rows, 0, out, "clip")
            return
        gathered = self.gathered[: len(rows)]
        self.features.take(rows, 0, gathered, "clip")
        np.multiply(gathered, out.dtype.type(self.byte_scale), out=out)

    def slice(self, start: int, stop: int, out: Any) -> None:
        """Write the features of consecutive rows into `out`."""
        if self.byte_scale is None:
            out[...] = self.features[start:stop]
        else:
            np.multiply(self.features[start:stop], out.dtype.type(self.byte_scale), out=out)
