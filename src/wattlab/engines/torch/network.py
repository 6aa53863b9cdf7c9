"""From an architecture to a torch module, and from its parameters to weights by our names."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from wattlab.engines.initial import check_weights
from wattlab.engines.torch.building import ACTIVATIONS, Built, Store, build
from wattlab.engines.torch.layers import Flat, Image, Sampled
from wattlab.engines.torch.statistics import Statistics

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from wattlab.engines.base import Weights
    from wattlab.recipe.architecture import Architecture

__all__ = ["Graph", "TorchNetwork"]

Tensor = torch.Tensor
Passed = tuple[Tensor, Tensor | None]


@dataclass(frozen=True)
class _Place:
    """Where an array lives: its tensor, and the order of the tensor's axes that is ours."""

    tensor: Tensor
    axes: tuple[int, ...]

    @property
    def view(self) -> Tensor:
        return self.tensor.detach().permute(self.axes)


class Chain(nn.Sequential):
    """Modules one after the other."""

    def forward(self, x: Tensor) -> Passed:
        """Return what comes out of the last one, and that nothing is added to the loss."""
        return super().forward(x), None  # type: ignore[no-untyped-call]


class Graph(nn.Module):
    """Modules, each fed by others before it; images come in and go out flat.

    Parameters
    ----------
    modules : sequence of Module
        In the order of the architecture's nodes.
    architecture : Architecture
    layout : torch.memory_format
        How images lie in memory.
    """

    def __init__(
        self, modules: Sequence[nn.Module], architecture: Architecture, layout: torch.memory_format
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(modules)
        self._sources = [node.inputs for node in architecture.nodes]
        self._over = [
            [
                source
                for source in set(fed)
                if not any(source in later for later in self._sources[index + 1 :])
            ]
            for index, fed in enumerate(self._sources)
        ]
        takes_images, gives_images = (
            len(shape) == 3 for shape in (architecture.input_shape, architecture.shapes[-1])
        )
        self.first = Image(architecture.input_shape, layout) if takes_images else nn.Identity()
        self.last = Flat() if gives_images else nn.Identity()

    def forward(self, x: Tensor) -> Passed:
        """Return what comes out of the last module, and what is added to each sample's loss."""
        added: Tensor | None = None
        values: dict[int, Tensor] = {-1: self.first(x)}
        for index, layer in enumerate(self.layers):
            value = layer(*[values[source] for source in self._sources[index]])
            if isinstance(layer, Sampled):
                value, divergence = value
                added = divergence if added is None else added + divergence
            for source in self._over[index]:
                del values[source]
            values[index] = value
        return self.last(value), added


class TorchNetwork(nn.Module):
    """A network; its forward pass stops before the last activation.

    So a loss can work on what goes into a sigmoid or softmax, where it is stable.

    Parameters
    ----------
    architecture : Architecture
    dtype : torch.dtype
        Of parameters and statistics.
    device : torch.device
    layout : torch.memory_format, optional
        How images and kernels lie in memory: ``torch.channels_last``, or channels first.
    """

    def __init__(
        self,
        architecture: Architecture,
        dtype: torch.dtype,
        device: torch.device,
        layout: torch.memory_format = torch.channels_last,
    ) -> None:
        super().__init__()
        self._architecture = architecture
        store = Store(dtype, device, layout)
        built = [build(architecture, index, store) for index in range(len(architecture.nodes))]
        self._places = _places(built, architecture)
        self.is_dense = is_dense_chain(architecture)
        modules = [one.module for one in built]
        # The names of a chain's parameters are those of its flat list of modules.
        self.body: nn.Module = (
            Chain(*_flat(modules)) if self.is_dense else Graph(modules, architecture, layout)
        )
        self.head = ACTIVATIONS[architecture.output_activation]()
        self.has_images = any(len(shape) == 3 for shape in (architecture.input_shape, *architecture.shapes))
        self.statistics = Statistics(self.body, _pixels(architecture))

    def forward(self, x: Tensor) -> Passed:
        """Return what goes into the last activation, and what is added to each sample's loss (None: nothing)."""
        passed: Passed = self.body(x)
        return passed

    def regularised(self) -> list[Tensor]:
        """Return the weights that regularisation counts."""
        return [
            place.tensor for name, place in self._places.items() if name in self._architecture.regularised
        ]

    def split(self) -> tuple[list[Tensor], list[Tensor]]:
        """Return all weights, and all other parameters: biases, scales and offsets."""
        learned = {
            name: place.tensor
            for name, place in self._places.items()
            if name not in self._architecture.statistics
        }
        weights = [one for name, one in learned.items() if name.endswith(".weights")]
        return weights, [one for name, one in learned.items() if not name.endswith(".weights")]

    def kept(self) -> dict[str, Tensor]:
        """Return the statistics that are part of the state, by torch's names."""
        learned = dict(self.named_parameters())
        return {name: one for name, one in self.state_dict().items() if name not in learned}

    def assign(self, weights: Mapping[str, NDArray[np.generic]]) -> None:
        """Copy weights in; `wattlab.errors.WeightsError` if a name or shape does not fit."""
        check_weights(weights, {name: tuple(place.view.shape) for name, place in self._places.items()})
        for name, place in self._places.items():
            place.view.copy_(torch.from_numpy(np.array(weights[name])))

    def copies(self) -> Weights:
        """Return copies of all weights, biases and statistics by name."""
        return {
            name: place.view.to("cpu", copy=True, memory_format=torch.contiguous_format).numpy()
            for name, place in self._places.items()
        }


def is_dense_chain(architecture: Architecture) -> bool:
    """Tell whether a network is nothing but dense layers, each fed by the one before it."""
    return all(
        node.spec.kind == "dense" and node.inputs == (index - 1,)
        for index, node in enumerate(architecture.nodes)
    )


def _flat(modules: Sequence[nn.Module]) -> list[nn.Module]:
    """Return affine layers and activations in one list."""
    parts: list[nn.Module] = []
    for one in modules:
        parts.extend(one if isinstance(one, nn.Sequential) else [one])
    return parts


def _places(built: Sequence[Built], architecture: Architecture) -> dict[str, _Place]:
    places: dict[str, _Place] = {}
    for node, one in zip(architecture.nodes, built, strict=True):
        for ours, (theirs, axes) in one.axes.items():
            places[f"{node.name}.{ours}"] = _Place(getattr(one.owner, theirs), axes)
    return places


def _pixels(architecture: Architecture) -> list[int]:
    """Return over how many pixels of a sample each batch normalisation goes."""
    return [
        prod(shape[:-1])
        for node, shape in zip(architecture.nodes, architecture.shapes, strict=True)
        if node.spec.kind == "batch-norm"
    ]
