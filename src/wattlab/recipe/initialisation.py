"""How the weights of a network start."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from wattlab.recipe.base import Part, Positive, Real

__all__ = ["FanScaled", "InitialWeights", "SqrtNodes", "Uniform"]


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

    Glorot: variance 2/(n_in + n_out). He: variance 2/n_in. A kernel's fan-in is its rows times its columns times the
    channels that it reads, and its fan-out the same with those that it writes.

    References
    ----------
    X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural networks",
    AISTATS 2010. K. He et al., "Delving deep into rectifiers", ICCV 2015.
    """

    kind: Literal["glorot-uniform", "glorot-normal", "he-uniform", "he-normal"]


InitialWeights = Annotated[SqrtNodes | Uniform | FanScaled, Field(discriminator="kind")]
