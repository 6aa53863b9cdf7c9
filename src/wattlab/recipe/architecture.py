"""A network for data of a given shape: the nodes, what comes out of each, and the arrays that each has."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from wattlab.errors import RecipeError
from wattlab.recipe.graph import draws_noise
from wattlab.recipe.layers import BatchNorm, Conv2D, Conv2DTranspose, Dense, pair
from wattlab.recipe.shapes import Shape, infer, shape_text, takes_images

if TYPE_CHECKING:
    from wattlab.recipe.graph import Node
    from wattlab.recipe.network import Activation, Network

__all__ = ["STATISTICS", "Architecture"]

STATISTICS: Final = ("mean", "variance")
"""Arrays of a batch normalisation that no gradient changes: they follow the batches."""


@dataclass(frozen=True)
class Architecture:
    """What a network is for data of a given shape.

    Parameters
    ----------
    nodes : tuple of Node
        Each after those that feed it; the last one gives the output.
    input_shape : tuple of int
        Of a sample: (features,), or (rows, columns, channels) where the network takes images.
    shapes : tuple of tuple of int
        What comes out of each node for a sample.
    n_outputs : int
        Numbers of an output; an image counts all its pixels.
    output_activation : str
        The last node's, by the recipe's name.

    Examples
    --------
    >>> from wattlab.recipe import Recipe
    >>> found = Architecture.of(Recipe.named("mnist-fast").network, 784, (28, 28, 1), 10)
    >>> found.shapes, found.n_parameters
    (((70,), (30,), (10,)), 57390)
    """

    nodes: tuple[Node, ...]
    input_shape: Shape
    shapes: tuple[Shape, ...]
    n_outputs: int
    output_activation: Activation

    @classmethod
    def of(
        cls, network: Network, n_features: int, image_shape: tuple[int, int, int] | None, n_outputs: int
    ) -> Architecture:
        """Find the shapes of all layers.

        Parameters
        ----------
        network : Network
            The recipe's.
        n_features : int
            Features of a sample as the network gets them.
        image_shape : (rows, columns, channels) or None
            Where a sample is an image; None: it is not, or no longer.
        n_outputs : int
            Classes, targets, or the features themselves where they are to be reconstructed.

        Raises
        ------
        wattlab.errors.RecipeError
            If layers and data do not fit: names the layer, and both shapes.
        """
        nodes = network.nodes
        shape: Shape = (n_features,)
        if takes_images(nodes):
            if image_shape is None:
                raise RecipeError(
                    f"{nodes[0]} begins a network for images, but the data has {n_features} features and no image "
                    "shape; take data that are images without preparation.reduction, or put a 'reshape' first"
                )
            shape = image_shape
        shapes = infer(nodes, shape, n_outputs)
        return cls(nodes, shape, shapes, n_outputs, network.output_activation)

    def fed(self, index: int) -> list[Shape]:
        """Return the shapes of what feeds a node."""
        return [
            self.input_shape if source < 0 else self.shapes[source] for source in self.nodes[index].inputs
        ]

    @cached_property
    def arrays(self) -> dict[str, Shape]:
        """The shape of every array by name, such as ``layers.0.weights``; those of `statistics` among them."""
        return {
            f"{node.name}.{name}": shape
            for index, node in enumerate(self.nodes)
            for name, shape in _arrays(node.spec, self.fed(index)[0], self.shapes[index]).items()
        }

    @cached_property
    def statistics(self) -> frozenset[str]:
        """Names of the arrays that no gradient changes."""
        return frozenset(name for name in self.arrays if name.rpartition(".")[2] in STATISTICS)

    @cached_property
    def regularised(self) -> frozenset[str]:
        """Names of the weights that regularisation counts."""
        return frozenset(
            f"{node.name}.weights"
            for node in self.nodes
            if isinstance(node.spec, (Dense, Conv2D, Conv2DTranspose)) and node.spec.regularised
        )

    @property
    def n_parameters(self) -> int:
        """Numbers that a gradient changes."""
        return sum(_size(shape) for name, shape in self.arrays.items() if name not in self.statistics)

    @property
    def has_noise(self) -> bool:
        """Whether a training step draws numbers inside the network: dropout, or sampling with noise."""
        return draws_noise(self.nodes)

    def __str__(self) -> str:
        return " - ".join(shape_text(shape) for shape in (self.input_shape, *self.shapes))


def _size(shape: Shape) -> int:
    size = 1
    for length in shape:
        size *= length
    return size


def _arrays(spec: Any, fed: Shape, given: Shape) -> dict[str, Shape]:
    """Return the shapes of a layer's arrays; kernels are (rows, columns, channels in, channels out), as Keras' are."""
    if isinstance(spec, Dense):
        return {"weights": (fed[0], given[0]), "biases": given}
    if isinstance(spec, (Conv2D, Conv2DTranspose)):
        channels = (fed[2], spec.filters) if isinstance(spec, Conv2D) else (spec.filters, fed[2])
        biases = {"biases": (spec.filters,)} if spec.bias else {}
        return {"weights": (*pair(spec.kernel), *channels), **biases}
    if isinstance(spec, BatchNorm):
        return dict.fromkeys(("scale", "offset", *STATISTICS), (fed[-1],))
    return {}
