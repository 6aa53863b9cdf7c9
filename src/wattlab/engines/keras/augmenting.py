"""Random changes of training images, where the batches are gathered: on the device, or on the host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from keras import ops

from wattlab.data.augmentation import augmented, draw

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.data.preparation import Prepared
    from wattlab.recipe.augmentation import Augmentation
    from wattlab.recipe.recipe import Recipe

__all__ = ["Changes"]

Tensor = Any


@dataclass(frozen=True)
class Changes:
    """What a recipe's augmentation does to flat images.

    Parameters
    ----------
    spec : Augmentation
    image_shape : (rows, columns, channels)
    seed : int
    """

    spec: Augmentation
    image_shape: tuple[int, int, int]
    seed: int

    @classmethod
    def of(cls, recipe: Recipe, data: Prepared) -> Changes | None:
        """Return what a recipe asks for; None: nothing."""
        if not recipe.augmentation.is_on or data.image_shape is None:
            return None
        return cls(recipe.augmentation, data.image_shape, recipe.seed)

    def draws(self, epoch: int, n_samples: int) -> NDArray[np.int32]:
        """Return what changes each sample in an epoch, shape (n_samples, 5)."""
        drawn = draw(self.spec, self.image_shape, self.seed, epoch, n_samples)
        return drawn.astype(np.int32)

    def on_host(self, features: NDArray[Any], draws: NDArray[np.int32]) -> NDArray[Any]:
        """Return changed features of shape (n_samples, n_features)."""
        images = features.reshape(-1, *self.image_shape)
        return augmented(self.spec, images, draws.astype(np.int64)).reshape(features.shape)

    def on_device(self, features: Tensor, draws: Tensor) -> Tensor:
        """Return the same by the backend's operations."""
        rows, columns, channels = self.image_shape
        flip, down, right, cut_row, cut_column = (draws[:, index, None] for index in range(5))
        row, column = ops.arange(rows, dtype="int32"), ops.arange(columns, dtype="int32")
        shown = _square(_within(row - down, rows), _within(column - right, columns))
        if self.spec.cutout:
            half, side = self.spec.cutout // 2, self.spec.cutout
            cut = _square(_within(row - cut_row + half, side), _within(column - cut_column + half, side))
            shown = ops.logical_and(shown, ops.logical_not(cut))
        from_row, from_column = ops.clip(row - down, 0, rows - 1), column - right
        from_column = ops.where(flip == 1, columns - 1 - from_column, from_column)
        from_column = ops.clip(from_column, 0, columns - 1)
        images = _taken(ops.reshape(features, (-1, channels)), from_row, from_column)
        return ops.reshape(
            ops.where(shown[..., None], images, ops.zeros_like(images)), (-1, rows * columns * channels)
        )


def _within(place: Tensor, length: int) -> Tensor:
    return ops.logical_and(place >= 0, place < length)


def _square(rows: Tensor, columns: Tensor) -> Tensor:
    return ops.logical_and(rows[:, :, None], columns[:, None, :])


def _taken(pixels: Tensor, row: Tensor, column: Tensor) -> Tensor:
    """Return pixels of all images by row and column of each; `pixels` are those of one image after the other."""
    (_, rows), (_, columns) = row.shape, column.shape
    first = ops.arange(ops.shape(row)[0], dtype="int32")[:, None, None] * (rows * columns)
    return ops.take(pixels, first + row[:, :, None] * columns + column[:, None, :], axis=0)
