"""The network of a recipe as a Keras model, which keeps the log of every batch on the device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import keras
import numpy as np
from keras import ops

from wattlab.engines.initial import check_weights
from wattlab.engines.keras.arithmetic import array_of
from wattlab.engines.keras.layers import make_layers, variables_of
from wattlab.engines.keras.objective import Objective
from wattlab.engines.keras.own_layers import Sampled
from wattlab.recipe.objective import CrossEntropy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from wattlab.data.preparation import Prepared
    from wattlab.engines.base import Weights
    from wattlab.recipe.architecture import Architecture
    from wattlab.recipe.recipe import Recipe

__all__ = ["Network"]

Tensor = Any

_STREAM: Final = 3
"""Apart from the streams of the initial weights, of the order, and of the augmentation."""
_TRAINED: Final = (keras.layers.BatchNormalization, keras.layers.Dropout, Sampled)
"""What does one thing in training and another one else."""


class Network(keras.Model):
    """Layers as a graph, their loss, and a log of every batch.

    The log is written inside the compiled step, so that no batch has to wait for the host.

    Parameters
    ----------
    recipe : Recipe
    architecture : Architecture
        The recipe's network for the data.
    data : Prepared
        Says what the targets are, and whether features are bytes.
    n_batches : int
        Most batches that the log must hold.
    """

    def __init__(self, recipe: Recipe, architecture: Architecture, data: Prepared, n_batches: int) -> None:
        kept = recipe.engine.array_dtype
        # The layers have the policy; the model itself passes its input on as it is.
        super().__init__(dtype=kept)
        self.kept_dtype, self.byte_scale, self.n_outputs = kept, data.byte_scale, architecture.n_outputs
        self.reconstructs, self.classifies = data.reconstructs, data.classes is not None
        self.counts = recipe.evaluation.train == "batches" and self.classifies
        self.sums = recipe.loss.reduction == "sum"
        self.smoothing = recipe.loss.label_smoothing if isinstance(recipe.loss, CrossEntropy) else 0.0
        self.objective = Objective(recipe.loss, architecture.output_activation, kept)
        self.architecture = architecture
        self.graph = make_layers(recipe, architecture)
        self.samples = any(isinstance(layer, Sampled) for layer in self.graph)
        self.log = self.add_weight(shape=(n_batches, 4), dtype=kept, initializer="zeros", trainable=False)
        self.position = self.add_weight(shape=(), dtype="int32", initializer="zeros", trainable=False)
        self._write: Callable[[Any, Any, Any], None] = _WRITERS[keras.backend.backend()]
        self.built = True

    def call(self, x: Tensor, training: bool | None = None) -> Tensor:  # noqa: FBT001 (Keras' signature)
        """Return z of shape (n_samples, n_outputs) for features of shape (n_samples, n_features).

        z is what the outputs are the activation of; where the network samples, the divergence of each sample, of
        shape (n_samples,), comes with it.
        """
        fed, divergences = {-1: self._shaped(self.values(x))}, []
        for index, (node, layer) in enumerate(zip(self.architecture.nodes, self.graph, strict=True)):
            inputs = [fed[source] for source in node.inputs]
            # On JAX, Keras does not hand on by itself whether this is training.
            told = {"training": training} if isinstance(layer, _TRAINED) else {}
            given = layer(inputs if len(inputs) > 1 else inputs[0], **told)
            if isinstance(layer, Sampled):
                given, divergence = given
                divergences.append(divergence)
            fed[index] = given
        z = ops.cast(given, self.kept_dtype)
        z = ops.reshape(z, (-1, self.n_outputs)) if len(z.shape) > 2 else z
        return (z, sum(divergences)) if divergences else z

    def values(self, features: Tensor) -> Tensor:
        """Return features as numbers: bytes are scaled."""
        if self.byte_scale is None or keras.backend.standardize_dtype(features.dtype) != "uint8":
            return features
        return ops.cast(features, self.kept_dtype) * self.byte_scale

    def _shaped(self, x: Tensor) -> Tensor:
        shape = self.architecture.input_shape
        return ops.reshape(x, (-1, *shape)) if len(shape) > 1 else x

    def targets(self, features: Tensor, labels: Tensor) -> Tensor:
        """Return y of shape (n_samples, n_outputs)."""
        if self.reconstructs:
            return ops.cast(self.values(ops.convert_to_tensor(features)), self.kept_dtype)
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
        del training  # what is evaluated goes through `score`
        targets, (z, divergence) = self.targets(x, y), self.parted(y_pred)
        outputs = self.objective.outputs(z)
        loss = self._loss(targets, z, outputs, divergence, sample_weight)
        term = sum(self.losses) if self.losses else ops.zeros((), self.kept_dtype)
        error = ops.mean(ops.abs(ops.stop_gradient(outputs) - targets))
        row = ops.stack([loss + term, term, error, self._hits(y, z)])
        self._write(self.log, self.position, ops.stop_gradient(row))
        self.position.assign(self.position + 1)
        return loss + term

    def parted(self, given: Any) -> tuple[Any, Any]:
        """Return z and the divergence of what `call` gave; None where the network does not sample."""
        return tuple(given) if self.samples else (given, None)

    def _loss(
        self, targets: Tensor, z: Tensor, outputs: Tensor, divergence: Tensor, sample_weight: Tensor
    ) -> Tensor:
        losses = self.objective.losses(targets, z, outputs)
        losses = losses if divergence is None else losses + divergence
        losses = losses if sample_weight is None else losses * ops.cast(sample_weight, self.kept_dtype)
        return ops.sum(losses) if self.sums else ops.mean(losses)

    def cost(self, x: Tensor, y: Tensor, sample_weight: Tensor = None) -> Tensor:
        """Return the cost of a batch in training, and write nothing to the log."""
        z, divergence = self.parted(self(x, training=True))
        loss = self._loss(self.targets(x, y), z, self.objective.outputs(z), divergence, sample_weight)
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

    def draw_from(self, seed: int, epoch: int) -> None:
        """Let dropout and sampling draw what belongs to an epoch, whatever was drawn before."""
        for index, layer in enumerate(self.graph):
            if isinstance(layer, (keras.layers.Dropout, Sampled)):
                found = np.random.SeedSequence(seed, spawn_key=(_STREAM, epoch, index)).generate_state(1)
                layer.seed_generator.state.assign(np.array([found[0] >> 1, 0], np.int32))

    def by_name(self) -> dict[str, Any]:
        """Return Keras' variables by the names that every engine uses."""
        return {
            name: variable
            for node, layer in zip(self.architecture.nodes, self.graph, strict=True)
            for name, variable in variables_of(node, layer).items()
        }

    def copies(self) -> Weights:
        """Return copies of all weights, biases and moving statistics, by name."""
        return {name: array_of(variable) for name, variable in self.by_name().items()}

    def assign(self, weights: Mapping[str, NDArray[np.generic]]) -> None:
        """Copy weights in; `wattlab.errors.WeightsError` if a name or shape does not fit."""
        parameters = self.by_name()
        check_weights(weights, self.architecture.arrays)
        for name, variable in parameters.items():
            variable.assign(np.asarray(weights[name], self.kept_dtype))


def _write_tensorflow(log: Any, position: Any, row: Tensor) -> None:
    log.value.scatter_nd_update(ops.reshape(position, (1, 1)), row[None])


def _write_jax(log: Any, position: Any, row: Tensor) -> None:
    log.assign(log.value.at[position.value].set(row))


def _write_torch(log: Any, position: Any, row: Tensor) -> None:
    log.value.data.index_copy_(0, position.value.reshape(1).long(), row[None])


_WRITERS: dict[str, Callable[[Any, Any, Any], None]] = {
    "tensorflow": _write_tensorflow,
    "jax": _write_jax,
    "torch": _write_torch,
}
