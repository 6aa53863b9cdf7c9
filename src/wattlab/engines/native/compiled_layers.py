# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"
"""What a pass is made of, compiled: gathering, activations, losses, and their derivatives.

What it computes is what ``activations.py`` and ``losses.py`` say; the tests hold them against each other. float32
sigmoid and tanh are rational approximations within 2e-7.

References
----------
The rational approximation of tanh is that of Eigen (``ptanh_float``, Mozilla Public License 2.0).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

__all__ = [
    "ACTIVATIONS",
    "LOSSES",
    "activate",
    "column_sums",
    "compiled",
    "cost_of",
    "gather",
    "hits",
    "output_delta",
    "times_derivative",
]

ACTIVATIONS = ("identity", "sigmoid", "tanh", "relu", "leaky-relu", "softmax")
LOSSES = ("log-loss", "cross-entropy", "mse", "normalised-cross-entropy")
_IDENTITY, _SIGMOID, _TANH, _RELU, _LEAKY, _SOFTMAX = range(6)
_LOG_LOSS, _CROSS_ENTROPY, _SQUARED, _NORMALISED = range(4)
_LEAK = 0.01
_TINY = 1e-200

compiled = njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz"})


@compiled
def gather(features, rows, scale, out):
    """Write scaled rows of `features` into the first rows of `out`."""
    for i in range(rows.size):
        source, target = features[rows[i]], out[i]
        for k in range(source.size):
            target[k] = source[k] * scale


@compiled
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


@compiled
def _tanh(z, inner, outer, shift, biases):
    """Overwrite z with outer · tanh(inner (z + b)) + shift."""
    single = z.itemsize == 4
    for i in range(z.shape[0]):
        for k in range(z.shape[1]):
            x = inner * (z[i, k] + biases[k])
            z[i, k] = outer * (_tanh32(np.float32(x)) if single else math.tanh(x)) + shift


@compiled
def activate(z, biases, activation):
    """Overwrite z with f(z + b)."""
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


@compiled
def _softmax(z):
    for i in range(z.shape[0]):
        largest = z[i].max()
        total = z.dtype.type(0.0)
        for k in range(z.shape[1]):
            z[i, k] = math.exp(z[i, k] - largest)
            total += z[i, k]
        for k in range(z.shape[1]):
            z[i, k] /= total


@compiled
def cost_of(outputs, targets, weights, rows, loss):
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


@compiled
def hits(outputs, labels, rows):
    """Return how many samples are classified correctly."""
    count = 0
    for i in range(rows.size):
        count += outputs[i].argmax() == labels[rows[i]]
    return count


@compiled
def output_delta(outputs, targets, weights, rows, delta, loss, simple, activation, factor):
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
        times_derivative(delta, outputs, activation)


@compiled
def times_derivative(delta, a, activation):
    """Overwrite delta, the gradient by a, with the gradient by z."""
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


@compiled
def _softmax_derivative(delta, a):
    for i in range(delta.shape[0]):
        along = delta.dtype.type(0.0)
        for k in range(delta.shape[1]):
            along += delta[i, k] * a[i, k]
        for k in range(delta.shape[1]):
            delta[i, k] = a[i, k] * (delta[i, k] - along)


@compiled
def column_sums(delta, out):
    """Write the sums over samples into `out`."""
    out[:] = 0
    for i in range(delta.shape[0]):
        for k in range(delta.shape[1]):
            out[k] += delta[i, k]
