"""A trainer of the native engine, to train with or only to predict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wattlab.data.preparation import Prepared
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.engines.native.engine import NativeEngine
from wattlab.errors import ParameterError, UnsupportedError
from wattlab.estimators.samples import identity_transform
from wattlab.recipe.engine import NativeChoice

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wattlab.engines.base import Trainer, Weights
    from wattlab.estimators.samples import Samples
    from wattlab.recipe import Recipe

__all__ = ["Outputs", "predict", "start"]


@dataclass(frozen=True)
class Outputs:
    """What comes out of a network.

    Parameters
    ----------
    count : int
        Classes, or numbers to predict.
    is_classification : bool
        Which of the two.
    """

    count: int
    is_classification: bool

    @property
    def class_names(self) -> tuple[str, ...] | None:
        """Names for the engine, which has no use for the labels themselves; None for a regression."""
        return tuple(str(index) for index in range(self.count)) if self.is_classification else None


def start(name: str, recipe: Recipe, samples: Samples, outputs: Outputs, weights: Weights | None) -> Trainer:
    """Return a trainer that begins from `weights`, or from new ones, ready to go.

    Parameters
    ----------
    name : str
        Of the estimator, for the messages.
    recipe : Recipe
        What is to be trained, and how.
    samples : Samples
        What it is to learn from.
    outputs : Outputs
        What it is to learn.
    weights : dict of arrays, or None
        From a fit before this one.

    Raises
    ------
    ParameterError
        If `weights` belong to other layers, or the engine cannot do what the parameters ask for.
    """
    fresh = initial_weights(recipe.network, Inputs(samples.features.shape[1]), outputs.count, recipe.seed)
    if weights is not None:
        _check_layers(name, weights, fresh)
    data = samples.prepared(recipe.engine.array_dtype, outputs.count, outputs.class_names)
    try:
        trainer = NativeEngine().start(recipe, data, fresh if weights is None else weights)
    except UnsupportedError as error:
        raise ParameterError(f"{name}: {str(error).replace('engine.', '')}") from error
    trainer.warm_up()
    return trainer


def predict(
    recipe: Recipe, weights: Weights, outputs: Outputs, features: NDArray[np.floating]
) -> NDArray[np.floating]:
    """Return the network's outputs, shape (n_samples, n_outputs); NumPy alone will do, whatever trained.

    Parameters
    ----------
    recipe : Recipe
        What was trained.
    weights : dict of arrays
        What was learned.
    outputs : Outputs
        What comes out.
    features : ndarray of shape (n_samples, n_features)
        What goes in.
    """
    plain = recipe.model_copy(update={"engine": NativeChoice(precision=recipe.engine.array_dtype)})
    nothing = Prepared.empty(identity_transform(features.shape[1]), outputs.count, outputs.class_names)
    return NativeEngine().start(plain, nothing, weights).predict(features)


def _check_layers(name: str, weights: Weights, wanted: Weights) -> None:
    if {key: array.shape for key, array in weights.items()} != {
        key: array.shape for key, array in wanted.items()
    }:
        msg = (
            f"{name}: hidden_layer_sizes is {_hidden(wanted)}, but the weights to go on from have "
            f"{_hidden(weights)}; set it to that, or begin anew with warm_start=False"
        )
        raise ParameterError(msg)


def _hidden(weights: Weights) -> tuple[int, ...]:
    """Return the nodes of the hidden layers."""
    return tuple(array.size for name, array in weights.items() if name.endswith("biases"))[:-1]
