"""What a reader found, before classes are numbered and parts are cut."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from wattlab.data.names import NumberedNames, PixelNames

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["RawData", "Samples", "flat_samples"]


@dataclass(frozen=True, eq=False)
class Samples:
    """Features of shape (n_samples, n_features) and labels of any dtype, one row a sample."""

    features: NDArray[Any]
    labels: NDArray[Any]


@dataclass(frozen=True, eq=False)
class RawData:
    """Parts as a reader found them.

    Parameters
    ----------
    name : str
        Name in the catalog, or the file's.
    source : str
        Where it was found.
    train : Samples
    test, validation : Samples or None
        None where the source has no such part of its own.
    feature_names : tuple of str, or None
        None: they are numbered.
    class_names : tuple of str, or None
        Names of the labels 0, 1, …, where the source has names.
    image_shape : (int, int, int) or None
        Rows, columns and channels, where a sample is an image; channels run fastest.
    first_row : int
        What the source calls its first sample, for messages.
    """

    name: str
    source: str
    train: Samples
    test: Samples | None = None
    validation: Samples | None = None
    feature_names: tuple[str, ...] | None = None
    class_names: tuple[str, ...] | None = None
    image_shape: tuple[int, int, int] | None = None
    first_row: int = 0

    def names(self) -> Sequence[str]:
        """Return one name a feature: the source's own, or made from their numbers."""
        if self.feature_names is not None:
            return self.feature_names
        if self.image_shape is not None:
            return PixelNames(self.image_shape)
        return NumberedNames(self.train.features.shape[1])


def flat_samples(features: NDArray[Any], labels: NDArray[Any]) -> tuple[Samples, tuple[int, int, int] | None]:
    """Return samples with flat features, and the image shape if each was a matrix, or several: its channels."""
    shape = features.shape[1:]
    if len(shape) > 1:
        features = features.reshape(len(features), int(np.prod(shape)))
    image_shape = (*shape, 1)[:3] if len(shape) in {2, 3} else None
    return Samples(features, labels), image_shape
