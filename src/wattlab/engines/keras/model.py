"""The network of a recipe as a Keras model, which keeps the log of every batch on the device."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import keras
import numpy as np
from keras import ops

from wattlab.engines.initial import check_weights
from wattlab.engines.keras.objective import ACTIVATIONS, Objective
from wattlab.recipe.objective import CrossEntropy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from wattlab.engines.base import Weights
    from wattlab.recipe.engine import Precision
    from wattlab.recipe.network import Dense
    from wattlab.recipe.recipe import Recipe

__all__ = ["POLICIES", "Network", "array_of", "exact", "to_numpy"]

Tensor = Any

POLICIES: Final[dict[Precision, str]] = {
    "float64": "float64",
    "float32": "float32",
    "tf32": "float32",
    "bfloat16": "mixed_bfloat16",
    "float16": "mixed_float16",
}
"""Keras' dtype policy of the layers: how they compute, and how they keep their weights."""


class Network(keras.Model):
    """Dense layers, their loss, and a log of every batch.

    The log is written inside the compiled step, so that no batch has to wait for the host.

    Parameters
    ----------
    recipe : Recipe
    sizes : sequence of int
        Nodes of all layers, input first.
    n_batches : int
        Most batches that the log must hold.
    byte_scale : float or None
        Factor for features that are bytes.
    classifies : bool
        The labels are class indices.
    counts : bool
        Count what is classified correctly.
    """

    def __init__(
        self,
        recipe: Recipe,
        sizes: Sequence[int],
        *,
        n_batches: int,
        byte_scale: float | None,
        classifies: bool,
        counts: bool,
    ) -> None:
        kept = recipe.engine.array_dtype
        # The layers have the policy; the model itself passes its input on as it is.
        super().__init__(dtype=kept)
        self.kept_dtype, self.byte_scale, self.n_outputs = kept, byte_scale, sizes[-1]
        self.classifies, self.counts = classifies, counts and classifies
        self.sums = recipe.loss.reduction == "sum"
        self.smoothing = recipe.loss.label_smoothing if isinstance(recipe.loss, CrossEntropy) else 0.0
        self.objective = Objective(recipe.loss, recipe.network.output_activation, kept)
        self.dense = [_dense(recipe, index, units) for index, units in enumerate(sizes[1:])]
        for layer, (n_in, _) in zip(self.dense, pairwise(sizes), strict=True):
            layer.build((None, n_in))
        self.log = self.add_weight(shape=(n_batches, 4), dtype=kept, initializer="zeros", trainable=False)
        self.position = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False)
        self._write: Callable[[Any, Any, Any], None] = _WRITERS[keras.backend.backend()]
        self.built = True

    def call(self, x: Tensor) -> Tensor:
        """Return z of the last layer for features of shape (n_samples, n_features)."""
        if self.byte_scale is not None and keras.backend.standardize_dtype(x.dtype) == "uint8":
            x = ops.cast(x, self.kept_dtype) * self.byte_scale
        for layer in self.dense:
            x = layer(x)
        return ops.cast(x, self.kept_dtype)

    def targets(self, labels: Tensor) -> Tensor:
        """Return y of shape (n_samples, n_outputs)."""
        if not self.classifies:
            return labels
        hot = ops.one_hot(labels, self.n_outputs, dtype=self.kept_dtype)
        return hot * (1 - self.smoothing) + self.smoothing / self.n_outputs if self.smoothing else hot

    def compute_loss(
        self,
        x: Tensor = None,
        y: Tensor = None,
        y_pred: Tensor = None,
        sample_weight: Tensor = None,
        training: bool = True,  # noqa: FBT001, FBT002 (Keras' signature)
    ) -> Tensor:
        """Return the cost of a batch, and write it to the log; see `keras.Model.compute_loss`."""
        del x, training  # what is evaluated goes through `score`
        targets, outputs = self.targets(y), self.objective.outputs(y_pred)
        loss = self._loss(targets, y_pred, outputs, sample_weight)
        term = sum(self.losses) if self.losses else ops.zeros((), self.kept_dtype)
        error = ops.mean(ops.abs(ops.stop_gradient(outputs) - targets))
        row = ops.stack([loss + term, term, error, self._hits(y, y_pred)])
        self._write(self.log, self.position, ops.stop_gradient(row))
        self.position.assign(self.position + 1)
        return loss + term

    def _loss(self, targets: Tensor, z: Tensor, outputs: Tensor, sample_weight: Tensor) -> Tensor:
        losses = self.objective.losses(targets, z, outputs)
        losses = losses if sample_weight is None else losses * ops.cast(sample_weight, self.kept_dtype)
        return ops.sum(losses) if self.sums else ops.mean(losses)

    def cost(self, x: Tensor, y: Tensor, sample_weight: Tensor = None) -> Tensor:
        """Return the cost of a batch, and write nothing to the log."""
        z = self(x)
        loss = self._loss(self.targets(y), z, self.objective.outputs(z), sample_weight)
        return loss + sum(self.losses) if self.losses else loss

    def _hits(self, y: Tensor, z: Tensor) -> Tensor:
        if not self.counts:
            return ops.zeros((), self.kept_dtype)
        return ops.sum(ops.cast(ops.equal(ops.argmax(z, axis=-1), ops.cast(y, "int32")), self.kept_dtype))

    def compute_metrics(
        self, x: Tensor, y: Tensor, y_pred: Tensor, sample_weight: Tensor = None
    ) -> dict[str, Tensor]:
        """Return nothing, as the log has it all; TensorFlow alone insists on something."""
        if keras.backend.backend() != "tensorflow":
            return {}
        metrics: dict[str, Tensor] = super().compute_metrics(x, y, y_pred, sample_weight)
        return metrics

    def rewind(self) -> None:
        """Begin the log anew."""
        self.position.assign(0)

    def by_name(self) -> dict[str, Any]:
        """Return Keras' variables by the names that every engine uses."""
        named = {}
        for index, layer in enumerate(self.dense):
            named[f"layers.{index}.weights"] = layer.kernel
            named[f"layers.{index}.biases"] = layer.bias
        return named

    def copies(self) -> Weights:
        """Return copies of all weights and biases, by name."""
        return {name: array_of(variable) for name, variable in self.by_name().items()}

    def assign(self, weights: Mapping[str, NDArray[np.generic]]) -> None:
        """Copy weights in; `wattlab.errors.WeightsError` if a name or shape does not fit."""
        parameters = self.by_name()
        check_weights(weights, {name: tuple(variable.shape) for name, variable in parameters.items()})
        for name, variable in parameters.items():
            variable.assign(np.asarray(weights[name], self.kept_dtype))


def array_of(variable: Any) -> NDArray[Any]:
    """Return a copy of the value of a variable of Keras."""
    return to_numpy(variable.value).copy()


def to_numpy(tensor: Any) -> NDArray[Any]:
    """Return a tensor of the backend as an array, perhaps of the same memory.

    Keras' own conversion calls ``numpy.array``, of which NumPy 2 warns for tensors of torch and for variables of
    TensorFlow.
    """
    return _TO_NUMPY[keras.backend.backend()](tensor)


def _dense(recipe: Recipe, index: int, units: int) -> Any:
    """Return a layer; the last one without activation, which the loss needs apart."""
    spec, terms = recipe.network.layers[index], recipe.regularisation
    last = index == len(recipe.network.layers) - 1
    return keras.layers.Dense(
        units,
        activation=None if last else ACTIVATIONS[spec.activation],
        kernel_regularizer=_regularizer(spec, terms.l1, terms.l2, recipe.engine.array_dtype),
        dtype=POLICIES[recipe.engine.precision],
        name=f"layer_{index}",
    )


def _regularizer(spec: Dense, l1: float, l2: float, dtype: str) -> Any:
    """Return λ₁ Σ|w| + ½ λ₂ Σw²; Keras' own l2 is the factor of Σw², without the half."""
    if not spec.regularised or not (l1 or l2):
        return None
    regularizer = keras.regularizers.L1L2(l1=l1, l2=l2 / 2)
    regularizer.l1, regularizer.l2 = exact(l1, dtype), exact(l2 / 2, dtype)
    return regularizer


def exact(number: float, dtype: str) -> float:
    """Return a number that ``keras.ops.cast`` keeps: TensorFlow makes a float32 of a plain one before a float64."""
    wide = dtype == "float64" and keras.backend.backend() == "tensorflow"
    return np.float64(number) if wide else number


def _write_tensorflow(log: Any, position: Any, row: Tensor) -> None:
    log.value.scatter_nd_update(ops.reshape(position, (1, 1)), row[None])


def _write_jax(log: Any, position: Any, row: Tensor) -> None:
    log.assign(log.value.at[position.value].set(row))


def _write_torch(log: Any, position: Any, row: Tensor) -> None:
    log.value.data.index_copy_(0, position.value.reshape(1).long(), row[None])


_TO_NUMPY: dict[str, Callable[[Any], NDArray[Any]]] = {
    "tensorflow": lambda tensor: np.asarray(tensor.numpy()),
    "jax": np.asarray,
    "torch": lambda tensor: np.asarray(tensor.detach().cpu().numpy()),
}
_WRITERS: dict[str, Callable[[Any, Any, Any], None]] = {
    "tensorflow": _write_tensorflow,
    "jax": _write_jax,
    "torch": _write_torch,
}
