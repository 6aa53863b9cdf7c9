"""Initial weights, the same for every engine."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from wattlab.errors import RecipeError, WeightsError
from wattlab.recipe.network import FanScaled, SqrtNodes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from wattlab.engines.base import Weights
    from wattlab.recipe.network import InitialWeights, Network
    from wattlab.recipe.objective import Loss

__all__ = ["Inputs", "check_loss", "check_weights", "initial_weights", "layer_sizes"]


@dataclass(frozen=True)
class Inputs:
    """What feeds the network.

    Parameters
    ----------
    n_features : int
        Features before any were left out.
    kept : ndarray of int, or None
        Columns of those that feed the network; None for all.

    Notes
    -----
    Weights are drawn for all features and the rows of the kept ones are used. So leaving out features that
    are always zero changes neither the other weights nor any prediction.
    """

    n_features: int
    kept: NDArray[np.int64] | None = None


def check_loss(loss: Loss, classes: tuple[str, ...] | None) -> None:
    """Raise `RecipeError` for a loss that needs classes where there are numbers to predict."""
    if classes is None and loss.kind != "mse":
        msg = (
            f"loss.kind is {loss.kind!r}, which needs classes, but the data has numbers to predict; "
            "set loss.kind = 'mse', or data.task = 'classification'"
        )
        raise RecipeError(msg)


def layer_sizes(network: Network, n_inputs: int, n_outputs: int) -> list[int]:
    """Return the nodes of all layers, input first.

    Raises
    ------
    wattlab.errors.RecipeError
        If the last layer names another number of units than the data has outputs.
    """
    *hidden, last = network.layers
    if last.units is not None and last.units != n_outputs:
        msg = (
            f"network.layers[{len(hidden)}].units is {last.units}, but the data has {n_outputs} "
            f"classes or targets; leave units out, or set it to {n_outputs}"
        )
        raise RecipeError(msg)
    return [n_inputs, *(layer.units or 0 for layer in hidden), n_outputs]


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
        ``layers.i.weights`` of shape (n_in, n_out) and ``layers.i.biases`` of shape (n_out,).
    """
    sizes = layer_sizes(network, inputs.n_features, n_outputs)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,)))
    weights: Weights = {}
    for index, layer in enumerate(network.layers):
        spec = layer.initial_weights or network.initial_weights
        n_in, n_out = sizes[index], sizes[index + 1]
        drawn = _draw(rng, spec, n_in, n_out, (n_in, n_out))
        if index == 0 and inputs.kept is not None:
            drawn = drawn[inputs.kept]
        as_weights = network.initial_biases == "as-weights"
        biases = _draw(rng, spec, n_in, n_out, (n_out,)) if as_weights else np.zeros(n_out)
        weights[f"layers.{index}.weights"] = drawn
        weights[f"layers.{index}.biases"] = biases
    return weights


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
