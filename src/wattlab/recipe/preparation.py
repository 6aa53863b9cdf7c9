"""What is done to the features before the network sees them, always fitted on the training part only."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from wattlab.recipe.base import Part

__all__ = ["DropConstant", "NoReduction", "Preparation", "Reduction", "Scaling"]

Scaling = Literal["none", "bytes", "standard", "min-max", "normalise"]


class NoReduction(Part):
    """All features are kept."""

    kind: Literal["none"] = "none"


class DropConstant(Part):
    """Leave out features that are constant over the training part, such as MNIST's unused border pixels.

    Where the constant is zero (unused pixels; anything after standard scaling), predictions are exactly those of the
    network that keeps them. Any other constant acts like one more bias, which is lost with it.
    """

    kind: Literal["drop-constant"] = "drop-constant"


Reduction = Annotated[NoReduction | DropConstant, Field(discriminator="kind")]


class Preparation(Part):
    """Scaling, reduction, scaling, in this order."""

    before: Scaling = "none"
    """Scaling before the reduction: none, bytes (÷ 255), standard, min-max, or normalise (per sample)."""
    reduction: Reduction = NoReduction()
    """Fewer features: none or drop-constant."""
    after: Scaling = "none"
    """Scaling after the reduction, with the same choices."""
