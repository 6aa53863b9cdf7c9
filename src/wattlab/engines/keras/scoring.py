"""Outputs, scores and losses of whole parts of the data, in blocks of one length."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
from keras import ops

from wattlab.engines.base import Score
from wattlab.engines.keras.model import to_numpy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.engines.keras.model import Network
    from wattlab.recipe.objective import Reduction

__all__ = ["BLOCK_ROWS", "Scorer"]

BLOCK_ROWS = 10_000
"""Rows of a call; each length is compiled once, and this one divides both parts of MNIST."""


class Scorer:
    """Forward passes through a network.

    Parameters
    ----------
    network : Network
        Compiled.
    reduction : "sum" or "mean"
        Of the loss over the samples.
    """

    def __init__(self, network: Network, reduction: Reduction) -> None:
        self.network, self.reduction = network, reduction

    def warm_up(self, features: NDArray[Any]) -> None:
        """Compile the pass for every length of block that `features` lead to."""
        lengths = {min(BLOCK_ROWS, len(features)), len(features) % BLOCK_ROWS} - {0}
        for length in lengths:
            self._block(features[:length])

    def outputs(self, features: NDArray[Any]) -> NDArray[np.floating]:
        """Return the outputs a, shape (n_samples, n_outputs)."""
        return to_numpy(self.network.objective.outputs(ops.convert_to_tensor(self._z(features))))

    def score(
        self, features: NDArray[Any], labels: NDArray[Any], sample_weight: NDArray[np.floating] | None
    ) -> Score:
        """Return accuracy or R², and the loss, weighted where the samples are."""
        network = self.network
        z, y = ops.convert_to_tensor(self._z(features)), network.targets(ops.convert_to_tensor(labels))
        a = network.objective.outputs(z)
        losses = to_numpy(network.objective.losses(y, z, a)).astype(np.float64)
        losses = losses if sample_weight is None else losses * sample_weight
        loss = float(losses.sum() if self.reduction == "sum" else losses.mean())
        term = float(sum(float(to_numpy(one)) for one in network.losses))
        if network.classifies:
            return Score(float(np.mean(to_numpy(z).argmax(axis=1) == labels)), loss, term)
        return Score(_r_squared(to_numpy(a), labels), loss, term)

    def _z(self, features: NDArray[Any]) -> NDArray[np.floating]:
        """Return what the last affine map gives for all samples."""
        z = np.empty((len(features), self.network.n_outputs), self.network.kept_dtype)
        for start in range(0, len(features), BLOCK_ROWS):
            stop = start + BLOCK_ROWS
            z[start:stop] = self._block(features[start:stop])
        return z

    def _block(self, features: NDArray[Any]) -> NDArray[np.floating]:
        with warnings.catch_warnings():  # Keras itself does what ``to_numpy`` avoids
            warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
            return np.asarray(self.network.predict_on_batch(features))


def _r_squared(outputs: NDArray[np.floating], targets: NDArray[np.floating]) -> float:
    """Return 1 − Σ(y − a)² / Σ(y − ȳ)²."""
    spread = float(np.square(targets - targets.mean(axis=0), dtype=np.float64).sum())
    squares = float(np.square(outputs - targets, dtype=np.float64).sum())
    return 1 - squares / spread if spread else float("nan")
