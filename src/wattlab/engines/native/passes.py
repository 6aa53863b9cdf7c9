"""A pass: gather some rows, propagate forward, find the cost, propagate the error back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from wattlab.engines.native.feeding import Feed
from wattlab.engines.native.network import Buffers, LayerTimes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.engines.native.network import DenseNetwork
    from wattlab.engines.native.parameters import Parameters

__all__ = ["NumpyPass", "Pass", "PassResult", "Samples"]


class Samples(NamedTuple):
    """What a trainer learns from.

    Parameters
    ----------
    features : ndarray of shape (n_samples, n_features)
        Floating-point numbers, or bytes.
    byte_scale : float or None
        What bytes are multiplied by when they are gathered.
    targets : ndarray of shape (n_samples, n_outputs)
    labels : ndarray of shape (n_samples,)
        Class indices; not used for regression.
    """

    features: NDArray[np.generic]
    byte_scale: float | None
    targets: NDArray[np.floating]
    labels: NDArray[np.int64]


class PassResult(NamedTuple):
    """Sums over the rows of a pass: loss, Σ|y − a|, and samples classified correctly."""

    cost: float
    error: float
    correct: int


class Pass(Protocol):
    """One way to compute a pass over at most `n_rows` rows."""

    def __call__(self, rows: NDArray[np.int64], gradients: Parameters, factor: float) -> PassResult:
        """Fill `gradients` with the derivatives of ``factor`` times the summed loss over `rows`."""
        ...


class NumpyPass:
    """A pass in NumPy.

    Parameters
    ----------
    network : DenseNetwork
    samples : Samples
    n_rows : int
        Most rows in one call.
    count : bool
        Count correct classifications.
    times : LayerTimes or None
        Gains the seconds of each layer.
    """

    def __init__(
        self, network: DenseNetwork, samples: Samples, n_rows: int, *, count: bool, times: LayerTimes | None
    ) -> None:
        self.network, self.samples, self.count, self.times = network, samples, count, times
        self.feed = Feed(samples.features, samples.byte_scale, n_rows)
        self._full = Buffers.allocate(n_rows, network.parameters, input_delta=network.input_delta)
        self._by_length = {n_rows: self._full}

    def __call__(self, rows: NDArray[np.int64], gradients: Parameters, factor: float) -> PassResult:
        """Compute one pass; see `Pass`."""
        buffers = self._by_length.get(len(rows)) or self._shorter(len(rows))
        self.feed.gather(rows, buffers.activations[0])
        self.samples.targets.take(rows, 0, buffers.targets, "clip")
        outputs = self.network.forward(buffers, self.times)
        cost, error = self.network.cost(buffers)
        correct = (
            int(np.count_nonzero(outputs.argmax(axis=1) == self.samples.labels[rows])) if self.count else 0
        )
        self.network.backward(buffers, gradients, factor, self.times)
        return PassResult(cost, error, correct)

    def _shorter(self, n_rows: int) -> Buffers:
        self._by_length[n_rows] = self._full.head(n_rows)
        return self._by_length[n_rows]
