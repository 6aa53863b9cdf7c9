"""Images of lower resolution: the mean of each square of pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from wattlab.data.memory import check_memory
from wattlab.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

    from wattlab.recipe.preparation import MeanPool

__all__ = ["Pooled", "fit_pool"]

_BLOCK_B: Final = 1 << 22
"""Of samples as float64 that are pooled at a time, so that what is added up stays in the cache."""


@dataclass(frozen=True)
class Pooled:
    """The mean of each square of pixels, channel by channel.

    Parameters
    ----------
    factor : int
        Rows and columns of a square.
    shape : (int, int, int)
        Rows, columns and channels of the images that it takes.
    """

    factor: int
    shape: tuple[int, int, int]
    kind: ClassVar = "pooled"
    keeps_bytes: ClassVar = True

    @property
    def n_features_out(self) -> int:
        """Numbers of a smaller image."""
        return int(np.prod(self._smaller))

    @property
    def _smaller(self) -> tuple[int, int, int]:
        rows, columns, channels = self.shape
        return rows // self.factor, columns // self.factor, channels

    def apply(self, features: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
        """Return the means in `dtype`; as uint8 they are rounded to the nearest, halves up."""
        out = np.empty((len(features), self.n_features_out), dtype)
        rows = max(1, _BLOCK_B // (8 * int(np.prod(self.shape))))
        for start in range(0, len(features), rows):
            block = slice(start, start + rows)
            out[block] = self._means(features[block], out.dtype).reshape(-1, self.n_features_out)
        return out

    def _means(self, features: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
        """Return the means as (sample, row, column, channel)."""
        rows, columns, channels = self._smaller
        squares = features.reshape(len(features), rows, self.factor, columns, self.factor, channels)
        size = self.factor**2
        means: NDArray[Any] = (
            (squares.sum(axis=(2, 4), dtype=np.uint32) + size // 2) // size
            if dtype == np.uint8
            else squares.mean(axis=(2, 4), dtype=dtype)
        )
        return means

    def image_shape(self, before: tuple[int, int, int] | None) -> tuple[int, int, int]:  # noqa: ARG002 (it knows)
        """Return the shape of the smaller images."""
        return self._smaller

    def affine(self) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """Return a matrix with 1 / factor² for the pixels of a square, and no offset.

        Raises
        ------
        wattlab.errors.DataError
            If the matrix does not fit into memory.
        """
        n_features, n_out = int(np.prod(self.shape)), self.n_features_out
        check_memory("the matrix of mean pooling", n_features * n_out * 8, "take smaller images")
        squares = np.broadcast_to(
            np.arange(n_out).reshape(self._smaller)[:, None, :, None, :],
            (self._smaller[0], self.factor, self._smaller[1], self.factor, self._smaller[2]),
        )
        matrix = np.zeros((n_features, n_out))
        matrix[np.arange(n_features), squares.reshape(-1)] = 1 / self.factor**2
        return matrix, np.zeros(n_out)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return factor and shape."""
        return {"factor": np.array([self.factor], np.int64), "shape": np.array(self.shape, np.int64)}

    @classmethod
    def from_arrays(cls, factor: NDArray[np.int64], shape: NDArray[np.int64]) -> Pooled:
        """Return what `to_arrays` was called on."""
        rows, columns, channels = shape.tolist()
        return cls(int(factor[0]), (rows, columns, channels))


def fit_pool(spec: MeanPool, image_shape: tuple[int, int, int] | None) -> Pooled:
    """Return pooling for images of a shape.

    Parameters
    ----------
    spec : MeanPool
        From the recipe.
    image_shape : (int, int, int) or None
        Rows, columns and channels; None: the data are no images.

    Raises
    ------
    wattlab.errors.DataError
        If they are none, or the factor does not divide rows and columns.
    """
    if image_shape is None:
        raise DataError(
            "preparation.reduction.kind is 'pool', which needs images, but the data has none; "
            "take 'pca', 'clusters' or 'random-projection'"
        )
    rows, columns, _ = image_shape
    if rows % spec.factor or columns % spec.factor:
        fitting = [one for one in range(2, min(rows, columns) + 1) if rows % one == columns % one == 0]
        right = f"set it to {_listed(fitting)}" if fitting else "no factor divides both; take 'pca'"
        raise DataError(
            f"preparation.reduction.factor is {spec.factor}, which does not divide images of {rows} × {columns} "
            f"pixels; {right}"
        )
    return Pooled(spec.factor, image_shape)


def _listed(numbers: list[int]) -> str:
    *others, last = map(str, numbers)
    return f"{', '.join(others)} or {last}" if others else last
