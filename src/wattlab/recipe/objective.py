"""What a training minimises: loss over a batch plus regularisation of the weights."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from wattlab.recipe.base import Fraction, NonNegative, Part

__all__ = ["CrossEntropy", "LogLoss", "Loss", "Reduction", "Regularisation", "SquaredError"]

Reduction = Literal["sum", "mean"]


class LogLoss(Part):
    """Logistic loss of every output on its own: −Σ [y ln a + (1 − y) ln(1 − a)]; needs sigmoid outputs."""

    kind: Literal["log-loss"] = "log-loss"
    reduction: Reduction = "mean"
    """Over the samples of a batch: their sum or their mean (always the sum over outputs)."""


class CrossEntropy(Part):
    """Softmax cross-entropy −Σ y ln a with optional label smoothing; needs softmax outputs."""

    kind: Literal["cross-entropy"] = "cross-entropy"
    reduction: Reduction = "mean"
    """Over the samples of a batch: their sum or their mean."""
    label_smoothing: Fraction = 0.0
    """Share ε of the target spread evenly over all classes: y (1 − ε) + ε/K."""


class SquaredError(Part):
    """½ Σ (y − a)², for classification (on one-hot targets) and regression."""

    kind: Literal["mse"] = "mse"
    reduction: Reduction = "mean"
    """Over the samples of a batch: their sum or their mean (always the sum over outputs)."""


Loss = Annotated[LogLoss | CrossEntropy | SquaredError, Field(discriminator="kind")]


class Regularisation(Part):
    """λ₁ Σ|w| + ½ λ₂ Σw² over all weights, biases excluded; added to each batch's cost as it stands."""

    l1: NonNegative = 0.0
    """Lasso factor λ₁; not computed when 0."""
    l2: NonNegative = 0.0
    """Ridge factor λ₂; not computed when 0."""
