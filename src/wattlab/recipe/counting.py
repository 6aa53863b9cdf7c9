"""What a network is made of and what a training step does: parameters, operations and bytes, layer by layer.

A multiplication and an addition are two operations. The pass back costs an affine layer as much as the pass forward for
the gradient of its weights, and as much again for that of its inputs, unless nothing before it learns.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, Final

from wattlab.recipe.layers import (
    BatchNorm,
    Conv2D,
    Conv2DTranspose,
    Dense,
    GlobalPool,
    Merge,
    Pool,
    Sampling,
    pair,
)

if TYPE_CHECKING:
    from wattlab.recipe.architecture import Architecture
    from wattlab.recipe.engine import Precision
    from wattlab.recipe.graph import Node
    from wattlab.recipe.optimizer import Optimizer
    from wattlab.recipe.shapes import Shape

__all__ = ["NUMBER_BYTES", "LayerCount", "StepCount", "count_layers", "count_step"]

NUMBER_BYTES: Final[dict[Precision, int]] = {
    "float64": 8,
    "float32": 4,
    "tf32": 4,
    "bfloat16": 2,
    "float16": 2,
}
"""Bytes of a number as layers read and write it."""
_SLOTS: Final = {
    "momentum": 1,
    "nesterov": 1,
    "momentum-one-step": 1,
    "adagrad": 1,
    "rmsprop": 1,
    "adam": 2,
    "adamw": 2,
}
_NORM_FORWARD, _NORM_BACKWARD = 8, 12


@dataclass(frozen=True)
class LayerCount:
    """A layer in numbers; all but parameters are for one sample.

    Parameters
    ----------
    node : Node
    shape : tuple of int
        Of what comes out.
    n_parameters : int
        Numbers that a gradient changes.
    n_statistics : int
        Numbers that follow the batches: moving mean and variance.
    forward_flop, backward_flop : int
        Operations of the pass forward, and of the one back. Unit: FLOP.
    numbers_in, numbers_out : int
        Read and written by the pass forward.
    """

    node: Node
    shape: Shape
    n_parameters: int
    n_statistics: int
    forward_flop: int
    backward_flop: int
    numbers_in: int
    numbers_out: int

    @property
    def is_affine(self) -> bool:
        """Whether it is a matrix product or a convolution: what tensor cores are for."""
        return isinstance(self.node.spec, (Dense, Conv2D, Conv2DTranspose))

    @property
    def flop(self) -> int:
        """Operations of a training step. Unit: FLOP."""
        return self.forward_flop + self.backward_flop

    def step_bytes(self, batch_size: int, number_bytes: int) -> int:
        """Return the bytes that a training step must move at least, if nothing stays in a cache between two layers.

        Forward: inputs and weights are read, outputs written. Back: the outputs' gradient is read once for each
        product, inputs and weights once more, and the gradients of both are written.
        """
        forward = batch_size * (self.numbers_in + self.numbers_out) + self.n_parameters
        back = batch_size * (2 * self.numbers_out + self.numbers_in) + 2 * self.n_parameters
        if self.is_affine and self.backward_flop > self.forward_flop:
            back += batch_size * self.numbers_in
        return number_bytes * (forward + back)


@dataclass(frozen=True)
class StepCount:
    """A training step in numbers.

    Parameters
    ----------
    layers : tuple of LayerCount
    batch_size : int
    flop : int
        Operations of all layers, forward and back. Unit: FLOP.
    affine_flop : int
        Those of matrix products and convolutions. Unit: FLOP.
    layer_bytes : int
        Least traffic of all layers. Unit: B.
    optimizer_bytes : int
        Least traffic of the update, in master weights. Unit: B.
    """

    layers: tuple[LayerCount, ...]
    batch_size: int
    flop: int
    affine_flop: int
    layer_bytes: int
    optimizer_bytes: int

    @property
    def bytes(self) -> int:
        """Least traffic of the whole step. Unit: B."""
        return self.layer_bytes + self.optimizer_bytes

    @property
    def intensity(self) -> float:
        """Operations for each byte. Unit: FLOP/B."""
        return self.flop / self.bytes


def count_layers(architecture: Architecture) -> tuple[LayerCount, ...]:
    """Return every layer in numbers.

    Parameters
    ----------
    architecture : Architecture
        Of the network, for the data.

    Examples
    --------
    >>> from wattlab.recipe import Recipe
    >>> from wattlab.recipe.architecture import Architecture
    >>> network = Recipe.named("mnist-fast").network
    >>> first = count_layers(Architecture.of(network, 784, None, 10))[0]
    >>> first.n_parameters, first.forward_flop, first.backward_flop
    (54950, 109900, 109900)
    """
    learns: list[bool] = []
    counts: list[LayerCount] = []
    for index, node in enumerate(architecture.nodes):
        before = any(source >= 0 and learns[source] for source in node.inputs)
        count = _count(architecture, index, node, passes_back=before)
        learns.append(before or count.n_parameters > 0)
        counts.append(count)
    return tuple(counts)


def _count(architecture: Architecture, index: int, node: Node, *, passes_back: bool) -> LayerCount:
    fed, given = architecture.fed(index), architecture.shapes[index]
    sizes = {
        name: prod(shape)
        for name, shape in architecture.arrays.items()
        if name.rpartition(".")[0] == node.name
    }
    n_statistics = sum(size for name, size in sizes.items() if name in architecture.statistics)
    forward, back = _operations(node.spec, fed, given, passes_back=passes_back)
    return LayerCount(
        node=node,
        shape=given,
        n_parameters=sum(sizes.values()) - n_statistics,
        n_statistics=n_statistics,
        forward_flop=forward,
        backward_flop=back,
        numbers_in=sum(prod(shape) for shape in fed),
        numbers_out=prod(given),
    )


def _operations(spec: Any, fed: list[Shape], given: Shape, *, passes_back: bool) -> tuple[int, int]:
    """Return the operations of a sample, forward and back."""
    n_out = prod(given)
    if isinstance(spec, (Dense, Conv2D, Conv2DTranspose)):
        product = 2 * _multiplications(spec, fed[0], given)
        extra = n_out * (1 if isinstance(spec, Dense) or spec.bias else 0)
        active = n_out * (spec.activation != "identity")
        return product + extra + active, product * (1 + passes_back) + extra + active
    if isinstance(spec, BatchNorm):
        return _NORM_FORWARD * n_out, _NORM_BACKWARD * n_out
    if isinstance(spec, Pool):
        window = prod(pair(spec.size))
        return window * n_out, window * n_out
    if isinstance(spec, (GlobalPool, Merge)):
        n_in = sum(prod(shape) for shape in fed)
        return n_in, n_in
    if isinstance(spec, Sampling):
        return 4 * n_out, 4 * n_out
    moved_only = spec.kind in {"flatten", "reshape"}
    return (0, 0) if moved_only else (n_out, n_out)


def _multiplications(spec: Any, fed: Shape, given: Shape) -> int:
    """Return the multiplications of an affine layer for one sample, those with padding counted."""
    if isinstance(spec, Dense):
        return fed[0] * given[0]
    kernel = prod(pair(spec.kernel))
    positions = given if isinstance(spec, Conv2D) else fed
    return positions[0] * positions[1] * kernel * fed[2] * given[2]


def count_step(
    architecture: Architecture, batch_size: int, precision: Precision, optimizer: Optimizer
) -> StepCount:
    """Return a training step in numbers.

    Parameters
    ----------
    architecture : Architecture
        Of the network, for the data.
    batch_size : int
        Samples in a step.
    precision : str
        The recipe's: it decides the bytes of a number in the layers; the update moves float32, or float64.
    optimizer : Optimizer
        The recipe's: it decides how many numbers are remembered for each parameter.

    Examples
    --------
    >>> from wattlab.recipe import Recipe
    >>> from wattlab.recipe.architecture import Architecture
    >>> recipe = Recipe.named("mnist-fast")
    >>> step = count_step(Architecture.of(recipe.network, 784, None, 10), 128, "float32", recipe.optimizer)
    >>> round(step.flop / 1e6), round(step.intensity)
    (30, 10)
    """
    layers = count_layers(architecture)
    number = NUMBER_BYTES[precision]
    master = 8 if precision == "float64" else 4
    n_parameters = sum(layer.n_parameters for layer in layers)
    slots = _SLOTS.get(optimizer.kind, 0)
    return StepCount(
        layers=layers,
        batch_size=batch_size,
        flop=batch_size * sum(layer.flop for layer in layers),
        affine_flop=batch_size * sum(layer.flop for layer in layers if layer.is_affine),
        layer_bytes=sum(layer.step_bytes(batch_size, number) for layer in layers),
        optimizer_bytes=master * n_parameters * (3 + 2 * slots),
    )
