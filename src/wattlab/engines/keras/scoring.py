"""Outputs, scores and losses of whole parts of the data, in blocks of one length."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from keras import ops

from wattlab.engines.base import Score
from wattlab.engines.keras.arithmetic import to_numpy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from wattlab.engines.keras.model import Network
    from wattlab.recipe.architecture import Architecture
    from wattlab.recipe.objective import Reduction

__all__ = ["MOST_ROWS", "Scorer", "block_rows"]

MOST_ROWS: Final = 10_000
"""Rows of a call; each length is compiled once, and this one divides both parts of MNIST."""
BLOCK_B: Final = 128 * 1024**2
"""What the inputs and outputs of the largest layer may take in a call. Unit: B."""


def block_rows(architecture: Architecture, itemsize: int) -> int:
    """Return how many samples go through the network in one call.

    Parameters
    ----------
    architecture : Architecture
        Of the network.
    itemsize : int
        Of a number. Unit: B.

    Examples
    --------
    >>> from wattlab.recipe import Recipe
    >>> from wattlab.recipe.architecture import Architecture
    >>> block_rows(Architecture.of(Recipe.named("mnist-fast").network, 784, None, 10), 4)
    10000
    """
    largest = max(
        sum(int(np.prod(shape)) for shape in (*architecture.fed(index), architecture.shapes[index]))
        for index in range(len(architecture.nodes))
    )
    return max(1, min(MOST_ROWS, BLOCK_B // (itemsize * largest)))


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
        self.rows = block_rows(network.architecture, np.dtype(network.kept_dtype).itemsize)

    def warm_up(self, features: NDArray[Any]) -> None:
        """Compile the pass for every length of block that `features` lead to."""
        lengths = {min(self.rows, len(features)), len(features) % self.rows} - {0}
        for length in lengths:
            self._z(features[:length])

    def outputs(self, features: NDArray[Any]) -> NDArray[np.floating]:
        """Return the outputs a, shape (n_samples, n_outputs)."""
        found = np.empty((len(features), self.network.n_outputs), self.network.kept_dtype)
        for rows in self._blocks(len(features)):
            z, _ = self._z(features[rows])
            found[rows] = to_numpy(self.network.objective.outputs(ops.convert_to_tensor(z)))
        return found

    def score(
        self, features: NDArray[Any], labels: NDArray[Any], sample_weight: NDArray[np.floating] | None
    ) -> Score:
        """Return accuracy or R², and the loss, weighted where the samples are; at constant memory."""
        losses, tally = np.empty(len(features)), _Hits() if self.network.classifies else _Squares()
        for rows in self._blocks(len(features)):
            losses[rows] = self._losses(features[rows], labels[rows], tally)
        losses = losses if sample_weight is None else losses * sample_weight
        loss = float(losses.sum() if self.reduction == "sum" else losses.mean())
        term = float(sum(float(to_numpy(one)) for one in self.network.losses))
        return Score(tally.score(), loss, term)

    def _losses(
        self, features: NDArray[Any], labels: NDArray[Any], tally: _Hits | _Squares
    ) -> NDArray[np.floating]:
        """Return the loss of each sample of a block, and count the block."""
        network = self.network
        z, divergence = self._z(features)
        y = network.targets(features, ops.convert_to_tensor(labels))
        a = network.objective.outputs(ops.convert_to_tensor(z))
        if network.classifies:
            tally.add(z, labels)
        else:
            tally.add(to_numpy(a), to_numpy(y))
        losses = to_numpy(network.objective.losses(y, ops.convert_to_tensor(z), a))
        return losses if divergence is None else losses + divergence

    def _blocks(self, n_samples: int) -> Iterator[slice]:
        return (slice(start, start + self.rows) for start in range(0, n_samples, self.rows))

    def _z(self, features: NDArray[Any]) -> tuple[NDArray[np.floating], NDArray[np.floating] | None]:
        """Return what the outputs are the activation of, and the divergence of each sample."""
        with warnings.catch_warnings():  # Keras itself does what ``to_numpy`` avoids
            warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
            z, divergence = self.network.parted(self.network.predict_on_batch(features))
        return np.asarray(z), divergence


class _Hits:
    """How many samples are classified correctly."""

    def __init__(self) -> None:
        self.n_samples = self.n_correct = 0

    def add(self, z: NDArray[np.floating], labels: NDArray[Any]) -> None:
        self.n_samples += len(labels)
        self.n_correct += int((z.argmax(axis=1) == labels).sum())

    def score(self) -> float:
        return self.n_correct / self.n_samples if self.n_samples else float("nan")


class _Squares:
    """R² = 1 − Σ(y − a)² / Σ(y − ȳ)², block by block.

    References
    ----------
    T. F. Chan, G. H. Golub, R. J. LeVeque, "Updating formulae and a pairwise algorithm for computing sample
    variances", COMPSTAT 1982.
    """

    def __init__(self) -> None:
        self.n_samples, self.mean, self.spread, self.squares = 0, np.zeros(1), 0.0, 0.0

    def add(self, outputs: NDArray[np.floating], targets: NDArray[np.floating]) -> None:
        self.squares += float(np.square(outputs - targets, dtype=np.float64).sum())
        count, mean = len(targets), targets.mean(axis=0, dtype=np.float64)
        apart, total = mean - self.mean, self.n_samples + count
        within = float(np.square(targets - mean, dtype=np.float64).sum())
        self.spread += within + float(np.square(apart).sum()) * self.n_samples * count / total
        self.mean = self.mean + apart * (count / total)
        self.n_samples = total

    def score(self) -> float:
        return 1 - self.squares / self.spread if self.spread else float("nan")
