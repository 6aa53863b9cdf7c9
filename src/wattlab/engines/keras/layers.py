"""A Keras layer for each node of a network, by Keras' own classes wherever it has one that does the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import keras

from wattlab.engines.keras.arithmetic import POLICIES, exact
from wattlab.engines.keras.objective import ACTIVATIONS
from wattlab.engines.keras.own_layers import EvenAverage, Sampled
from wattlab.recipe.layers import pair

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.recipe.architecture import Architecture
    from wattlab.recipe.graph import Node
    from wattlab.recipe.recipe import Recipe
    from wattlab.recipe.shapes import Shape

__all__ = ["make_layers", "variables_of"]

_LAST: Final = "channels_last"
"""Told to each layer, as a user's settings of Keras may say otherwise."""
_VARIABLES: Final[dict[str, dict[str, str]]] = {
    "dense": {"weights": "kernel", "biases": "bias"},
    "conv2d": {"weights": "kernel", "biases": "bias"},
    "conv2d-transpose": {"weights": "kernel", "biases": "bias"},
    "batch-norm": {
        "scale": "gamma",
        "offset": "beta",
        "mean": "moving_mean",
        "variance": "moving_variance",
    },
}
"""Keras' names of what every engine calls otherwise."""


@dataclass(frozen=True)
class _Place:
    """A node with what is known about it."""

    recipe: Recipe
    node: Node
    fed: list[Shape]
    given: Shape
    is_last: bool

    @property
    def common(self) -> dict[str, Any]:
        """What every layer of Keras takes."""
        name = "layer_" + self.node.name.removeprefix("layers.").replace(".", "_")
        return {"name": name, "dtype": POLICIES[self.recipe.engine.precision]}

    @property
    def activation(self) -> Any:
        """The node's activation; None in the last, as the loss needs what comes before it."""
        return None if self.is_last else ACTIVATIONS[self.node.spec.activation]

    @property
    def regularizer(self) -> Any:
        """Return λ₁ Σ|w| + ½ λ₂ Σw²; Keras' own l2 is the factor of Σw², without the half."""
        terms, dtype = self.recipe.regularisation, self.recipe.engine.array_dtype
        if not self.node.spec.regularised or not (terms.l1 or terms.l2):
            return None
        regularizer = keras.regularizers.L1L2(l1=terms.l1, l2=terms.l2 / 2)
        regularizer.l1, regularizer.l2 = exact(terms.l1, dtype), exact(terms.l2 / 2, dtype)
        return regularizer


def make_layers(recipe: Recipe, architecture: Architecture) -> list[Any]:
    """Return built layers, one a node; their weights are yet to be assigned.

    Parameters
    ----------
    recipe : Recipe
        Names precision and regularisation.
    architecture : Architecture
        The network for the data.
    """
    layers = []
    for index, node in enumerate(architecture.nodes):
        is_last = index == len(architecture.nodes) - 1
        place = _Place(recipe, node, architecture.fed(index), architecture.shapes[index], is_last)
        layer = _MAKERS[node.spec.kind](place)
        shapes = [(None, *shape) for shape in place.fed]
        layer.build(shapes if len(shapes) > 1 else shapes[0])
        layers.append(layer)
    return layers


def variables_of(node: Node, layer: Any) -> dict[str, Any]:
    """Return a layer's variables by the names that every engine uses, such as ``layers.0.weights``."""
    named = _VARIABLES.get(node.spec.kind, {})
    found = {f"{node.name}.{ours}": getattr(layer, theirs) for ours, theirs in named.items()}
    return {name: variable for name, variable in found.items() if variable is not None}


def _dense(place: _Place) -> Any:
    return keras.layers.Dense(place.given[0], **_affine(place))


def _affine(place: _Place) -> dict[str, Any]:
    """Return what layers with weights take; they start at zero, as those of the recipe follow."""
    return {
        "activation": place.activation,
        "kernel_initializer": "zeros",
        "kernel_regularizer": place.regularizer,
        **place.common,
    }


def _convolution(make: Callable[..., Any]) -> Callable[[_Place], Any]:
    def made(place: _Place) -> Any:
        spec = place.node.spec
        return make(
            spec.filters,
            pair(spec.kernel),
            strides=pair(spec.stride),
            padding=spec.padding,
            data_format=_LAST,
            use_bias=spec.bias,
            **_affine(place),
        )

    return made


def _pool(place: _Place) -> Any:
    spec = place.node.spec
    size, stride = pair(spec.size), pair(spec.size if spec.stride is None else spec.stride)
    if spec.kind == "average-pool" and spec.padding == "same" and keras.backend.backend() == "torch":
        return EvenAverage(size, stride, **place.common)
    made = keras.layers.MaxPooling2D if spec.kind == "max-pool" else keras.layers.AveragePooling2D
    return made(size, strides=stride, padding=spec.padding, data_format=_LAST, **place.common)


def _batch_norm(place: _Place) -> Any:
    spec = place.node.spec
    return keras.layers.BatchNormalization(
        axis=-1, momentum=spec.momentum, epsilon=spec.epsilon, **place.common
    )


def _dropout(place: _Place) -> Any:
    rate = place.node.spec.rate
    # At rate 0, Keras' own has nothing that draws.
    return (
        keras.layers.Dropout(rate, seed=0, **place.common) if rate else keras.layers.Identity(**place.common)
    )


def _sampling(place: _Place) -> Any:
    spec, common = place.node.spec, place.common
    # Exponentials of a half format would overflow soon: sampling computes as the loss does.
    return Sampled(spec.kl_weight, spec.noise, **{**common, "dtype": place.recipe.engine.array_dtype})


_MAKERS: dict[str, Callable[[_Place], Any]] = {
    "dense": _dense,
    "conv2d": _convolution(keras.layers.Conv2D),
    "conv2d-transpose": _convolution(keras.layers.Conv2DTranspose),
    "max-pool": _pool,
    "average-pool": _pool,
    "global-average-pool": lambda place: keras.layers.GlobalAveragePooling2D(_LAST, **place.common),
    "global-max-pool": lambda place: keras.layers.GlobalMaxPooling2D(_LAST, **place.common),
    "batch-norm": _batch_norm,
    "dropout": _dropout,
    "activation": lambda place: keras.layers.Activation(place.activation, **place.common),
    "flatten": lambda place: keras.layers.Flatten(_LAST, **place.common),
    "reshape": lambda place: keras.layers.Reshape(place.given, **place.common),
    "add": lambda place: keras.layers.Add(**place.common),
    "multiply": lambda place: keras.layers.Multiply(**place.common),
    "concatenate": lambda place: keras.layers.Concatenate(axis=-1, **place.common),
    "sampling": _sampling,
}
