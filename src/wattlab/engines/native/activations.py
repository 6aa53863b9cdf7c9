"""Activations, each with its derivative beside it, written in terms of the activation's own output.

Both functions work in place. `xp` is the array library; today that is NumPy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ACTIVATIONS", "LEAK", "ActivationFunction"]

LEAK = 0.01
"""Slope of the leaky ReLU for negative input."""

Array = Any
"""An array of shape (n_samples, n_units) of the library `xp`."""


@dataclass(frozen=True)
class ActivationFunction:
    """An activation a = f(z) and the product of a delta with its derivative.

    Parameters
    ----------
    forward : callable (xp, z, scratch) -> None
        Overwrites z with f(z).
    backward : callable (xp, delta, a, scratch) -> None
        Overwrites delta, the gradient by a, with the gradient by z.
    """

    forward: Callable[[Any, Array, Array], None]
    backward: Callable[[Any, Array, Array, Array], None]


def _nothing_forward(xp: Any, z: Array, scratch: Array) -> None:
    """a = z."""


def _nothing_backward(xp: Any, delta: Array, a: Array, scratch: Array) -> None:
    """f′ = 1."""


def _sigmoid(xp: Any, z: Array, scratch: Array) -> None:
    """σ(z) = ½ tanh(z/2) + ½: cannot overflow, and cheaper than by the exponential."""
    xp.multiply(z, 0.5, out=z)
    xp.tanh(z, out=z)
    xp.multiply(z, 0.5, out=z)
    xp.add(z, 0.5, out=z)


def _sigmoid_backward(xp: Any, delta: Array, a: Array, scratch: Array) -> None:
    """σ′ = a (1 − a)."""
    xp.subtract(1.0, a, out=scratch)
    xp.multiply(scratch, a, out=scratch)
    xp.multiply(delta, scratch, out=delta)


def _tanh(xp: Any, z: Array, scratch: Array) -> None:
    xp.tanh(z, out=z)


def _tanh_backward(xp: Any, delta: Array, a: Array, scratch: Array) -> None:
    """tanh′ = 1 − a²."""
    xp.multiply(a, a, out=scratch)
    xp.subtract(1.0, scratch, out=scratch)
    xp.multiply(delta, scratch, out=delta)


def _relu(xp: Any, z: Array, scratch: Array) -> None:
    xp.maximum(z, 0.0, out=z)


def _relu_backward(xp: Any, delta: Array, a: Array, scratch: Array) -> None:
    """1 where a > 0, else 0 (0 at the kink, as torch has it)."""
    xp.greater(a, 0.0, out=scratch)
    xp.multiply(delta, scratch, out=delta)


def _leaky_relu(xp: Any, z: Array, scratch: Array) -> None:
    """max(z, LEAK z)."""
    xp.multiply(z, LEAK, out=scratch)
    xp.maximum(z, scratch, out=z)


def _leaky_relu_backward(xp: Any, delta: Array, a: Array, scratch: Array) -> None:
    """1 where a > 0, else LEAK."""
    xp.greater(a, 0.0, out=scratch)
    xp.multiply(scratch, 1.0 - LEAK, out=scratch)
    xp.add(scratch, LEAK, out=scratch)
    xp.multiply(delta, scratch, out=delta)


def _softmax(xp: Any, z: Array, scratch: Array) -> None:
    """Exponentials over their sum, shifted by the largest so that none overflows.

    The largest is found down the columns of a transposed copy: along rows this short it takes four times as long.
    """
    xp.subtract(z, z.T.copy().max(axis=0)[:, None], out=z)
    xp.exp(z, out=z)
    xp.divide(z, z.sum(axis=1)[:, None], out=z)


def _softmax_backward(xp: Any, delta: Array, a: Array, scratch: Array) -> None:
    """J δ = a ∘ (δ − Σ a δ)."""
    xp.multiply(delta, a, out=scratch)
    xp.subtract(delta, scratch.sum(axis=1)[:, None], out=delta)
    xp.multiply(delta, a, out=delta)


ACTIVATIONS: dict[str, ActivationFunction] = {
    "identity": ActivationFunction(_nothing_forward, _nothing_backward),
    "sigmoid": ActivationFunction(_sigmoid, _sigmoid_backward),
    "tanh": ActivationFunction(_tanh, _tanh_backward),
    "relu": ActivationFunction(_relu, _relu_backward),
    "leaky-relu": ActivationFunction(_leaky_relu, _leaky_relu_backward),
    "softmax": ActivationFunction(_softmax, _softmax_backward),
}
