"""What scikit-learn's networks can express of a recipe, and what they cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.engines.dense_only import dense_layers
from wattlab.errors import UnsupportedError
from wattlab.recipe.objective import CrossEntropy
from wattlab.recipe.optimizer import Adam

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.recipe import Recipe

__all__ = ["HIDDEN_ACTIVATIONS", "OPTIMIZERS", "OUTPUT_ACTIVATIONS", "check_support"]

HIDDEN_ACTIVATIONS = {"identity": "identity", "sigmoid": "logistic", "tanh": "tanh", "relu": "relu"}
"""scikit-learn's name of each hidden activation that it has."""
OUTPUT_ACTIVATIONS = {"cross-entropy": "softmax", "log-loss": "sigmoid", "mse": "identity"}
"""The only output activation that scikit-learn has for each loss."""
OPTIMIZERS = ("gd", "sgd", "momentum", "nesterov", "adam")
"""Kinds of optimizer that scikit-learn has."""


def check_support(recipe: Recipe) -> None:
    """Raise `UnsupportedError` for the first field of a recipe that scikit-learn cannot express."""
    for problem in _problems(recipe):
        raise UnsupportedError(f"{problem}, or choose engine.name 'native'")


def _problems(recipe: Recipe) -> Iterator[str]:
    yield from _engine_problems(recipe)
    yield from _network_problems(recipe)
    yield from _loss_problems(recipe)
    yield from _optimizer_problems(recipe)
    if recipe.regularisation.l1:
        yield (
            f"regularisation.l1 is {recipe.regularisation.l1:g}, but scikit-learn's networks have L2 only; "
            "set it to 0"
        )
    if recipe.training.clip_norm is not None:
        yield "training.clip_norm is set, but scikit-learn's networks do not clip gradients; leave it out"


def _engine_problems(recipe: Recipe) -> Iterator[str]:
    choice = recipe.engine
    if choice.precision not in {"float64", "float32"}:
        yield f"engine.precision is {choice.precision!r}, which scikit-learn cannot do; it can do float64, float32"
    if choice.device != "cpu":
        yield f"engine.device is {choice.device!r}, but scikit-learn's networks run on the cpu only; set 'cpu'"


def _network_problems(recipe: Recipe) -> Iterator[str]:
    layers = dense_layers(recipe)
    for index, layer in enumerate(layers[:-1]):
        if layer.activation not in HIDDEN_ACTIVATIONS:
            yield (
                f"network.layers[{index}].activation is {layer.activation!r}, which scikit-learn does not have "
                f"in a hidden layer; take one of {', '.join(HIDDEN_ACTIVATIONS)}"
            )
        elif layer.activation != layers[0].activation:
            yield (
                f"network.layers[{index}].activation is {layer.activation!r} and that of layers[0] "
                f"{layers[0].activation!r}, but scikit-learn has one activation for all hidden layers; "
                "make them the same"
            )
    for index, layer in enumerate(layers):
        if not layer.regularised and recipe.regularisation.l2:
            yield (
                f"network.layers[{index}].regularised is false, but scikit-learn regularises all layers; "
                "make it true, or set regularisation.l2 to 0"
            )


def _loss_problems(recipe: Recipe) -> Iterator[str]:
    loss, output = recipe.loss, recipe.network.output_activation
    last = len(recipe.network.layers) - 1
    if loss.kind not in OUTPUT_ACTIVATIONS:
        yield (
            f"loss.kind is {loss.kind!r}, which scikit-learn does not have; "
            f"take one of {', '.join(OUTPUT_ACTIVATIONS)}"
        )
    elif output != OUTPUT_ACTIVATIONS[loss.kind]:
        yield (
            f"network.layers[{last}].activation is {output!r}, but for loss.kind {loss.kind!r} scikit-learn has "
            f"{OUTPUT_ACTIVATIONS[loss.kind]!r} outputs only; take that"
        )
    if isinstance(loss, CrossEntropy) and loss.label_smoothing:
        yield (
            f"loss.label_smoothing is {loss.label_smoothing:g}, which scikit-learn does not have; set it to 0"
        )


def _optimizer_problems(recipe: Recipe) -> Iterator[str]:
    optimizer = recipe.optimizer
    if optimizer.kind not in OPTIMIZERS:
        yield (
            f"optimizer.kind is {optimizer.kind!r}, which scikit-learn does not have; "
            f"take one of {', '.join(OPTIMIZERS)}"
        )
    if not isinstance(optimizer, Adam):
        return
    if not optimizer.epsilon_uncorrected:
        yield (
            "optimizer.epsilon_uncorrected is false, but scikit-learn's Adam adds epsilon before the bias "
            "correction; set it to true"
        )
    if recipe.loss.reduction == "sum":
        yield (
            "loss.reduction is 'sum', but scikit-learn's Adam sees mean gradients; set it to 'mean' "
            "(Adam's steps hardly depend on it)"
        )
