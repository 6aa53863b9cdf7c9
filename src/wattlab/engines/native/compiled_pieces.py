# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"
"""The pieces of a compiled pass, called one by one to be timed: what the compiled call itself does cannot be seen.

Each piece is a function that the compiled pass calls too, and is compiled already.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wattlab.engines.native.compiled_descent import descend
from wattlab.engines.native.compiled_layers import (
    activate,
    column_sums,
    cost_of,
    gather,
    hits,
    output_delta,
    times_derivative,
)
from wattlab.engines.phases import PhaseTimes, repeated

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.engines.native.compiled import Work
    from wattlab.engines.native.compiled_descent import Rule

__all__ = ["DIVIDED", "LOADING_S", "gradient_pieces", "optimizer_piece"]

DIVIDED: Final = (
    "data, forward and backward are one compiled call, divided here as its pieces take one by one"
)
LOADING_S: Final = 0.05
"""To load the pieces, so that Python can call them, takes less."""
_SAMPLES: Final = 5


def gradient_pieces(compute: Any, n_rows: int, budget_s: float) -> dict[str, float]:
    """Return how gathering, forward and backward over a core's share of `n_rows` rows share the time.

    Parameters
    ----------
    compute : CompiledPass
        Its buffers are written to; weights and gradients are left alone.
    n_rows : int
        Rows of a batch.
    budget_s : float
        About how long it may take. Unit: s.
    """
    share = _Share(compute.work, n_rows)
    pieces: dict[str, Callable[[], object]] = {
        "data": share.gather,
        "forward": share.forward,
        "backward": share.backward,
    }
    seconds = repeated(pieces, times=_SAMPLES, budget_s=budget_s)
    return PhaseTimes(seconds, len(seconds["data"]), "modelled").shares()


def optimizer_piece(parameters: Any, rule: Rule) -> Callable[[], object]:
    """Return a descent on copies: of the parameters, of the optimizer's memory, and a gradient of zeros."""
    changed, memory = parameters.copy(), rule._replace(velocity=rule.velocity.copy())
    gradient = np.zeros_like(parameters)
    return lambda: descend(changed, gradient, memory, 0.0, 0.0)


class _Share:
    """What one core does in a pass, as far as a block of rows goes."""

    def __init__(self, work: Work, n_rows: int) -> None:
        self.work = work
        longest, shares = work.values[0].shape[1], work.sums.shape[0]
        self.rows = np.arange(max(1, min(longest, n_rows // shares)))
        self.values = [one[0][: len(self.rows)] for one in work.values]
        self.deltas = [one[0][: len(self.rows)] for one in work.deltas]
        self.gradient = np.zeros_like(work.parameters)
        self.layers = list(self._layers(work.parameters))
        self.slopes = list(self._layers(self.gradient))

    def _layers(self, flat: Any):
        """Yield views on the weights and the biases of each layer."""
        sizes, start = self.work.sizes, 0
        bias = int((sizes[:-1] * sizes[1:]).sum())
        for n_in, n_out in pairwise(sizes.tolist()):
            yield flat[start : start + n_in * n_out].reshape(n_in, n_out), flat[bias : bias + n_out]
            start, bias = start + n_in * n_out, bias + n_out

    def gather(self) -> None:
        work = self.work
        gather(work.features, self.rows, work.scale, work.values[0][0])

    def forward(self) -> None:
        work = self.work
        for index, (weights, biases) in enumerate(self.layers):
            np.dot(self.values[index], weights, out=self.values[index + 1])
            activate(self.values[index + 1], biases, work.activations[index])
        cost_of(self.values[-1], work.targets, work.weights, self.rows, work.loss)
        if work.counts:
            hits(self.values[-1], work.labels, self.rows)

    def backward(self) -> None:
        work, last = self.work, len(self.layers) - 1
        output_delta(
            self.values[-1], work.targets, work.weights, self.rows, self.deltas[-1], work.loss, work.simple,
            work.activations[last], 1.0,
        )  # fmt: skip
        for index in range(last, -1, -1):
            delta, below = self.deltas[index + 1], self.values[index]
            slopes, biases = self.slopes[index]
            np.dot(below.T, delta, out=slopes)
            column_sums(delta, biases)
            if index:
                np.dot(delta, self.layers[index][0].T, out=self.deltas[index])
                times_derivative(self.deltas[index], below, work.activations[index - 1])
