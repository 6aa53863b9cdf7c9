"""Activations and losses of a recipe in Keras' operations; the backend differentiates them.

`z` is what the last layer's affine map gives, `a` the outputs, `y` the targets; all of shape (n_samples, n_outputs).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from keras import losses, ops
from keras.backend import standardize_dtype

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.recipe.network import Activation
    from wattlab.recipe.objective import Loss

__all__ = ["ACTIVATIONS", "Objective"]

Tensor = Any


def _leaky_relu(z: Tensor) -> Tensor:
    """max(z, z/100); the fused function of TensorFlow has its slope in float32, whatever the tensor."""
    if standardize_dtype(z.dtype) == "float64":
        return ops.where(z > 0, z, 0.01 * z)
    return ops.leaky_relu(z, negative_slope=0.01)


ACTIVATIONS: dict[Activation, Callable[[Tensor], Tensor] | None] = {
    "identity": None,
    "sigmoid": ops.sigmoid,
    "tanh": ops.tanh,
    "relu": ops.relu,
    "leaky-relu": _leaky_relu,
    "softmax": ops.softmax,
}
"""By the recipe's names; None adds nothing."""
_SMALLEST = {"float64": 1e-15, "float32": 1e-7}


@dataclass(frozen=True)
class Objective:
    """From the last affine map to outputs and losses.

    Parameters
    ----------
    loss : Loss
        The recipe's.
    activation : str
        The recipe's name of the output activation.
    dtype : str
        float32 or float64.
    """

    loss: Loss
    activation: Activation
    dtype: str

    def outputs(self, z: Tensor) -> Tensor:
        """Return the outputs a of shape (n_samples, n_outputs)."""
        function = ACTIVATIONS[self.activation]
        return z if function is None else function(z)

    def losses(self, y: Tensor, z: Tensor, a: Tensor) -> Tensor:
        """Return the loss of each sample, summed over outputs, shape (n_samples,).

        Where loss and activation go together, Keras is given z ("from_logits"): so its documentation advises, as it
        neither overflows nor needs clipping.
        """
        kind = self.loss.kind
        if kind == "cross-entropy":
            return ops.categorical_crossentropy(y, z, from_logits=True)
        if kind == "normalised-cross-entropy":
            # The product is a tensor without the mark that Keras' sigmoid leaves on TensorFlow, by which this function
            # would find z and compute the softmax cross-entropy of it instead.
            return losses.categorical_crossentropy(y, 1.0 * a)
        if kind == "mse":
            return 0.5 * ops.sum(ops.square(y - a), axis=-1)
        if self.activation == "sigmoid":
            return ops.sum(ops.binary_crossentropy(y, z, from_logits=True), axis=-1)
        # With y = 0 or 1, −[y ln a + (1 − y) ln(1 − a)] is −ln(1 − |y − a|).
        return -ops.sum(ops.log(ops.maximum(1 - ops.abs(y - a), _SMALLEST[self.dtype])), axis=-1)
