"""Forward passes over whole parts of the data, in blocks that fit the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattlab.engines.native.feeding import Feed
from wattlab.engines.native.network import Buffers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from wattlab.engines.native.network import DenseNetwork

__all__ = ["BLOCK_ROWS", "Evaluator"]

BLOCK_ROWS = 1024
"""Longer batches go through the network in blocks of this many rows, whose arrays stay in the cache."""


class Evaluator:
    """Outputs, scores and losses of a network.

    Parameters
    ----------
    network : DenseNetwork
    byte_scale : float or None
        Factor for features that are bytes.
    """

    def __init__(self, network: DenseNetwork, byte_scale: float | None) -> None:
        self.network = network
        self.byte_scale = byte_scale
        self._full: Buffers | None = None

    def outputs(self, features: NDArray[np.generic]) -> NDArray[np.floating]:
        """Return the outputs, shape (n_samples, n_outputs)."""
        parameters = self.network.parameters
        outputs = np.empty((len(features), parameters.sizes[-1]), parameters.flat.dtype)
        for start, stop, buffers in self._blocks(features):
            outputs[start:stop] = buffers.activations[-1]
        return outputs

    def score(
        self, features: NDArray[np.generic], targets: NDArray[np.floating], labels: NDArray[np.int64] | None
    ) -> tuple[float, float]:
        """Return accuracy (R² where `labels` is None) and the summed loss."""
        cost = squares = 0.0
        correct = 0
        for start, stop, buffers in self._blocks(features):
            buffers.targets[...] = targets[start:stop]
            cost += self.network.cost(buffers)[0]
            outputs = buffers.activations[-1]
            if labels is None:
                squares += float(np.square(outputs - buffers.targets, dtype=np.float64).sum())
            else:
                correct += int(np.count_nonzero(outputs.argmax(axis=1) == labels[start:stop]))
        return (_r_squared(squares, targets) if labels is None else correct / len(targets)), cost

    def _blocks(self, features: NDArray[np.generic]) -> Iterator[tuple[int, int, Buffers]]:
        """Yield (start, stop, buffers) with the activations of consecutive rows."""
        if self._full is None:
            self._full = Buffers.allocate(BLOCK_ROWS, self.network.parameters, input_delta=False)
        feed = Feed(features, self.byte_scale if features.dtype == np.uint8 else None, 0)
        for start in range(0, len(features), BLOCK_ROWS):
            stop = min(start + BLOCK_ROWS, len(features))
            buffers = self._full if stop - start == BLOCK_ROWS else self._full.head(stop - start)
            feed.slice(start, stop, buffers.activations[0])
            self.network.forward(buffers)
            yield start, stop, buffers


def _r_squared(squares: float, targets: NDArray[np.floating]) -> float:
    """Return 1 − Σ(y − a)² / Σ(y − ȳ)²."""
    spread = float(np.square(targets - targets.mean(axis=0), dtype=np.float64).sum())
    return 1 - squares / spread if spread else float("nan")
