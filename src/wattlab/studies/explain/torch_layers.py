"""The layers of a recipe as torch computes them, each alone: forward and backward, at its own shapes and formats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import torch
import torch.nn.functional as F  # noqa: N812 (torch's own documentation calls it F)

from wattlab.engines.native.activations import LEAK
from wattlab.recipe.layers import pair

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.recipe.architecture import Architecture
    from wattlab.recipe.shapes import Shape

    Tensor = torch.Tensor
    Function = Callable[..., Tensor]

__all__ = ["TorchLayer", "torch_layers"]

_ACTIVATIONS: Final[dict[str, Function]] = {
    "identity": lambda x: x,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": F.relu,
    "leaky-relu": lambda x: F.leaky_relu(x, LEAK),
    "softmax": lambda x: F.softmax(x, dim=1),
}


@dataclass(frozen=True)
class TorchLayer:
    """A layer with weights of its own, and what feeds it in a step.

    Parameters
    ----------
    function : callable (*inputs) -> Tensor
    weights : list of Tensor
    inputs : list of Tensor
        Detached; those that need a gradient say so.
    """

    function: Function
    weights: list[Tensor]
    inputs: list[Tensor]

    def forward(self) -> Tensor:
        """Return what comes out of it."""
        return self.function(*self.inputs)

    def work(self, arithmetic: Any) -> Callable[[], object]:
        """Return forward and backward pass in the arithmetic of an engine, ending in gradients that nobody adds up.

        Parameters
        ----------
        arithmetic : wattlab.engines.torch.precision.Arithmetic
            Of the engine.
        """
        wanted = [one for one in (*self.weights, *self.inputs) if one.requires_grad]
        with arithmetic.autocast():
            delta = torch.ones_like(self.forward())

        def both() -> None:
            with arithmetic.autocast():
                out = self.forward()
            torch.autograd.grad(out, wanted, delta)

        return both if wanted else self._forward_only(arithmetic)

    def _forward_only(self, arithmetic: Any) -> Callable[[], object]:
        def forward() -> None:
            with arithmetic.autocast():
                self.forward()

        return forward


def torch_layers(
    architecture: Architecture,
    batch_size: int,
    arithmetic: Any,
    device: torch.device,
    *,
    channels_last: bool = True,
) -> list[TorchLayer]:
    """Return the layers of a network, fed as in a step: one forward pass gives each the formats that it gets.

    Parameters
    ----------
    architecture : Architecture
        Of the network.
    batch_size : int
        Samples of a step.
    arithmetic : wattlab.engines.torch.precision.Arithmetic
        Of the engine.
    device : torch.device
        Where the engine's arrays live.
    channels_last : bool, optional
        How images lie in memory.
    """
    order = torch.channels_last if channels_last else torch.contiguous_format
    given = torch.rand(batch_size, *architecture.input_shape, dtype=arithmetic.stored, device=device)
    if given.dim() == 4:  # channels are the last in the recipe, and the second in torch
        given = given.permute(0, 3, 1, 2).contiguous(memory_format=order)
    maker = _Maker(arithmetic.stored, device, order)
    outs: dict[int, Tensor] = {-1: given}
    layers = []
    for index, node in enumerate(architecture.nodes):
        fed = [outs[source].detach().requires_grad_(source >= 0) for source in node.inputs]
        layer = TorchLayer(*maker.layer(node.spec, architecture.fed(index), architecture.shapes[index]), fed)
        with torch.no_grad(), arithmetic.autocast():
            outs[index] = layer.forward()
        layers.append(layer)
    return layers


class _Maker:
    """Makes layers with weights drawn at random."""

    def __init__(self, dtype: torch.dtype, device: torch.device, order: torch.memory_format) -> None:
        self._dtype, self._device, self._order = dtype, device, order

    def layer(self, spec: Any, fed: Sequence[Shape], given: Shape) -> tuple[Function, list[Tensor]]:
        """Return what a layer computes, and its weights."""
        function, weights = self._affine(spec, fed[0], given)
        name = getattr(spec, "activation", "identity")
        if spec.kind == "activation" or name == "identity":
            return function, weights
        activation = _ACTIVATIONS[name]
        return lambda *x: activation(function(*x)), weights

    def _affine(self, spec: Any, fed: Shape, given: Shape) -> tuple[Function, list[Tensor]]:
        if spec.kind == "dense":
            return self._dense(fed, given)
        if spec.kind in {"conv2d", "conv2d-transpose"}:
            return self._convolution(spec, fed)
        if spec.kind == "batch-norm":
            return self._batch_norm(fed[-1])
        return _PLAIN[spec.kind](spec), []

    def _draw(self, *shape: int) -> Tensor:
        drawn = torch.randn(shape, dtype=self._dtype, device=self._device) * 0.05
        drawn = drawn.contiguous(memory_format=self._order) if len(shape) == 4 else drawn
        return drawn.requires_grad_()

    def _dense(self, fed: Shape, given: Shape) -> tuple[Function, list[Tensor]]:
        weights, biases = self._draw(given[0], fed[0]), self._draw(given[0])
        return lambda x: F.linear(x, weights, biases), [weights, biases]

    def _convolution(self, spec: Any, fed: Shape) -> tuple[Function, list[Tensor]]:
        high, wide = pair(spec.kernel)
        biases = self._draw(spec.filters) if spec.bias else None
        stride = pair(spec.stride)
        if spec.kind == "conv2d":
            kernel = self._draw(spec.filters, fed[2], high, wide)
            # Where "same" pads unevenly, half the kernel on both sides comes to as much work but for an edge.
            padding = (high // 2, wide // 2) if spec.padding == "same" else (0, 0)
            function: Function = lambda x: F.conv2d(x, kernel, biases, stride, padding)  # noqa: E731
        else:
            kernel = self._draw(fed[2], spec.filters, high, wide)
            function = lambda x: F.conv_transpose2d(x, kernel, biases, stride)  # noqa: E731
        return function, [kernel] if biases is None else [kernel, biases]

    def _batch_norm(self, channels: int) -> tuple[Function, list[Tensor]]:
        scale, offset = self._draw(channels), self._draw(channels)
        return lambda x: F.batch_norm(x, None, None, scale, offset, training=True), [scale, offset]


def _pool(spec: Any) -> Function:
    size = pair(spec.size)
    stride = size if spec.stride is None else pair(spec.stride)
    whole = spec.padding == "same"
    function = F.max_pool2d if spec.kind == "max-pool" else F.avg_pool2d
    return lambda x: function(x, size, stride, ceil_mode=whole)


def _sample(x: Tensor) -> Tensor:
    mean, log_variance = x.chunk(2, dim=1)
    return mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)


def _added(*x: Tensor) -> Tensor:
    total = x[0]
    for one in x[1:]:
        total = total + one
    return total


def _multiplied(*x: Tensor) -> Tensor:
    product = x[0]
    for one in x[1:]:
        product = product * one
    return product


_PLAIN: Final[dict[str, Callable[[Any], Function]]] = {
    "max-pool": _pool,
    "average-pool": _pool,
    "global-average-pool": lambda _: lambda x: x.mean((2, 3)),
    "global-max-pool": lambda _: lambda x: x.amax((2, 3)),
    "dropout": lambda spec: lambda x: F.dropout(x, spec.rate, training=True),
    "activation": lambda spec: _ACTIVATIONS[spec.activation],
    "flatten": lambda _: lambda x: x.permute(0, 2, 3, 1).flatten(1) if x.dim() == 4 else x,
    "reshape": lambda spec: lambda x: x.reshape(-1, *spec.shape).permute(0, 3, 1, 2),
    "add": lambda _: _added,
    "multiply": lambda _: _multiplied,
    "concatenate": lambda _: lambda *x: torch.cat(x, dim=1),
    "sampling": lambda _: _sample,
}
