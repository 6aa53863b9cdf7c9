"""What a training minimises: loss over a batch plus regularisation of the weights."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from wattlab.recipe.base import Fraction, NonNegative, Part

__all__ = [
    "CrossEntropy",
    "LogLoss",
    "Loss",
    "NormalisedCrossEntropy",
    "Reduction",
    "Regularisation",
    "SquaredError",
    "l2_for_inputs",
]

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


class NormalisedCrossEntropy(Part):
    """−Σ y ln (a / Σa) on sigmoid outputs: what Keras' categorical_crossentropy computes from them.

    Each sample's outputs are divided by their sum, as if they were probabilities of classes that exclude one another.
    """

    kind: Literal["normalised-cross-entropy"] = "normalised-cross-entropy"
    reduction: Reduction = "mean"
    """Over the samples of a batch: their sum or their mean."""


class SquaredError(Part):
    """½ Σ (y − a)², for classification (on one-hot targets) and regression."""

    kind: Literal["mse"] = "mse"
    reduction: Reduction = "mean"
    """Over the samples of a batch: their sum or their mean (always the sum over outputs)."""


Loss = Annotated[LogLoss | CrossEntropy | NormalisedCrossEntropy | SquaredError, Field(discriminator="kind")]


class Regularisation(Part):
    """λ₁ Σ|w| + ½ λ₂ Σw² over all weights, added to each batch's cost as it stands.

    Biases are left out, and so are layers with ``regularised = false``.
    """

    l1: NonNegative = 0.0
    """Lasso factor λ₁; not computed when 0."""
    l2: NonNegative = 0.0
    """Ridge factor λ₂; not computed when 0."""


def l2_for_inputs(l2: float, n_inputs: int, n_features: int) -> float:
    """Return the ridge factor for a network with fewer inputs: λ₂ · n_inputs / n_features.

    The penalty adds up over the weights of the first layer, which become fewer as its inputs do.

    Parameters
    ----------
    l2 : float
        λ₂ that suits the network with all features, >= 0.
    n_inputs : int
        Inputs that a reduction leaves, >= 1.
    n_features : int
        Features that there are before it, >= 1.

    References
    ----------
    linux-blog.anracom.com, A simple program for an ANN to cover the MNIST dataset, article XIV.

    Examples
    --------
    >>> round(l2_for_inputs(0.2, 100, 784), 4)
    0.0255
    """
    return l2 * n_inputs / n_features
