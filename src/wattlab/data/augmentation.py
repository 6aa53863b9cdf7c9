"""What changes each training image in an epoch: a pure function of seed, epoch and sample, shared by all engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wattlab.errors import RecipeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.recipe.augmentation import Augmentation

__all__ = ["COLUMNS", "augmented", "check_augmentation", "draw"]

COLUMNS: Final = ("flip", "down", "right", "cut_row", "cut_column")
"""What `draw` gives for each sample."""
_STREAM: Final = 2
"""Apart from the streams of the initial weights and of the order."""


def draw(
    spec: Augmentation, image_shape: tuple[int, int, int], seed: int, epoch: int, n_samples: int
) -> NDArray[np.int64]:
    """Return what changes each sample in an epoch.

    Parameters
    ----------
    spec : Augmentation
        The recipe's.
    image_shape : (int, int, int)
        Rows, columns, channels.
    seed : int
        The recipe's.
    epoch : int
        0-based.
    n_samples : int
        Of the training part.

    Returns
    -------
    ndarray of shape (n_samples, 5), int64
        Columns as `COLUMNS`: whether it is mirrored (0 or 1), by how many pixels it moves down and right, and the
        centre of the square that is cut out.

    Examples
    --------
    >>> from wattlab.recipe.augmentation import Augmentation
    >>> draws = draw(Augmentation(flip=True, shift=4), (32, 32, 3), seed=0, epoch=0, n_samples=1000)
    >>> draws.shape, int(abs(draws[:, 1:3]).max())
    ((1000, 5), 4)
    """
    rows, columns, _ = image_shape
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_STREAM, epoch)))
    found = np.zeros((n_samples, len(COLUMNS)), np.int64)
    found[:, 0] = rng.integers(0, 2, n_samples) * spec.flip
    found[:, 1:3] = rng.integers(-spec.shift, spec.shift + 1, (n_samples, 2))
    found[:, 3] = rng.integers(0, rows, n_samples)
    found[:, 4] = rng.integers(0, columns, n_samples)
    return found


def augmented(spec: Augmentation, images: NDArray[Any], draws: NDArray[np.int64]) -> NDArray[Any]:
    """Return changed images: the reference that the engines' own ways are held against.

    A pixel (r, c) of the result comes from row r − down, and from column c − right of the image, which was mirrored
    before if so drawn; it is zero where that lies outside, and within the square of side `cutout` whose rows begin at
    cut_row − cutout // 2 and whose columns begin at cut_column − cutout // 2.

    Parameters
    ----------
    spec : Augmentation
        The recipe's.
    images : ndarray of shape (n_samples, rows, columns, channels)
        As they were.
    draws : ndarray of shape (n_samples, 5)
        From `draw`, of these samples.
    """
    _, rows, columns, _ = images.shape
    flip, down, right, cut_row, cut_column = (draws[:, index, None] for index in range(len(COLUMNS)))
    row, column = np.arange(rows) - down, np.arange(columns) - right
    inside = ((row >= 0) & (row < rows))[:, :, None] & ((column >= 0) & (column < columns))[:, None, :]
    column = np.where(flip == 1, columns - 1 - column, column)
    taken = images[
        np.arange(len(images))[:, None, None],
        row.clip(0, rows - 1)[:, :, None],
        column.clip(0, columns - 1)[:, None, :],
    ]
    from_row = np.arange(rows) - (cut_row - spec.cutout // 2)
    from_column = np.arange(columns) - (cut_column - spec.cutout // 2)
    cut = ((from_row >= 0) & (from_row < spec.cutout))[:, :, None] & (
        (from_column >= 0) & (from_column < spec.cutout)
    )[:, None, :]
    changed: NDArray[Any] = np.where((inside & ~cut)[..., None], taken, np.zeros((), images.dtype))
    return changed


def check_augmentation(spec: Augmentation, image_shape: tuple[int, int, int] | None) -> None:
    """Raise unless the data are images, and not smaller than what is moved or cut out.

    Raises
    ------
    wattlab.errors.RecipeError
        Names the field.
    """
    if not spec.is_on:
        return
    if image_shape is None:
        raise RecipeError(
            "augmentation changes images, but the data has none, or preparation.reduction took pixels away; "
            "leave augmentation out"
        )
    least = min(image_shape[:2])
    for name, size in {"shift": spec.shift, "cutout": spec.cutout}.items():
        if size >= least:
            raise RecipeError(
                f"augmentation.{name} is {size} pixels, but the images are {image_shape[0]} × {image_shape[1]}; "
                f"expected fewer than {least}"
            )
