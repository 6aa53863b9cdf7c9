"""From the layers of a recipe to a torch module, and from its parameters to weights by our names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from wattlab.engines.initial import check_weights
from wattlab.engines.native.activations import LEAK

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from wattlab.engines.base import Weights
    from wattlab.recipe.network import Dense, Network

__all__ = ["ACTIVATIONS", "LAYER_KINDS", "LayerKind", "TorchNetwork"]

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "identity": nn.Identity,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "leaky-relu": lambda: nn.LeakyReLU(LEAK),
    "softmax": lambda: nn.Softmax(dim=1),
}
"""The module of each activation a recipe can name."""


@dataclass(frozen=True)
class LayerKind:
    """How one kind of layer is made, and how its parameters lie in memory.

    Parameters
    ----------
    build : callable (n_in, n_out, dtype, device) -> Module
        Makes the affine part.
    axes : dict
        For each of our names: torch's name, and the order in which torch's axes are ours.
    """

    build: Callable[[int, int, torch.dtype, torch.device], nn.Module]
    axes: Mapping[str, tuple[str, tuple[int, ...]]]


def _linear(n_in: int, n_out: int, dtype: torch.dtype, device: torch.device) -> nn.Module:
    """Return a linear layer whose parameters are not drawn: the recipe's weights come in at once."""
    return nn.Linear(n_in, n_out, dtype=dtype, device="meta").to_empty(device=device)


LAYER_KINDS: dict[str, LayerKind] = {
    "dense": LayerKind(_linear, {"weights": ("weight", (1, 0)), "biases": ("bias", (0,))}),
}
"""The kinds of layers a recipe can name."""


@dataclass(frozen=True)
class _Place:
    """Where a weight array lives: its parameter, and the order of the parameter's axes that is ours."""

    parameter: nn.Parameter
    axes: tuple[int, ...]
    regularised: bool

    @property
    def view(self) -> torch.Tensor:
        return self.parameter.detach().permute(self.axes)


class TorchNetwork(nn.Module):
    """A feed-forward network; its forward pass stops before the last activation.

    So a loss can work on what goes into a sigmoid or softmax, where it is stable.

    Parameters
    ----------
    spec : Network
        The recipe's.
    sizes : sequence of int
        Nodes of all layers, input first.
    dtype : torch.dtype
        Of the parameters.
    device : torch.device
    """

    def __init__(self, spec: Network, sizes: Sequence[int], dtype: torch.dtype, device: torch.device) -> None:
        super().__init__()
        self._places: dict[str, _Place] = {}
        modules: list[nn.Module] = []
        for index, layer in enumerate(spec.dense_layers or ()):
            affine = LAYER_KINDS[layer.kind].build(sizes[index], sizes[index + 1], dtype, device)
            self._remember(index, layer, affine)
            modules += [affine, ACTIVATIONS[layer.activation]()]
        self.body, self.head = nn.Sequential(*modules[:-1]), modules[-1]

    def _remember(self, index: int, layer: Dense, affine: nn.Module) -> None:
        for ours, (theirs, axes) in LAYER_KINDS[layer.kind].axes.items():
            regularised = layer.regularised and ours == "weights"
            self._places[f"layers.{index}.{ours}"] = _Place(affine.get_parameter(theirs), axes, regularised)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return what goes into the last activation, shape (n_samples, n_outputs)."""
        z: torch.Tensor = self.body(x)
        return z

    def regularised(self) -> list[nn.Parameter]:
        """Return the weights that regularisation counts."""
        return [place.parameter for place in self._places.values() if place.regularised]

    def split(self) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
        """Return all weights and all biases."""
        weights = [place.parameter for name, place in self._places.items() if name.endswith("weights")]
        return weights, [place.parameter for name, place in self._places.items() if name.endswith("biases")]

    def assign(self, weights: Mapping[str, NDArray[np.generic]]) -> None:
        """Copy weights in; `wattlab.errors.WeightsError` if a name or shape does not fit."""
        check_weights(weights, {name: tuple(place.view.shape) for name, place in self._places.items()})
        for name, place in self._places.items():
            place.view.copy_(torch.from_numpy(np.array(weights[name])))

    def copies(self) -> Weights:
        """Return copies of all weights and biases by name."""
        return {
            name: place.view.to("cpu", copy=True, memory_format=torch.contiguous_format).numpy()
            for name, place in self._places.items()
        }
