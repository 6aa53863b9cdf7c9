"""Forward passes over whole parts of the data, in blocks that fit the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattlab.engines.native.buffers import Buffers
from wattlab.engines.native.feeding import Feed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from wattlab.engines.native.arrays import Array, Number
    from wattlab.engines.native.feeding import Samples
    from wattlab.engines.native.network import DenseNetwork

__all__ = ["Evaluator"]


class Evaluator:
    """Outputs, scores and losses of a network.

    Parameters
    ----------
    network : DenseNetwork
    byte_scale : float or None
        Factor for features that are bytes.
    """

    def __init__(self, network: DenseNetwork, byte_scale: float | None) -> None:
        self.network, self.arrays = network, network.arrays
        self.byte_scale = byte_scale
        self._full: Buffers | None = None

    def outputs(self, features: NDArray[np.generic]) -> NDArray[np.floating]:
        """Return the outputs, shape (n_samples, n_outputs)."""
        formats, sizes = self.network.formats, self.network.parameters.sizes
        as_bytes = features.dtype == np.uint8
        given = self.arrays.of_numpy(features, None if as_bytes else formats.compute)
        outputs = np.empty((len(features), sizes[-1]), formats.master)
        for start, stop, buffers in self._blocks(given, self.byte_scale if as_bytes else None):
            outputs[start:stop] = self.arrays.to_numpy(buffers.outputs)
        return outputs

    def score(self, samples: Samples, *, classifies: bool) -> tuple[float, float]:
        """Return accuracy (R² for regression), samples not weighted, and the summed loss, samples weighted."""
        xp = self.arrays
        cost: Number = 0.0
        right: Number = 0
        for start, stop, buffers in self._blocks(samples.features, samples.byte_scale):
            xp.assign(buffers.targets, samples.targets[start:stop])
            weights = None if samples.weights is None else samples.weights[start:stop]
            cost = cost + self.network.cost(buffers._replace(weights=weights))[0]
            if classifies:
                right = right + xp.hits(buffers.outputs, samples.labels[start:stop])
            else:
                right = right + _squares(xp.to_numpy(buffers.outputs), xp.to_numpy(buffers.targets))
        n_samples = len(samples.targets)
        score = (
            int(right) / n_samples if classifies else _r_squared(float(right), xp.to_numpy(samples.targets))
        )
        return score, float(cost)

    def _blocks(self, features: Array, byte_scale: float | None) -> Iterator[tuple[int, int, Buffers]]:
        """Yield (start, stop, buffers) with the activations of consecutive rows."""
        xp, network, size = self.arrays, self.network, self.arrays.block_rows
        if self._full is None or len(self._full.ones) < min(len(features), size):
            n_rows = min(len(features), size)
            self._full = Buffers.allocate(xp, n_rows, network.parameters.sizes, network.formats)
        feed = Feed(xp, features, byte_scale, 0)
        for start in range(0, len(features), size):
            stop = min(start + size, len(features))
            buffers = self._full.head(stop - start)
            feed.slice(start, stop, buffers.activations[0])
            network.forward(buffers)
            yield start, stop, buffers


def _squares(outputs: NDArray[np.floating], targets: NDArray[np.floating]) -> float:
    """Return Σ(y − a)²."""
    return float(np.square(outputs - targets, dtype=np.float64).sum())


def _r_squared(squares: float, targets: NDArray[np.floating]) -> float:
    """Return 1 − Σ(y − a)² / Σ(y − ȳ)²."""
    spread = float(np.square(targets - targets.mean(axis=0), dtype=np.float64).sum())
    return 1 - squares / spread if spread else float("nan")
