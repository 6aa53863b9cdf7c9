"""The layers of a recipe as the torch engine builds them, each alone: forward and backward, fed as in a step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn

from wattlab.engines.torch.building import Store, build
from wattlab.engines.torch.layers import Image

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.engines.torch.precision import Arithmetic
    from wattlab.recipe.architecture import Architecture

    Tensor = torch.Tensor

__all__ = ["TorchLayer", "torch_layers"]

_WIDTH = 0.05
"""Standard deviation of weights: neither they nor what comes out are denormal numbers."""


@dataclass(frozen=True)
class TorchLayer:
    """A layer with weights of its own, and what feeds it in a step.

    Parameters
    ----------
    modules : tuple of Module
        One after the other; the first takes all inputs.
    inputs : list of Tensor
        Detached; those that need a gradient say so.
    """

    modules: tuple[nn.Module, ...]
    inputs: list[Tensor]

    def forward(self) -> Tensor:
        """Return what comes out of it."""
        out = self.modules[0](*self.inputs)
        for module in self.modules[1:]:
            out = module(out)
        found: Tensor = out[0] if isinstance(out, tuple) else out  # sampling gives its divergence, too
        return found

    def work(self, arithmetic: Arithmetic) -> Callable[[], object]:
        """Return forward and backward pass in an engine's arithmetic, ending in gradients that nobody adds up.

        Parameters
        ----------
        arithmetic : Arithmetic
            Of the engine.
        """
        weights = [one for module in self.modules for one in module.parameters()]
        wanted = [*weights, *(one for one in self.inputs if one.requires_grad)]
        with arithmetic.autocast():
            delta = torch.ones_like(self.forward())

        def both() -> None:
            with arithmetic.autocast():
                out = self.forward()
            if wanted:
                torch.autograd.grad(out, wanted, delta)

        return both


def torch_layers(
    architecture: Architecture,
    batch_size: int,
    arithmetic: Arithmetic,
    device: torch.device,
    layout: torch.memory_format,
) -> list[TorchLayer]:
    """Return the layers of a network; one forward pass gives each the formats and the layout that it gets in a step.

    Parameters
    ----------
    architecture : Architecture
        Of the network.
    batch_size : int
        Samples of a step.
    arithmetic : Arithmetic
        Of the engine.
    device : torch.device
        Where the engine's arrays live.
    layout : torch.memory_format
        How images lie in memory.
    """
    store = Store(arithmetic.stored, device, layout)
    width = 1
    for length in architecture.input_shape:
        width *= length
    outs: dict[int, Tensor] = {-1: torch.rand(batch_size, width, dtype=arithmetic.stored, device=device)}
    layers = []
    for index, node in enumerate(architecture.nodes):
        module = build(architecture, index, store).module
        if isinstance(module, (nn.ReLU, nn.LeakyReLU)):
            module.inplace = False  # alone, it would write over what it is fed
        _fill(module)
        fed = [outs[source].detach().requires_grad_(source >= 0) for source in node.inputs]
        modules: tuple[nn.Module, ...] = (module,)
        if -1 in node.inputs and len(architecture.input_shape) == 3:
            modules = (Image(architecture.input_shape, layout), module)
        layer = TorchLayer(modules, fed)
        with torch.no_grad(), arithmetic.autocast():
            outs[index] = layer.forward()
        layers.append(layer)
    return layers


@torch.no_grad()
def _fill(module: nn.Module) -> None:
    """Give weights and statistics values: their memory is as it was found."""
    for one in module.parameters():
        one.normal_(0.0, _WIDTH)
    for buffer in module.buffers():
        buffer.fill_(1)
