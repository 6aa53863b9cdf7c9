"""A pass: gather some rows, propagate forward, find the cost, propagate the error back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from wattlab.engines.native.buffers import Buffers
from wattlab.engines.native.feeding import Feed
from wattlab.engines.phases import IDLE

if TYPE_CHECKING:
    from wattlab.engines.native.arrays import Array, Number
    from wattlab.engines.native.feeding import Samples
    from wattlab.engines.native.network import DenseNetwork, LayerTimes
    from wattlab.engines.native.parameters import Parameters
    from wattlab.engines.phases import PhaseClock

__all__ = ["DensePass", "Pass", "PassResult"]


class PassResult(NamedTuple):
    """Sums over the rows of a pass: weighted loss, Σ|y − a|, and samples classified correctly."""

    cost: float
    error: float
    correct: int


class Pass(Protocol):
    """One way to compute a pass over at most `n_rows` rows."""

    def __call__(
        self, rows: Array, gradients: Parameters, factor: float, clock: PhaseClock = IDLE
    ) -> PassResult:
        """Fill `gradients` with the derivatives of ``factor`` times the summed loss over `rows`."""
        ...


class DensePass:
    """A pass, operation by operation.

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
        xp = self.arrays = network.arrays
        self.feed = Feed(xp, samples.features, samples.byte_scale, n_rows)
        self._full = Buffers.allocate(
            xp, n_rows, network.parameters.sizes, network.formats,
            input_delta=network.input_delta, weighted=samples.weights is not None,
        )  # fmt: skip
        self._by_length = {n_rows: self._full}

    def __call__(
        self, rows: Array, gradients: Parameters, factor: float, clock: PhaseClock = IDLE
    ) -> PassResult:
        """Compute one pass; see `Pass`."""
        buffers = self.gather(rows)
        if clock.running:
            clock.lap("data")
        self.forward(buffers)
        cost, error = self.network.cost(buffers)
        correct = self.arrays.hits(buffers.outputs, self.samples.labels[rows]) if self.count else 0
        if clock.running:
            clock.lap("forward")
        self.backward(buffers, gradients, factor)
        if clock.running:
            clock.lap("backward")
        return PassResult(cost, error, correct)

    def gather(self, rows: Array) -> Buffers:
        """Return the buffers with features and targets of `rows`."""
        buffers = self._by_length.get(len(rows)) or self._shorter(len(rows))
        self.feed.gather(rows, buffers.activations[0])
        self.arrays.take(self.samples.targets, rows, buffers.targets)
        if buffers.weights is not None:
            self.arrays.take(self.samples.weights, rows, buffers.weights)
        return buffers

    def forward(self, buffers: Buffers) -> None:
        """Fill the activations from what `gather` returned."""
        self.network.forward(buffers, self.times)

    def backward(self, buffers: Buffers, gradients: Parameters, factor: Number) -> None:
        """Fill `gradients` from what `forward` left in the buffers."""
        self.network.backward(buffers, gradients, factor, self.times)

    def _shorter(self, n_rows: int) -> Buffers:
        self._by_length[n_rows] = self._full.head(n_rows)
        return self._by_length[n_rows]
