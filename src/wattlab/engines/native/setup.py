"""What a training on the native engine consists of, before a loop goes over its batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wattlab.engines.dense_only import dense_layers
from wattlab.engines.initial import layer_sizes
from wattlab.engines.native.choice import formats_of, native_choice
from wattlab.engines.native.feeding import gather_samples, one_hot
from wattlab.engines.native.network import DenseNetwork
from wattlab.engines.native.optimizers import make_update
from wattlab.engines.native.parameters import Parameters
from wattlab.engines.native.sharing import compiles_steps, share_count
from wattlab.recipe.objective import CrossEntropy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wattlab.data.preparation import Prepared, PreparedPart
    from wattlab.engines.base import Weights
    from wattlab.engines.native.arrays import Arrays
    from wattlab.engines.native.choice import Formats
    from wattlab.engines.native.feeding import Samples
    from wattlab.engines.native.optimizers import Update
    from wattlab.recipe.engine import NativeChoice
    from wattlab.recipe.recipe import Recipe

__all__ = ["Setup"]


@dataclass(frozen=True)
class Setup:
    """Recipe, arrays, network, samples and optimizer of one training.

    Parameters
    ----------
    recipe : Recipe
    choice : NativeChoice
        The recipe's engine.
    data : Prepared
    arrays : Arrays
        The table of operations on all arrays below.
    formats : Formats
    parameters, gradients : Parameters
        θ and the gradient of the loss.
    network : DenseNetwork
    update : Update
        The optimizer with its memory.
    samples : Samples
        The training part.
    """

    recipe: Recipe
    choice: NativeChoice
    data: Prepared
    arrays: Arrays
    formats: Formats
    parameters: Parameters
    gradients: Parameters
    network: DenseNetwork
    update: Update
    samples: Samples

    @classmethod
    def of(cls, recipe: Recipe, data: Prepared, weights: Weights, arrays: Arrays) -> Setup:
        """Bring data and weights to the arrays."""
        choice = native_choice(recipe)
        formats = formats_of(choice.precision)
        sizes = layer_sizes(recipe.network, data.train.features.shape[1], data.n_outputs)
        layers = dense_layers(recipe)
        counted = [layer.regularised for layer in layers]
        parameters, gradients = (Parameters(arrays, sizes, formats.master, counted) for _ in range(2))
        parameters.assign(weights)
        activations = [layer.activation for layer in layers]
        network = DenseNetwork(
            parameters, formats, activations, recipe.loss.kind, input_delta=choice.input_delta
        )
        update = make_update(arrays, recipe.optimizer, parameters.flat, parameters.n_weights)
        samples = _samples(recipe, data, arrays, formats, data.train)
        return cls(recipe, choice, data, arrays, formats, parameters, gradients, network, update, samples)

    @property
    def batch_rows(self) -> int:
        """Rows of a batch that is not short."""
        size, n_samples = self.recipe.training.batch_size, len(self.samples.labels)
        return max(1, n_samples if size == "all" else min(size, n_samples))

    @property
    def counts(self) -> bool:
        """Whether correct classifications are counted as the batches go by."""
        return self.data.classes is not None and self.recipe.evaluation.train == "batches"

    @property
    def by_mean(self) -> bool:
        """Whether the loss of a batch is the mean over its samples, not their sum."""
        return self.recipe.loss.reduction == "mean"

    @property
    def shares(self) -> int:
        """Among how many cores a compiled pass divides the rows that it gets at once."""
        whole = compiles_steps(self.recipe)
        return share_count(
            self.recipe, self.batch_rows if whole else min(self.batch_rows, self.arrays.block_rows)
        )

    def samples_of(self, part: PreparedPart) -> Samples:
        """Return a part of the data in arrays; the training part is there already."""
        if part is self.data.train:
            return self.samples
        return _samples(self.recipe, self.data, self.arrays, self.formats, part)


def _samples(recipe: Recipe, data: Prepared, arrays: Arrays, formats: Formats, part: PreparedPart) -> Samples:
    return gather_samples(
        arrays, formats, part, data.byte_scale, _targets(recipe, data, part, formats.master)
    )


def _targets(recipe: Recipe, data: Prepared, part: PreparedPart, dtype: str) -> NDArray[np.floating]:
    labels = part.labels
    if data.reconstructs:
        features = part.features.astype(dtype)
        return features if data.byte_scale is None else features * features.dtype.type(data.byte_scale)
    if data.classes is None:
        return labels.reshape(len(labels), data.n_outputs).astype(dtype)
    smoothing = recipe.loss.label_smoothing if isinstance(recipe.loss, CrossEntropy) else 0.0
    return one_hot(labels.astype("int64"), data.n_outputs, dtype, smoothing)
