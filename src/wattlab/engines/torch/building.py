"""From a node of a network to a torch module."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from wattlab.engines.native.activations import LEAK
from wattlab.engines.torch.layers import (
    BatchNormalisation,
    Flat,
    GlobalPooling,
    Image,
    Merging,
    Padded,
    Pooling,
    Sampled,
    Thinned,
)
from wattlab.engines.torch.padding import pool_window, same_padding, transposed_ends
from wattlab.recipe.layers import pair

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wattlab.recipe.architecture import Architecture
    from wattlab.recipe.shapes import Shape

__all__ = ["ACTIVATIONS", "BUILDERS", "Built", "Store", "build", "linear"]

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "identity": nn.Identity,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "leaky-relu": lambda: nn.LeakyReLU(LEAK),
    "softmax": lambda: nn.Softmax(dim=1),
}
"""The module of each activation a recipe can name."""
_IN_PLACE: dict[str, Callable[[], nn.Module]] = {
    "relu": lambda: nn.ReLU(inplace=True),
    "leaky-relu": lambda: nn.LeakyReLU(LEAK, inplace=True),
}
# These do not need what they gave for their way back, so that an activation may write over it.
_FORGETFUL = {"conv2d", "batch-norm", "add"}

Axes = dict[str, tuple[str, tuple[int, ...]]]
_DENSE: Axes = {"weights": ("weight", (1, 0)), "biases": ("bias", (0,))}
_KERNEL: Axes = {"weights": ("weight", (2, 3, 1, 0)), "biases": ("bias", (0,))}
_NORM: Axes = {
    "scale": ("weight", (0,)),
    "offset": ("bias", (0,)),
    "mean": ("mean", (0,)),
    "variance": ("variance", (0,)),
}


@dataclass(frozen=True)
class Store:
    """Where and how parameters are kept.

    Parameters
    ----------
    dtype : torch.dtype
    device : torch.device
    layout : torch.memory_format
        Of images and kernels.
    """

    dtype: torch.dtype
    device: torch.device
    layout: torch.memory_format

    def place(self, made: nn.Module) -> nn.Module:
        """Return a module of the device "meta" with memory; its parameters come later, so none are drawn."""
        made = made.to_empty(device=self.device).to(self.dtype)
        kernel = made.weight
        assert isinstance(kernel, nn.Parameter)
        kernel.data = kernel.data.contiguous(memory_format=self.layout)
        return made


@dataclass(frozen=True)
class Built:
    """A module, and how its arrays lie.

    Parameters
    ----------
    module : Module
        Takes what the layer is fed.
    owner : Module
        The part of it that holds parameters and statistics.
    axes : dict
        For each of our names: torch's name, and the order in which torch's axes are ours.
    """

    module: nn.Module
    owner: nn.Module
    axes: Mapping[str, tuple[str, tuple[int, ...]]]

    @classmethod
    def plain(cls, module: nn.Module) -> Built:
        """Return a module without arrays."""
        return cls(module, module, {})


def linear(n_in: int, n_out: int, store: Store) -> nn.Module:
    """Return a linear layer whose parameters are not drawn: the recipe's weights come in at once."""
    return nn.Linear(n_in, n_out, dtype=store.dtype, device="meta").to_empty(device=store.device)


def build(architecture: Architecture, index: int, store: Store) -> Built:
    """Return the module of a node, its activation included unless the loss has it."""
    node = architecture.nodes[index]
    built = BUILDERS[node.spec.kind](architecture, index, store)
    activation = getattr(node.spec, "activation", "identity")
    if activation == "identity" or index == len(architecture.nodes) - 1 or node.spec.kind == "activation":
        return built
    made = _activation_module(activation, in_place=node.spec.kind in _FORGETFUL)
    return Built(nn.Sequential(built.module, made), built.owner, built.axes)


def _activation_module(name: str, *, in_place: bool) -> nn.Module:
    return (_IN_PLACE if in_place and name in _IN_PLACE else ACTIVATIONS)[name]()


def _dense(architecture: Architecture, index: int, store: Store) -> Built:
    made = linear(architecture.fed(index)[0][0], architecture.shapes[index][0], store)
    return Built(made, made, _DENSE)


def _convolution(architecture: Architecture, index: int, store: Store) -> Built:
    spec, fed = architecture.nodes[index].spec, architecture.fed(index)[0]
    if pair(spec.kernel) == (1, 1) != pair(spec.stride) and store.device.type == "cpu":
        # torch 2.13 writes beyond its memory in the way back of some of these on a processor: see `Thinned`.
        made = store.place(nn.Conv2d(fed[2], spec.filters, 1, bias=spec.bias, device="meta"))
        return Built(nn.Sequential(Thinned(pair(spec.stride)), made), made, _axes(_KERNEL, spec))
    sides = [(0, 0), (0, 0)]
    if spec.padding == "same":
        sides = [
            same_padding(*one) for one in zip(fed[:2], pair(spec.kernel), pair(spec.stride), strict=True)
        ]
    # What both ends get, the convolution adds by itself, for less than a padded copy costs; the end may get one more.
    own = (sides[0][0], sides[1][0])
    more = [after - before for before, after in sides]
    made = store.place(
        nn.Conv2d(fed[2], spec.filters, spec.kernel, spec.stride, own, bias=spec.bias, device="meta")
    )
    whole = nn.Sequential(Padded(more[0], more[1]), made) if any(more) else made
    return Built(whole, made, _axes(_KERNEL, spec))


def _transposed(architecture: Architecture, index: int, store: Store) -> Built:
    spec, fed = architecture.nodes[index].spec, architecture.fed(index)[0]
    sides = zip(pair(spec.kernel), pair(spec.stride), strict=True)
    rows, columns = (transposed_ends(spec.padding, size, stride) for size, stride in sides)
    cut, added, surplus = zip(rows, columns, strict=True)
    made = store.place(
        nn.ConvTranspose2d(
            fed[2], spec.filters, spec.kernel, spec.stride, cut, added, bias=spec.bias, device="meta"
        )
    )
    whole = nn.Sequential(made, Padded(-surplus[0], -surplus[1])) if any(surplus) else made
    return Built(whole, made, _axes(_KERNEL, spec))


def _axes(axes: Axes, spec: Any) -> Axes:
    return axes if spec.bias else {"weights": axes["weights"]}


def _pool(architecture: Architecture, index: int, _: Store) -> Built:
    spec = architecture.nodes[index].spec
    return Built.plain(Pooling(spec.kind, pool_window(spec, architecture.fed(index)[0])))


def _norm(architecture: Architecture, index: int, store: Store) -> Built:
    spec, width = architecture.nodes[index].spec, architecture.shapes[index][-1]
    made = BatchNormalisation(width, spec.momentum, spec.epsilon, store.dtype, store.device)
    return Built(made, made, _NORM)


def _activation(architecture: Architecture, index: int, _: Store) -> Built:
    """Return an activation layer; it writes over what feeds it where nobody else reads that."""
    name = architecture.nodes[index].spec.activation
    if index == len(architecture.nodes) - 1:
        return Built.plain(nn.Identity())
    source = architecture.nodes[index].inputs[0]
    readers = sum(source in node.inputs for node in architecture.nodes)
    feeder = architecture.nodes[source].spec if source >= 0 else None
    alone = readers == 1 and feeder is not None and feeder.kind in _FORGETFUL
    plain = alone and getattr(feeder, "activation", "identity") == "identity"
    return Built.plain(_activation_module(name, in_place=plain))


def _flatten(architecture: Architecture, index: int, _: Store) -> Built:
    return Built.plain(Flat() if len(architecture.fed(index)[0]) == 3 else nn.Identity())


def _reshape(architecture: Architecture, index: int, store: Store) -> Built:
    image: Shape = architecture.shapes[index]
    made = Image(image, store.layout)
    return Built.plain(made if len(architecture.fed(index)[0]) == 1 else nn.Sequential(Flat(), made))


def _dropout(architecture: Architecture, index: int, _: Store) -> Built:
    return Built.plain(nn.Dropout(architecture.nodes[index].spec.rate))


def _sampling(architecture: Architecture, index: int, store: Store) -> Built:
    spec = architecture.nodes[index].spec
    return Built.plain(Sampled(spec.kl_weight, spec.noise, store.dtype))


def _global_pool(architecture: Architecture, index: int, store: Store) -> Built:
    return Built.plain(GlobalPooling(architecture.nodes[index].spec.kind, store.layout))


def _merge(architecture: Architecture, index: int, _: Store) -> Built:
    return Built.plain(Merging(architecture.nodes[index].spec.kind))


BUILDERS: dict[str, Callable[[Architecture, int, Store], Built]] = {
    "dense": _dense,
    "conv2d": _convolution,
    "conv2d-transpose": _transposed,
    "max-pool": _pool,
    "average-pool": _pool,
    "global-average-pool": _global_pool,
    "global-max-pool": _global_pool,
    "batch-norm": _norm,
    "dropout": _dropout,
    "activation": _activation,
    "flatten": _flatten,
    "reshape": _reshape,
    "add": _merge,
    "multiply": _merge,
    "concatenate": _merge,
    "sampling": _sampling,
}
"""How each kind of layer is made."""
