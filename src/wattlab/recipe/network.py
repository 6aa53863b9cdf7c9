"""The network of a recipe: layers, activations, and how weights start."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from wattlab.recipe.base import Count, Flag, Part, Positive, Real

__all__ = ["Activation", "Dense", "FanScaled", "InitialWeights", "Network", "SqrtNodes", "Uniform"]

Activation = Literal["identity", "sigmoid", "tanh", "relu", "leaky-relu", "softmax"]


class SqrtNodes(Part):
    """Uniform in ±factor/√n, where n nodes feed the layer (the sources' "sqrt_nodes")."""

    kind: Literal["sqrt-nodes"] = "sqrt-nodes"
    factor: Positive = 2.0
    """Half width of the interval times √n."""


class Uniform(Part):
    """Uniform in a fixed interval (the sources' "const")."""

    kind: Literal["uniform"] = "uniform"
    low: Real = -0.5
    """Lower end of the interval."""
    high: Real = 0.5
    """Upper end of the interval."""

    @model_validator(mode="after")
    def _ends_in_order(self) -> Uniform:
        if not self.low < self.high:
            msg = f"low is {self.low} and high is {self.high}; expected low < high"
            raise ValueError(msg)
        return self


class FanScaled(Part):
    """Zero mean, variance set by the layer's fan-in and fan-out.

    Glorot: variance 2/(n_in + n_out). He: variance 2/n_in.

    References
    ----------
    X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks",
    AISTATS 2010. K. He et al., "Delving deep into rectifiers", ICCV 2015.
    """

    kind: Literal["glorot-uniform", "glorot-normal", "he-uniform", "he-normal"]


InitialWeights = Annotated[SqrtNodes | Uniform | FanScaled, Field(discriminator="kind")]


class Dense(Part):
    """A fully connected layer: activation(x W + b)."""

    kind: Literal["dense"] = "dense"
    units: Count | None = None
    """Number of nodes; may be left out in the last layer, where the data decides it."""
    activation: Activation = "identity"
    """What follows the affine map."""
    regularised: Flag = True
    """Whether regularisation.l1 and .l2 count the weights of this layer."""
    initial_weights: InitialWeights | None = None
    """How this layer's weights start; left out: as network.initial_weights says."""


class Network(Part):
    """A feed-forward network: layers in the order in which data flows."""

    initial_weights: InitialWeights = FanScaled(kind="glorot-uniform")
    """How weights start: sqrt-nodes, uniform, glorot-uniform, glorot-normal, he-uniform or he-normal."""
    initial_biases: Literal["zeros", "as-weights"] = "zeros"
    """How biases start: at zero, or drawn like the weights of their layer (as the sources do)."""
    layers: Annotated[tuple[Dense, ...], Field(min_length=1)]
    """The layers; the last one gives the output."""
