"""Initial weights, the same for every engine."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from wattlab.errors import RecipeError, WeightsError
from wattlab.recipe.architecture import Architecture
from wattlab.recipe.network import FanScaled, SqrtNodes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from wattlab.data.preparation import Prepared
    from wattlab.engines.base import Weights
    from wattlab.recipe.graph import Node
    from wattlab.recipe.network import InitialWeights, Network
    from wattlab.recipe.objective import Loss
    from wattlab.recipe.recipe import Recipe

__all__ = [
    "Inputs",
    "architecture_of",
    "check_loss",
    "check_weights",
    "fans",
    "initial_weights",
    "layer_sizes",
]

_CONSTANT = {"scale": 1.0, "offset": 0.0, "mean": 0.0, "variance": 1.0}
_NAMES = ("weights", "biases", *_CONSTANT)


@dataclass(frozen=True)
class Inputs:
    """What feeds the network.

    Parameters
    ----------
    n_features : int
        Features before any were left out; what a reduction computes counts as such.
    kept : ndarray of int, or None
        Columns of those that feed the network; None for all.
    image_shape : (int, int, int) or None
        Rows, columns and channels, where a sample is a whole image.

    Notes
    -----
    The weights of a dense layer that they feed are drawn for all features, and the rows of the kept ones are used. So
    leaving out features that are always zero changes neither the other weights nor any prediction.
    """

    n_features: int
    kept: NDArray[np.int64] | None = None
    image_shape: tuple[int, int, int] | None = None

    @property
    def n_fed(self) -> int:
        """Features that feed the network."""
        return self.n_features if self.kept is None else len(self.kept)

    @classmethod
    def of(cls, data: Prepared) -> Inputs:
        """Return what feeds a network that learns from `data`."""
        transform, kept = data.transform, data.transform.kept
        n_features = transform.n_features_out if kept is None else transform.n_features_in
        return cls(n_features, kept, data.image_shape)


def architecture_of(recipe: Recipe, data: Prepared) -> Architecture:
    """Return what the recipe's network is for the data; see `Architecture.of`."""
    n_features = data.train.features.shape[1]
    return Architecture.of(recipe.network, n_features, data.image_shape, data.n_outputs)


def check_loss(loss: Loss, data: Prepared) -> None:
    """Raise `RecipeError` for a loss that does not suit what is to be learned."""
    if data.reconstructs:
        _check_reconstruction(loss, data)
    elif data.classes is None and loss.kind != "mse":
        msg = (
            f"loss.kind is {loss.kind!r}, which needs classes, but the data has numbers to predict; "
            "set loss.kind = 'mse', or data.task = 'classification'"
        )
        raise RecipeError(msg)


def _check_reconstruction(loss: Loss, data: Prepared) -> None:
    if loss.kind not in {"mse", "log-loss"}:
        msg = (
            f"loss.kind is {loss.kind!r}, which needs classes, but data.task is 'reconstruction'; "
            "set loss.kind = 'mse', or 'log-loss' where features lie between 0 and 1"
        )
        raise RecipeError(msg)
    features = data.train.features
    if loss.kind == "mse" or data.byte_scale is not None or not features.size:
        return
    if features.min() < 0 or features.max() > 1:
        msg = (
            f"loss.kind is 'log-loss', which reconstructs features between 0 and 1, but they reach from "
            f"{features.min():g} to {features.max():g}; set preparation.after = 'bytes' or 'min-max', "
            "or loss.kind = 'mse'"
        )
        raise RecipeError(msg)


def layer_sizes(network: Network, n_inputs: int, n_outputs: int) -> list[int]:
    """Return the nodes of all layers of a chain of dense ones, input first.

    Raises
    ------
    wattlab.errors.RecipeError
        If the last layer names another number of units than the data has outputs.
    """
    return [n_inputs, *(shape[0] for shape in Architecture.of(network, n_inputs, None, n_outputs).shapes)]


def initial_weights(network: Network, inputs: Inputs, n_outputs: int, seed: int) -> Weights:
    """Draw weights and biases as the recipe says.

    Parameters
    ----------
    network : Network
        The recipe's.
    inputs : Inputs
        What feeds the first layer.
    n_outputs : int
        Classes or targets.
    seed : int
        The recipe's seed; the stream is apart from that of the sample order.

    Returns
    -------
    dict of float64 arrays
        By the names and of the shapes that `wattlab.recipe.architecture.Architecture.arrays` tells: for a dense layer
        ``layers.i.weights`` of shape (n_in, n_out) and ``layers.i.biases`` of shape (n_out,); kernels are (rows,
        columns, channels in, channels out). Batch normalisation begins with scale 1, offset 0, mean 0, variance 1.
    """
    architecture = Architecture.of(network, inputs.n_fed, inputs.image_shape, n_outputs)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,)))
    weights: Weights = {}
    for node in architecture.nodes:
        names = [name for name in _NAMES if f"{node.name}.{name}" in architecture.arrays]
        shapes = {name: architecture.arrays[f"{node.name}.{name}"] for name in names}
        kept = inputs.kept if node.inputs == (-1,) and "weights" in shapes else None
        if kept is not None:
            shapes["weights"] = (inputs.n_features, *shapes["weights"][1:])
        for name, drawn in _start(rng, network, node, shapes).items():
            weights[f"{node.name}.{name}"] = drawn if kept is None or name != "weights" else drawn[kept]
    return weights


def _start(
    rng: np.random.Generator, network: Network, node: Node, shapes: Mapping[str, tuple[int, ...]]
) -> Weights:
    """Return the arrays of one layer as they begin."""
    if "weights" not in shapes:
        return {name: np.full(shape, _CONSTANT[name]) for name, shape in shapes.items()}
    spec = node.spec.initial_weights or network.initial_weights
    n_in, n_out = fans(shapes["weights"], transposed=node.spec.kind == "conv2d-transpose")
    drawn: Weights = {"weights": _draw(rng, spec, n_in, n_out, shapes["weights"])}
    if "biases" in shapes:
        as_weights = network.initial_biases == "as-weights"
        shape = shapes["biases"]
        drawn["biases"] = _draw(rng, spec, n_in, n_out, shape) if as_weights else np.zeros(shape)
    return drawn


def fans(shape: tuple[int, ...], *, transposed: bool = False) -> tuple[int, int]:
    """Return fan-in and fan-out of weights: channels times the kernel's pixels.

    Examples
    --------
    >>> fans((784, 70)), fans((3, 3, 16, 32)), fans((3, 3, 16, 32), transposed=True)
    ((784, 70), (144, 288), (288, 144))
    """
    *window, first, second = shape
    pixels = int(np.prod(window, dtype=np.int64))
    return (second * pixels, first * pixels) if transposed else (first * pixels, second * pixels)


def _draw(
    rng: np.random.Generator, spec: InitialWeights, n_in: int, n_out: int, shape: tuple[int, ...]
) -> NDArray[np.float64]:
    if isinstance(spec, SqrtNodes):
        half = spec.factor / sqrt(n_in)
        return rng.uniform(-half, half, shape)
    if isinstance(spec, FanScaled):
        variance = 2 / (n_in + n_out) if spec.kind.startswith("glorot") else 2 / n_in
        if spec.kind.endswith("normal"):
            return rng.normal(0, sqrt(variance), shape)
        half = sqrt(3 * variance)
        return rng.uniform(-half, half, shape)
    return rng.uniform(spec.low, spec.high, shape)


def check_weights(offered: Mapping[str, NDArray[np.generic]], wanted: Mapping[str, tuple[int, ...]]) -> None:
    """Raise `WeightsError` unless `offered` has exactly the names and shapes of `wanted`."""
    for name, shape in wanted.items():
        if name not in offered:
            msg = f"the weights have no {name!r}; they come from a network with fewer layers"
            raise WeightsError(msg)
        if offered[name].shape != shape:
            msg = (
                f"{name} has shape {offered[name].shape}, but this network needs {shape}; "
                "take weights from a run with the same layers and the same features"
            )
            raise WeightsError(msg)
    extra = sorted(set(offered) - set(wanted))
    if extra:
        msg = f"the weights hold {', '.join(extra)}, which this network does not have"
        raise WeightsError(msg)
