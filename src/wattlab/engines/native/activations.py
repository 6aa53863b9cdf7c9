"""Activations, each with its derivative beside it, written in terms of the activation's own output.

Both functions work in place. `xp` is the table of array operations; a library that has a kernel of its own for one
of these formulas names it there, and the tests hold the two against each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.engines.native.arrays import Array, Arrays

__all__ = ["ACTIVATIONS", "LEAK", "ActivationFunction", "activation_function"]

LEAK = 0.01
"""Slope of the leaky ReLU for negative input."""


@dataclass(frozen=True)
class ActivationFunction:
    """An activation a = f(z) and the product of a delta with its derivative; arrays are (n_samples, n_units).

    Parameters
    ----------
    forward : callable (xp, z, scratch) -> None
        Overwrites z with f(z).
    backward : callable (xp, delta, a, scratch) -> None
        Overwrites delta, the gradient by a, with the gradient by z.
    """

    forward: Callable[[Arrays, Array, Array], None]
    backward: Callable[[Arrays, Array, Array, Array], None]


def _nothing_forward(xp: Arrays, z: Array, scratch: Array) -> None:
    """a = z."""


def _nothing_backward(xp: Arrays, delta: Array, a: Array, scratch: Array) -> None:
    """f′ = 1."""


def _sigmoid(xp: Arrays, z: Array, scratch: Array) -> None:
    """σ(z) = ½ tanh(z/2) + ½: cannot overflow, and cheaper than by the exponential."""
    xp.multiply(z, 0.5, out=z)
    xp.tanh(z, out=z)
    xp.multiply(z, 0.5, out=z)
    xp.add(z, 0.5, out=z)


def _sigmoid_backward(xp: Arrays, delta: Array, a: Array, scratch: Array) -> None:
    """σ′ = a (1 − a)."""
    xp.subtract(xp.one, a, out=scratch)
    xp.multiply(scratch, a, out=scratch)
    xp.multiply(delta, scratch, out=delta)


def _tanh(xp: Arrays, z: Array, scratch: Array) -> None:
    xp.tanh(z, out=z)


def _tanh_backward(xp: Arrays, delta: Array, a: Array, scratch: Array) -> None:
    """tanh′ = 1 − a²."""
    xp.multiply(a, a, out=scratch)
    xp.subtract(xp.one, scratch, out=scratch)
    xp.multiply(delta, scratch, out=delta)


def _relu(xp: Arrays, z: Array, scratch: Array) -> None:
    xp.at_least(z, 0.0, out=z)


def _relu_backward(xp: Arrays, delta: Array, a: Array, scratch: Array) -> None:
    """1 where a > 0, else 0 (0 at the kink, as torch has it)."""
    xp.greater(a, 0.0, out=scratch)
    xp.multiply(delta, scratch, out=delta)


def _leaky_relu(xp: Arrays, z: Array, scratch: Array) -> None:
    """max(z, LEAK z)."""
    xp.multiply(z, LEAK, out=scratch)
    xp.at_least(z, scratch, out=z)


def _leaky_relu_backward(xp: Arrays, delta: Array, a: Array, scratch: Array) -> None:
    """1 where a > 0, else LEAK."""
    xp.greater(a, 0.0, out=scratch)
    xp.multiply(scratch, 1.0 - LEAK, out=scratch)
    xp.add(scratch, LEAK, out=scratch)
    xp.multiply(delta, scratch, out=delta)


def _softmax(xp: Arrays, z: Array, scratch: Array) -> None:
    """Exponentials over their sum, shifted by the largest so that none overflows."""
    xp.subtract(z, xp.row_maxima(z), out=z)
    xp.exp(z, out=z)
    xp.divide(z, xp.row_sums(z), out=z)


def _softmax_backward(xp: Arrays, delta: Array, a: Array, scratch: Array) -> None:
    """J δ = a ∘ (δ − Σ a δ)."""
    xp.multiply(delta, a, out=scratch)
    xp.subtract(delta, xp.row_sums(scratch), out=delta)
    xp.multiply(delta, a, out=delta)


ACTIVATIONS: dict[str, ActivationFunction] = {
    "identity": ActivationFunction(_nothing_forward, _nothing_backward),
    "sigmoid": ActivationFunction(_sigmoid, _sigmoid_backward),
    "tanh": ActivationFunction(_tanh, _tanh_backward),
    "relu": ActivationFunction(_relu, _relu_backward),
    "leaky-relu": ActivationFunction(_leaky_relu, _leaky_relu_backward),
    "softmax": ActivationFunction(_softmax, _softmax_backward),
}


def activation_function(xp: Arrays, name: str) -> ActivationFunction:
    """Return an activation by name: the library's own kernels where it has them, else the formulas above."""
    return ActivationFunction(*xp.kernels[name]) if name in xp.kernels else ACTIVATIONS[name]
