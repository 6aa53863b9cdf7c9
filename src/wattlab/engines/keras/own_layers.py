"""Layers that Keras does not have, or has otherwise on one of its backends."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

__all__ = ["EvenAverage", "Sampled"]

Tensor = Any


class Sampled(keras.layers.Layer):
    """Draw z from N(mean, variance), of which means and log-variances come in, and tell how far that is from N(0, 1).

    Parameters
    ----------
    kl_weight : float
        Factor on the divergence.
    noise : float
        Factor on the standard deviation.
    **common
        What every layer of Keras takes.
    """

    def __init__(self, kl_weight: float, noise: float, **common: Any) -> None:
        super().__init__(**common)
        self.kl_weight, self.noise = kl_weight, noise
        self.seed_generator = keras.random.SeedGenerator(0)

    def call(self, x: Tensor, training: bool | None = None) -> tuple[Tensor, Tensor]:  # noqa: FBT001 (Keras' signature)
        """Return z of shape (n_samples, n) and kl_weight · KL of each sample, for x of shape (n_samples, 2n)."""
        mean, log_variance = ops.split(x, 2, axis=-1)
        terms = ops.square(mean) + ops.exp(log_variance) - 1.0 - log_variance
        divergence = self.kl_weight * (0.5 * ops.sum(terms, axis=-1))
        if not training or not self.noise:
            return mean, divergence
        drawn = keras.random.normal(ops.shape(mean), dtype=self.compute_dtype, seed=self.seed_generator)
        return mean + self.noise * ops.exp(0.5 * log_variance) * drawn, divergence


class EvenAverage(keras.layers.Layer):
    """Average pooling with padding "same" that counts no pixel outside the image.

    On torch, Keras repeats the pixels at the edge and counts them; on its other backends it does not.

    Parameters
    ----------
    size, stride : (int, int)
        Of rows and of columns.
    **common
        What every layer of Keras takes.
    """

    def __init__(self, size: tuple[int, int], stride: tuple[int, int], **common: Any) -> None:
        super().__init__(**common)
        self.size, self.stride = size, stride
        self.padding: Any = ()
        self.factor: Any = None

    def build(self, shape: tuple[int | None, int, int, int]) -> None:
        """Find out where zeros go, and by how much too small the means with them are."""
        along = [_windows(*each) for each in zip(shape[1:3], self.size, self.stride, strict=True)]
        self.padding = ((0, 0), *(padding for padding, _ in along), (0, 0))
        inside = np.outer(along[0][1], along[1][1])[:, :, None]
        self.factor = self.size[0] * self.size[1] / inside
        self.built = True

    def call(self, x: Tensor) -> Tensor:
        """Return means of shape (n_samples, rows, columns, channels)."""
        padded = ops.pad(x, self.padding)
        means = ops.average_pool(padded, self.size, self.stride, "valid", "channels_last")
        return means * ops.convert_to_tensor(self.factor, self.compute_dtype)


def _windows(length: int, size: int, stride: int) -> tuple[tuple[int, int], np.ndarray[Any, Any]]:
    """Return the padding before and after, and how many pixels of the image each window has."""
    count = -(-length // stride)
    total = max(0, (count - 1) * stride + size - length)
    before = total // 2
    starts = np.arange(count) * stride - before
    return (before, total - before), np.minimum(starts + size, length) - np.maximum(starts, 0)
