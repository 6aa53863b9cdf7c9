"""Bringing samples to the arrays, and into the network's input buffer: gathered, scaled, converted on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.data.preparation import PreparedPart
    from wattlab.engines.native.arrays import Array, Arrays
    from wattlab.engines.native.choice import Formats

__all__ = ["Feed", "Samples", "gather_samples", "one_hot"]


class Samples(NamedTuple):
    """A part of the data as the network takes it, in arrays of the table in use.

    Parameters
    ----------
    features : array of shape (n_samples, n_features)
        Floating-point numbers, or bytes.
    byte_scale : float or None
        What bytes are multiplied by when they are gathered.
    targets : array of shape (n_samples, n_outputs)
    labels : array of shape (n_samples,)
        Class indices; not used for regression.
    weights : array of shape (n_samples, 1), or None
        How much each sample counts in the loss; None: each once.
    """

    features: Array
    byte_scale: float | None
    targets: Array
    labels: Array
    weights: Array | None = None


def gather_samples(
    xp: Arrays, formats: Formats, part: PreparedPart, byte_scale: float | None, targets: NDArray[np.floating]
) -> Samples:
    """Bring a part of the data to where the arrays live.

    Bytes stay bytes until a batch is gathered, but for a compute format of two bytes: there they are converted once,
    as the conversion of each batch would cost more than reading twice as much.

    Parameters
    ----------
    xp : Arrays
        Where to.
    formats : Formats
        Features in the compute format, all else in the master format.
    part : PreparedPart
        What is brought.
    byte_scale : float or None
        Factor for features that are bytes.
    targets : ndarray of shape (n_samples, n_outputs)
        Made of the part's labels.
    """
    as_bytes = part.features.dtype == np.uint8
    features = xp.of_numpy(part.features, None if as_bytes else formats.compute)
    if byte_scale is not None and formats.mixed:
        converted = xp.empty(tuple(features.shape), formats.compute)
        xp.scale_bytes(features, byte_scale, converted)
        features, byte_scale = converted, None
    classifies = part.labels.dtype.kind in "iu"
    labels = part.labels.astype(np.int64) if classifies else np.zeros(len(part.labels), np.int64)
    weights = None if part.sample_weight is None else part.sample_weight.reshape(-1, 1)
    return Samples(
        features,
        byte_scale,
        xp.of_numpy(targets, formats.master),
        xp.of_numpy(labels, "int64"),
        None if weights is None else xp.of_numpy(weights, formats.master),
    )


def one_hot(labels: NDArray[np.int64], n_classes: int, dtype: str, smoothing: float) -> NDArray[np.floating]:
    """Return targets y (1 − ε) + ε/K of shape (n_samples, n_classes) for class indices."""
    targets = np.full((len(labels), n_classes), smoothing / n_classes, dtype)
    targets[np.arange(len(labels)), labels] += 1 - smoothing
    return targets


class Feed:
    """Rows of a feature matrix as floating-point input.

    Parameters
    ----------
    xp : Arrays
    features : array of shape (n_samples, n_features)
        Floating-point numbers, or bytes that stay bytes until they are gathered.
    byte_scale : float or None
        Factor for bytes.
    n_rows : int
        Most rows that `gather` is asked for.
    """

    def __init__(self, xp: Arrays, features: Array, byte_scale: float | None, n_rows: int) -> None:
        self.arrays, self.features, self.byte_scale = xp, features, byte_scale
        self._bytes = xp.empty((n_rows if byte_scale is not None else 0, features.shape[1]), "uint8")

    def gather(self, rows: Array, out: Array) -> None:
        """Write the features of `rows` into `out`, shape (n_rows, n_features)."""
        if self.byte_scale is None:
            self.arrays.take(self.features, rows, out)
            return
        gathered = self._bytes[: len(rows)]
        self.arrays.take(self.features, rows, gathered)
        self.arrays.scale_bytes(gathered, self.byte_scale, out)

    def slice(self, start: int, stop: int, out: Array) -> None:
        """Write the features of consecutive rows into `out`."""
        if self.byte_scale is None:
            self.arrays.assign(out, self.features[start:stop])
        else:
            self.arrays.scale_bytes(self.features[start:stop], self.byte_scale, out)
