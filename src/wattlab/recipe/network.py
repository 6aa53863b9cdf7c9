"""The network of a recipe: its layers, and how weights start."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from wattlab.recipe.base import Part
from wattlab.recipe.graph import Node, draws_noise, expand
from wattlab.recipe.initialisation import FanScaled, InitialWeights, SqrtNodes, Uniform
from wattlab.recipe.layers import (
    Activation,
    Conv2D,
    Conv2DTranspose,
    Dense,
    Dropout,
    Layer,
    Residual,
    Sampling,
)

__all__ = ["Activation", "Dense", "FanScaled", "InitialWeights", "Network", "SqrtNodes", "Uniform"]


class Network(Part):
    """A network without cycles: layers in the order in which data flows, the last one gives the output."""

    initial_weights: InitialWeights = FanScaled(kind="glorot-uniform")
    """How weights start: sqrt-nodes, uniform, glorot-uniform, glorot-normal, he-uniform or he-normal."""
    initial_biases: Literal["zeros", "as-weights"] = "zeros"
    """How biases start: at zero, or drawn like the weights of their layer (as the sources do)."""
    layers: Annotated[tuple[Layer, ...], Field(min_length=1)]
    """The layers; the last one gives the output."""

    @model_validator(mode="after")
    def _is_a_graph(self) -> Network:
        for node in self.nodes[:-1]:
            if isinstance(node.spec, Dense) and node.spec.units is None:
                where = node.place.removeprefix("network.")
                raise ValueError(
                    f"{where}.units is missing; only the last of network.layers may leave it out"
                )
        return self

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The simple layers, each after those that feed it."""
        return expand(self.layers)

    @property
    def weighted(self) -> tuple[Node, ...]:
        """The layers that have weights."""
        return tuple(node for node in self.nodes if isinstance(node.spec, (Dense, Conv2D, Conv2DTranspose)))

    @property
    def has_noise(self) -> bool:
        """Whether a training step draws numbers inside: dropout, or sampling with noise."""
        return draws_noise(self.nodes)

    def without_noise(self) -> Network:
        """Return the network without dropout and sampling noise, each of which every library draws in its own way."""
        return self.model_copy(update={"layers": tuple(_without_noise(layer) for layer in self.layers)})

    @property
    def output_activation(self) -> Activation:
        """The activation that gives the outputs, which losses may take in."""
        activation: Activation = getattr(self.nodes[-1].spec, "activation", "identity")
        return activation

    @property
    def dense_layers(self) -> tuple[Dense, ...] | None:
        """The layers, where they are a chain of dense ones in the order of the recipe; None: they are not."""
        dense = tuple(layer for layer in self.layers if isinstance(layer, Dense))
        is_chain = all(
            (node.name, node.inputs) == (f"layers.{index}", (index - 1,))
            for index, node in enumerate(self.nodes)
        )
        return dense if len(dense) == len(self.layers) and is_chain else None


def _without_noise(layer: Any) -> Any:
    if isinstance(layer, Dropout):
        return layer.model_copy(update={"rate": 0.0})
    if isinstance(layer, Sampling):
        return layer.model_copy(update={"noise": 0.0})
    if isinstance(layer, Residual):
        branches = {name: tuple(map(_without_noise, getattr(layer, name))) for name in ("layers", "shortcut")}
        return layer.model_copy(update=branches)
    return layer
