"""Many small images in one picture, and where each of them lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wattlab.views.plots.marks import Note, Picture

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Mosaic", "mosaic"]

_MOST_OF_BYTES = 255


class Mosaic(NamedTuple):
    """Images in rows and columns.

    Attributes
    ----------
    picture : Picture
        All of them, with empty pixels between.
    cell : (int, int)
        Height and width of an image with the space around it. Unit: pixel.
    shape : (int, int)
        Height and width of an image. Unit: pixel.
    n_columns : int
    """

    picture: Picture
    cell: tuple[int, int]
    shape: tuple[int, int]
    n_columns: int

    def below(self, place: int, text: str, size: float) -> Note:
        """Return a text below an image; `place` counts from 0, row after row."""
        row, column = divmod(place, self.n_columns)
        height, width = self.shape
        middle = (height + self.cell[0]) / 2
        return Note(
            column * self.cell[1] + width / 2 - 0.5,
            row * self.cell[0] + middle - 0.5,
            text,
            anchor="centre",
            size=size,
        )


def mosaic(
    samples: NDArray[np.floating[Any]],
    image_shape: tuple[int, int, int],
    n_columns: int,
    *,
    gap: tuple[float, float] = (0.1, 0.1),
    span: tuple[float, float] | None = None,
) -> Mosaic:
    """Lay images out row after row.

    Parameters
    ----------
    samples : ndarray of shape (n_samples, n_features)
        Pixels, channels running fastest; NaN: nothing.
    image_shape : (int, int, int)
        Rows, columns and channels of each. Three channels are red, green and blue; of any other number the mean is
        shown.
    n_columns : int
        Images side by side.
    gap : (float, float)
        Empty space below and to the right of each, as shares of its height and width.
    span : (float, float), optional
        Values of black and white; left out: the least and the largest there are.
    """
    height, width, channels = image_shape
    images = np.asarray(samples, np.float64).reshape(len(samples), height, width, channels)
    images = _coloured(images) if channels == 3 else images.mean(axis=3, keepdims=True)
    cell = (height + max(1, round(gap[0] * height)), width + max(1, round(gap[1] * width)))
    n_rows = -(-len(images) // n_columns)
    canvas = np.full((n_rows * cell[0], n_columns * cell[1], images.shape[3]), np.nan)
    for place, image in enumerate(images):
        top, left = (place // n_columns) * cell[0], (place % n_columns) * cell[1]
        canvas[top : top + height, left : left + width] = image
    pixels = canvas if channels == 3 else canvas[..., 0]
    return Mosaic(Picture(pixels, span=span), cell, (height, width), n_columns)


def _coloured(images: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return red, green and blue between 0 and 1, be they bytes or not."""
    most = np.nanmax(images, initial=0.0)
    return np.clip(images / (_MOST_OF_BYTES if most > 1 else 1), 0, 1)
