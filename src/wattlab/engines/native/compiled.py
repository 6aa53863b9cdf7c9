# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"
"""The same pass, compiled by numba: one call a block instead of some forty, and fewer trips through memory.

Rows are shared out: each core gathers and propagates rows of its own, in blocks that never leave its cache, with
single-threaded products; then the gradients are added, always in the same order.

What it computes is what ``network.py`` says; the tests hold the two against each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numba import njit, prange

from wattlab.engines.native.compiled_layers import (
    ACTIVATIONS,
    LOSSES,
    activate,
    column_sums,
    compiled,
    cost_of,
    gather,
    hits,
    output_delta,
    times_derivative,
)
from wattlab.engines.native.passes import PassResult
from wattlab.engines.native.patience import sharing_threads, start_threads
from wattlab.engines.phases import FUSED, IDLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.engines.native.feeding import Samples
    from wattlab.engines.native.network import DenseNetwork
    from wattlab.engines.native.parameters import Parameters
    from wattlab.engines.phases import PhaseClock

__all__ = ["CompiledPass", "Work", "one_pass"]

BLOCK_ROWS = 512
"""Most rows that a core propagates at once: their arrays stay in its cache."""

_in_parallel = njit(parallel=True, nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})


class Work(NamedTuple):
    """All that stays the same from one pass to the next, as compiled functions take it.

    Parameters
    ----------
    features, targets, labels, weights : arrays
        The samples; `weights` is empty where each counts once.
    scale : number
        Factor for features.
    parameters : array
        θ, flat.
    sizes : array of int
        Nodes of all layers, input first.
    activations : array of int
        Positions in `ACTIVATIONS`, one a layer.
    loss : int
        Position in `LOSSES`.
    simple : bool
        Whether the output's delta is a − y.
    counts : bool
        Whether correct classifications are counted.
    values, deltas : tuple of arrays of shape (shares, n_rows, units)
        Buffers, one a layer.
    others : array of shape (shares − 1, n_parameters)
        Gradients of all shares but the first.
    blocks : array of shape (shares, n_parameters)
        Gradient of a block, where a share has several.
    sums : array of shape (shares, 3)
        Cost, error and hits of each share.
    """

    features: Any
    targets: Any
    labels: Any
    weights: Any
    scale: Any
    parameters: Any
    sizes: Any
    activations: Any
    loss: int
    simple: bool
    counts: bool
    values: Any
    deltas: Any
    others: Any
    blocks: Any
    sums: Any


class CompiledPass:
    """A pass in one compiled call; `shares` is among how many cores it is divided, the rest as of `DensePass`."""

    def __init__(
        self, network: DenseNetwork, samples: Samples, n_rows: int, *, count: bool, shares: int = 1
    ) -> None:
        start_threads()
        parameters = network.parameters
        dtype, longest = parameters.flat.dtype, min(BLOCK_ROWS, -(-n_rows // shares))
        # A batch shorter than there are shares is one share alone, and may need a second block as well.
        n_blocks = shares if n_rows > shares * longest or shares - 1 > longest else 0
        self.work = Work(
            features=samples.features,
            targets=samples.targets,
            labels=samples.labels,
            weights=np.empty(0, dtype) if samples.weights is None else samples.weights[:, 0],
            scale=dtype.type(1.0 if samples.byte_scale is None else samples.byte_scale),
            parameters=parameters.flat,
            sizes=np.array(parameters.sizes),
            activations=np.array([ACTIVATIONS.index(name) for name in network.activations]),
            loss=LOSSES.index(network.loss_name),
            simple=network.simple_delta,
            counts=count,
            values=tuple(np.empty((shares, longest, units), dtype) for units in parameters.sizes),
            deltas=tuple(np.empty((shares, longest, units), dtype) for units in parameters.sizes),
            others=np.empty((shares - 1, parameters.flat.size), dtype),
            blocks=np.empty((n_blocks, parameters.flat.size), dtype),
            sums=np.empty((shares, 3)),
        )

    def __call__(
        self, rows: NDArray[np.int64], gradients: Parameters, factor: float, clock: PhaseClock = IDLE
    ) -> PassResult:
        """Compute one pass; see `Pass`."""
        with sharing_threads(len(self.work.sums)):
            cost, error, correct = one_pass(self.work, rows, gradients.flat, factor)
        clock.lap(FUSED)
        return PassResult(cost, error, int(correct))


@compiled
def one_pass(work, rows, gradients, factor):
    """Fill the gradients; return cost, error and hits, summed over the rows."""
    shares = work.sums.shape[0]
    if shares > 1 and rows.size >= shares:
        _shares(work, rows, gradients, factor)
        return work.sums[:, 0].sum(), work.sums[:, 1].sum(), work.sums[:, 2].sum()
    return _share(
        work.features, work.targets, work.labels, work.weights, work.scale, work.parameters, work.sizes,
        work.activations, work.loss, work.simple, work.counts, work.values, work.deltas, work.blocks, rows,
        gradients, factor, 0,
    )  # fmt: skip


@_in_parallel
def _shares(work, rows, gradients, factor):
    """Give each core a share of the rows; a parallel loop takes arrays one by one, and no tuple of them."""
    features, targets, labels, weights, scale = (
        work.features,
        work.targets,
        work.labels,
        work.weights,
        work.scale,
    )
    parameters, sizes, activations, loss = work.parameters, work.sizes, work.activations, work.loss
    simple, counts, values, deltas = work.simple, work.counts, work.values, work.deltas
    others, blocks, sums, shares = work.others, work.blocks, work.sums, work.sums.shape[0]
    for share in prange(shares):
        first, last = rows.size * share // shares, rows.size * (share + 1) // shares
        own = gradients if share == 0 else others[share - 1]
        cost, error, correct = _share(
            features, targets, labels, weights, scale, parameters, sizes, activations, loss, simple, counts, values,
            deltas, blocks, rows[first:last], own, factor, share,
        )  # fmt: skip
        sums[share, 0], sums[share, 1], sums[share, 2] = cost, error, correct
    for share in range(shares - 1):
        for k in range(gradients.size):
            gradients[k] += others[share, k]


@compiled
def _share(
    features, targets, labels, weights, scale, parameters, sizes, activations, loss, simple, counts, values, deltas,
    blocks, rows, gradients, factor, share,
):  # fmt: skip
    """Go over the rows of a share, block by block."""
    longest = values[0].shape[1]
    total = errors = correct = 0.0
    for start in range(0, rows.size, longest):
        own = blocks[share] if start else gradients
        cost, error, right = _block(
            features, targets, labels, weights, scale, parameters, sizes, activations, loss, simple, counts, values,
            deltas, rows[start : start + longest], own, factor, share,
        )  # fmt: skip
        if start:
            for k in range(gradients.size):
                gradients[k] += own[k]
        total, errors, correct = total + cost, errors + error, correct + right
    return total, errors, correct


@compiled
def _block(
    features, targets, labels, weights, scale, parameters, sizes, activations, loss, simple, counts, values, deltas,
    rows, gradients, factor, share,
):  # fmt: skip
    n_rows, n_layers = rows.size, sizes.size - 1
    gather(features, rows, scale, values[0][share])
    start, bias = 0, _n_weights(sizes)
    for layer in range(n_layers):
        n_in, n_out = sizes[layer], sizes[layer + 1]
        matrix = parameters[start : start + n_in * n_out].reshape(n_in, n_out)
        z = values[layer + 1][share][:n_rows]
        np.dot(values[layer][share][:n_rows], matrix, z)
        activate(z, parameters[bias : bias + n_out], activations[layer])
        start, bias = start + n_in * n_out, bias + n_out
    outputs, delta = values[n_layers][share][:n_rows], deltas[n_layers][share][:n_rows]
    cost, error = cost_of(outputs, targets, weights, rows, loss)
    correct = float(hits(outputs, labels, rows)) if counts else 0.0
    output_delta(outputs, targets, weights, rows, delta, loss, simple, activations[n_layers - 1], factor)
    for layer in range(n_layers - 1, -1, -1):
        n_in, n_out = sizes[layer], sizes[layer + 1]
        start, bias = start - n_in * n_out, bias - n_out
        delta, below = deltas[layer + 1][share][:n_rows], values[layer][share][:n_rows]
        np.dot(below.T, delta, gradients[start : start + n_in * n_out].reshape(n_in, n_out))
        column_sums(delta, gradients[bias : bias + n_out])
        if layer > 0:
            matrix = parameters[start : start + n_in * n_out].reshape(n_in, n_out)
            previous = deltas[layer][share][:n_rows]
            np.dot(delta, matrix.T, previous)
            times_derivative(previous, below, activations[layer - 1])
    return cost, error, correct


@compiled
def _n_weights(sizes):
    total = 0
    for layer in range(sizes.size - 1):
        total += sizes[layer] * sizes[layer + 1]
    return total
