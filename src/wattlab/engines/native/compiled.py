# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"
"""The same pass, compiled by numba: one call a block instead of some forty, and fewer trips through memory.

Longer blocks are shared out: each core gathers and propagates rows of its own, which so never leave its cache, with
single-threaded products; then the gradients are added, always in the same order.

What it computes is what ``network.py``, ``activations.py`` and ``losses.py`` say; the tests hold the two
against each other. float32 sigmoid and tanh are rational approximations within 2e-7.

References
----------
The rational approximation of tanh is that of Eigen (``ptanh_float``, Mozilla Public License 2.0).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numba import njit, prange

from wattlab.engines.native.passes import PassResult

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.engines.native.feeding import Samples
    from wattlab.engines.native.network import DenseNetwork
    from wattlab.engines.native.parameters import Parameters

__all__ = ["CompiledPass"]

_ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu", "leaky-relu", "softmax")
_LOSSES = ("log-loss", "cross-entropy", "mse", "normalised-cross-entropy")
_IDENTITY, _SIGMOID, _TANH, _RELU, _LEAKY, _SOFTMAX = range(6)
_LOG_LOSS, _CROSS_ENTROPY, _SQUARED, _NORMALISED = range(4)
_LEAK = 0.01
_TINY = 1e-200

_compile = njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})
_compile_parallel = njit(
    parallel=True, nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"}
)


class CompiledPass:
    """A pass in one compiled call; `shares` is among how many cores it is divided, the rest as of `DensePass`."""

    def __init__(
        self, network: DenseNetwork, samples: Samples, n_rows: int, *, count: bool, shares: int = 1
    ) -> None:
        parameters = network.parameters
        dtype = parameters.flat.dtype
        self.samples, self.count = samples, count
        self._parameters = parameters.flat
        self._sizes = np.array(parameters.sizes)
        self._activations = np.array([_ACTIVATIONS.index(name) for name in network.activations])
        self._loss = _LOSSES.index(network.loss_name)
        self._simple = network.simple_delta
        self._weights = np.empty(0, dtype) if samples.weights is None else samples.weights[:, 0]
        self._scale = dtype.type(1.0 if samples.byte_scale is None else samples.byte_scale)
        longest = -(-n_rows // shares)
        self._values = tuple(np.empty((shares, longest, units), dtype) for units in parameters.sizes)
        self._deltas = tuple(np.empty((shares, longest, units), dtype) for units in parameters.sizes)
        self._others = np.empty((shares - 1, parameters.flat.size), dtype)
        self._sums = np.empty((shares, 3))

    def __call__(self, rows: NDArray[np.int64], gradients: Parameters, factor: float) -> PassResult:
        """Compute one pass; see `Pass`."""
        samples = self.samples
        arguments = (
            samples.features, samples.targets, samples.labels, self._weights, rows, self._scale, self._parameters,
            gradients.flat, self._sizes, self._activations, self._loss, self._simple, factor, self.count,
            self._values, self._deltas,
        )  # fmt: skip
        if len(self._sums) == 1 or len(rows) < len(self._sums):
            return PassResult(*_pass(*arguments, 0))
        _shared_pass(*arguments, self._others, self._sums)
        cost, error, correct = self._sums.sum(axis=0).tolist()
        return PassResult(cost, error, int(correct))


@_compile
def _pass(
    features, targets, labels, weights, rows, scale, parameters, gradients, sizes, activations, loss, simple, factor,
    count, values, deltas, share,
):  # fmt: skip
    n_rows, n_layers = rows.size, sizes.size - 1
    _gather(features, rows, scale, values[0][share])
    start, bias = 0, _n_weights(sizes)
    for layer in range(n_layers):
        n_in, n_out = sizes[layer], sizes[layer + 1]
        matrix = parameters[start : start + n_in * n_out].reshape(n_in, n_out)
        z = values[layer + 1][share][:n_rows]
        np.dot(values[layer][share][:n_rows], matrix, z)
        _activate(z, parameters[bias : bias + n_out], activations[layer])
        start, bias = start + n_in * n_out, bias + n_out
    outputs, delta = values[n_layers][share][:n_rows], deltas[n_layers][share][:n_rows]
    cost, error = _cost(outputs, targets, weights, rows, loss)
    correct = _hits(outputs, labels, rows) if count else 0
    _output_delta(outputs, targets, weights, rows, delta, loss, simple, activations[n_layers - 1], factor)
    for layer in range(n_layers - 1, -1, -1):
        n_in, n_out = sizes[layer], sizes[layer + 1]
        start, bias = start - n_in * n_out, bias - n_out
        delta = deltas[layer + 1][share][:n_rows]
        np.dot(
            values[layer][share][:n_rows].T,
            delta,
            gradients[start : start + n_in * n_out].reshape(n_in, n_out),
        )
        _column_sums(delta, gradients[bias : bias + n_out])
        if layer > 0:
            matrix = parameters[start : start + n_in * n_out].reshape(n_in, n_out)
            previous = deltas[layer][share][:n_rows]
            np.dot(delta, matrix.T, previous)
            _times_derivative(previous, values[layer][share][:n_rows], activations[layer - 1])
    return cost, error, correct


@_compile_parallel
def _shared_pass(
    features, targets, labels, weights, rows, scale, parameters, gradients, sizes, activations, loss, simple, factor,
    count, values, deltas, others, sums,
):  # fmt: skip
    shares = sums.shape[0]
    for share in prange(shares):
        first, last = rows.size * share // shares, rows.size * (share + 1) // shares
        own = gradients if share == 0 else others[share - 1]
        cost, error, correct = _pass(
            features, targets, labels, weights, rows[first:last], scale, parameters, own, sizes, activations, loss,
            simple, factor, count, values, deltas, share,
        )  # fmt: skip
        sums[share, 0], sums[share, 1], sums[share, 2] = cost, error, correct
    for share in range(shares - 1):
        for k in range(gradients.size):
            gradients[k] += others[share, k]


@_compile
def _n_weights(sizes):
    total = 0
    for layer in range(sizes.size - 1):
        total += sizes[layer] * sizes[layer + 1]
    return total


@_compile
def _gather(features, rows, scale, out):
    for i in range(rows.size):
        source, target = features[rows[i]], out[i]
        for k in range(source.size):
            target[k] = source[k] * scale


@_compile
def _tanh32(x):
    if x != x:  # a NaN must stay one, or nobody would notice it  # noqa: PLR0124
        return x
    x = min(max(x, np.float32(-7.90531110763549805)), np.float32(7.90531110763549805))
    square = x * x
    above = square * np.float32(-2.76076847742355e-16) + np.float32(2.00018790482477e-13)
    above = square * above + np.float32(-8.60467152213735e-11)
    above = square * above + np.float32(5.12229709037114e-08)
    above = square * above + np.float32(1.48572235717979e-05)
    above = square * above + np.float32(6.37261928875436e-04)
    above = square * above + np.float32(4.89352455891786e-03)
    below = square * np.float32(1.19825839466702e-06) + np.float32(1.18534705686654e-04)
    below = square * below + np.float32(2.26843463243900e-03)
    below = square * below + np.float32(4.89352518554385e-03)
    return x * above / below


@_compile
def _tanh(z, inner, outer, shift, biases):
    """Overwrite z with outer · tanh(inner (z + b)) + shift."""
    single = z.itemsize == 4
    for i in range(z.shape[0]):
        for k in range(z.shape[1]):
            x = inner * (z[i, k] + biases[k])
            z[i, k] = outer * (_tanh32(np.float32(x)) if single else math.tanh(x)) + shift


@_compile
def _activate(z, biases, activation):
    if activation == _SIGMOID:
        half = biases.dtype.type(0.5)
        _tanh(z, half, half, half, biases)
    elif activation == _TANH:
        one = biases.dtype.type(1.0)
        _tanh(z, one, one, biases.dtype.type(0.0), biases)
    else:
        leak = biases.dtype.type(_LEAK if activation == _LEAKY else (0.0 if activation == _RELU else 1.0))
        for i in range(z.shape[0]):
            for k in range(z.shape[1]):
                x = z[i, k] + biases[k]
                z[i, k] = max(x, leak * x)
        if activation == _SOFTMAX:
            _softmax(z)


@_compile
def _softmax(z):
    for i in range(z.shape[0]):
        largest = z[i].max()
        total = z.dtype.type(0.0)
        for k in range(z.shape[1]):
            z[i, k] = math.exp(z[i, k] - largest)
            total += z[i, k]
        for k in range(z.shape[1]):
            z[i, k] /= total


@_compile
def _cost(outputs, targets, weights, rows, loss):
    """Return the summed loss, samples weighted, and Σ|y − a|; one logarithm serves all outputs of a sample."""
    smallest = 1e-7 if outputs.itemsize == 4 else 1e-15
    cost = error = 0.0
    for i in range(rows.size):
        target = targets[rows[i]]
        total = max(float(outputs[i].sum()), smallest) if loss == _NORMALISED else 1.0
        product, own = 1.0, 0.0
        for k in range(target.size):
            difference = abs(float(outputs[i, k]) - float(target[k]))
            error += difference
            if loss == _LOG_LOSS:
                product *= max(1.0 - difference, smallest)
            elif loss == _SQUARED:
                own += 0.5 * difference * difference
            elif target[k] != 0.0:
                own -= target[k] * math.log(max(float(outputs[i, k]) / total, smallest))
            if product < _TINY:
                own -= math.log(product)
                product = 1.0
        if loss == _LOG_LOSS:
            own -= math.log(product)
        cost += own * float(weights[rows[i]]) if weights.size else own
    return cost, error


@_compile
def _hits(outputs, labels, rows):
    hits = 0
    for i in range(rows.size):
        hits += outputs[i].argmax() == labels[rows[i]]
    return hits


@_compile
def _output_delta(outputs, targets, weights, rows, delta, loss, simple, activation, factor):
    """Overwrite delta with factor · ∂loss/∂z of the output layer."""
    scale = delta.dtype.type(factor)
    smallest = delta.dtype.type(1e-7 if outputs.itemsize == 4 else 1e-15)
    one = delta.dtype.type(1.0)
    for i in range(rows.size):
        target = targets[rows[i]]
        scale = delta.dtype.type(factor * weights[rows[i]] if weights.size else factor)
        shared = delta.dtype.type(0.0)
        if loss == _NORMALISED:
            shared = scale * target.sum() / max(outputs[i].sum(), smallest)
        for k in range(target.size):
            a = outputs[i, k]
            if simple or loss == _SQUARED:
                delta[i, k] = scale * (a - target[k])
            elif loss == _LOG_LOSS:
                delta[i, k] = scale * (a - target[k]) / max(a * (one - a), smallest)
            else:
                delta[i, k] = shared - scale * target[k] / max(a, smallest)
    if not simple:
        _times_derivative(delta, outputs, activation)


@_compile
def _times_derivative(delta, a, activation):
    one, leak = delta.dtype.type(1.0), delta.dtype.type(_LEAK if activation == _LEAKY else 0.0)
    if activation == _SOFTMAX:
        _softmax_derivative(delta, a)
    elif activation != _IDENTITY:
        for i in range(delta.shape[0]):
            for k in range(delta.shape[1]):
                value = a[i, k]
                if activation == _SIGMOID:
                    delta[i, k] *= value * (one - value)
                elif activation == _TANH:
                    delta[i, k] *= one - value * value
                else:
                    delta[i, k] *= one if value > 0 else leak


@_compile
def _softmax_derivative(delta, a):
    for i in range(delta.shape[0]):
        along = delta.dtype.type(0.0)
        for k in range(delta.shape[1]):
            along += delta[i, k] * a[i, k]
        for k in range(delta.shape[1]):
            delta[i, k] = a[i, k] * (delta[i, k] - along)


@_compile
def _column_sums(delta, out):
    out[:] = 0
    for i in range(delta.shape[0]):
        for k in range(delta.shape[1]):
            out[k] += delta[i, k]
