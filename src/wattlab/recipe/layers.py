"""The layers that a network can be made of.

Images are (rows, columns, channels); the words are Keras', and so are padding "same", and momentum and epsilon of batch
normalisation.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from wattlab.recipe.base import Count, Flag, Fraction, NonNegative, Part, Positive
from wattlab.recipe.initialisation import InitialWeights

__all__ = [
    "Activation",
    "ActivationLayer",
    "BatchNorm",
    "Conv2D",
    "Conv2DTranspose",
    "Dense",
    "Dropout",
    "Flatten",
    "GlobalPool",
    "Layer",
    "Merge",
    "Pool",
    "Reshape",
    "Residual",
    "Sampling",
    "SimpleLayer",
    "pair",
]

Activation = Literal["identity", "sigmoid", "tanh", "relu", "leaky-relu", "softmax"]
Padding = Literal["same", "valid"]
Pair = Count | tuple[Count, Count]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]


def pair(size: int | tuple[int, int]) -> tuple[int, int]:
    """Return rows and columns of what is one number where both are the same.

    Examples
    --------
    >>> pair(3), pair((1, 5))
    ((3, 3), (1, 5))
    """
    return size if isinstance(size, tuple) else (size, size)


class _Layer(Part):
    name: Name | None = None
    """What other layers call it in their inputs."""
    inputs: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Names of the layers that feed it, or "input" for the network's own; left out: the layer before it."""


class Dense(_Layer):
    """A fully connected layer: activation(x W + b), for flat inputs."""

    kind: Literal["dense"] = "dense"
    units: Count | None = None
    """Number of nodes; may be left out in the last layer, where the data decides it."""
    activation: Activation = "identity"
    """What follows the affine map."""
    regularised: Flag = True
    """Whether regularisation.l1 and .l2 count the weights of this layer."""
    initial_weights: InitialWeights | None = None
    """How this layer's weights start; left out: as network.initial_weights says."""


class _Convolution(_Layer):
    filters: Count
    """Channels of the output; multiples of 8 suit half formats."""
    kernel: Pair
    """Rows and columns of the kernel: one number, or two."""
    stride: Pair = 1
    """Pixels from one position to the next: one number, or two."""
    padding: Padding = "valid"
    """same: zeros around the image, so that stride 1 keeps its size; valid: none."""
    bias: Flag = True
    """Whether a bias is added; of no use before a batch normalisation."""
    activation: Activation = "identity"
    """What follows the convolution."""
    regularised: Flag = True
    """Whether regularisation.l1 and .l2 count the weights of this layer."""
    initial_weights: InitialWeights | None = None
    """How this layer's weights start; left out: as network.initial_weights says."""


class Conv2D(_Convolution):
    """A two-dimensional convolution (cross-correlation), channels last."""

    kind: Literal["conv2d"]


class Conv2DTranspose(_Convolution):
    """A transposed convolution: the gradient of a convolution, which makes images larger."""

    kind: Literal["conv2d-transpose"]


class Pool(_Layer):
    """The largest value or the mean of each window; what is padded counts in neither."""

    kind: Literal["max-pool", "average-pool"]
    size: Pair = 2
    """Rows and columns of the window: one number, or two."""
    stride: Pair | None = None
    """Pixels from one window to the next; left out: as the size."""
    padding: Padding = "valid"
    """valid: only whole windows; same: windows may reach over the edge."""


class GlobalPool(_Layer):
    """The mean or the largest value of each channel over the whole image; the output is flat."""

    kind: Literal["global-average-pool", "global-max-pool"]


class BatchNorm(_Layer):
    """Batch normalisation over samples and pixels: scale · (x − mean) / √(variance + ε) + offset.

    While training, mean and variance are the batch's own (variance: the mean square, Σ(x − mean)²/n); else they are the
    moving ones, which each step takes to momentum · moving + (1 − momentum) · batch.

    References
    ----------
    S. Ioffe, C. Szegedy, "Batch normalization", ICML 2015.
    """

    kind: Literal["batch-norm"]
    momentum: Fraction = 0.99
    """Share of the moving mean and variance that a step keeps, as Keras has it; torch calls 1 minus this momentum."""
    epsilon: Positive = 1e-3
    """Added to the variance; Keras' default is 0.001, torch's 0.00001."""


class Dropout(_Layer):
    """Each number becomes zero with a probability while training, and the others are scaled up to make up for it."""

    kind: Literal["dropout"]
    rate: Fraction
    """Probability."""


class ActivationLayer(_Layer):
    """An activation as a layer of its own."""

    kind: Literal["activation"]
    activation: Activation
    """Which one."""


class Flatten(_Layer):
    """An image as a flat vector, row by row, channels last."""

    kind: Literal["flatten"]


class Reshape(_Layer):
    """A flat vector as an image."""

    kind: Literal["reshape"]
    shape: tuple[Count, Count, Count]
    """Rows, columns, channels."""


class Merge(_Layer):
    """Several inputs in one: their sum, their product, or their channels side by side."""

    kind: Literal["add", "multiply", "concatenate"]


class Sampling(_Layer):
    """Draw z from a normal distribution whose mean and log-variance come in: the middle of a variational autoencoder.

    The input holds the means, then the log-variances. Training adds kl_weight · KL(N(mean, variance) ‖ N(0, 1)) of each
    sample to its loss; else the output is the mean.

    References
    ----------
    D. P. Kingma, M. Welling, "Auto-encoding variational Bayes", ICLR 2014.
    """

    kind: Literal["sampling"]
    kl_weight: NonNegative = 1.0
    """Factor β on the divergence (1: the variational autoencoder of the paper, where losses are summed over pixels)."""
    noise: NonNegative = 1.0
    """Factor on the standard deviation; 0: no noise, only the divergence."""


def _kind(value: Any) -> Any:
    """Return which member of the union is meant: dense where nothing is said."""
    return value.get("kind", "dense") if isinstance(value, dict) else getattr(value, "kind", None)


_Simple = (
    Annotated[Dense, Tag("dense")]
    | Annotated[Conv2D, Tag("conv2d")]
    | Annotated[Conv2DTranspose, Tag("conv2d-transpose")]
    | Annotated[Pool, Tag("max-pool")]
    | Annotated[Pool, Tag("average-pool")]
    | Annotated[GlobalPool, Tag("global-average-pool")]
    | Annotated[GlobalPool, Tag("global-max-pool")]
    | Annotated[BatchNorm, Tag("batch-norm")]
    | Annotated[Dropout, Tag("dropout")]
    | Annotated[ActivationLayer, Tag("activation")]
    | Annotated[Flatten, Tag("flatten")]
    | Annotated[Reshape, Tag("reshape")]
    | Annotated[Merge, Tag("add")]
    | Annotated[Merge, Tag("multiply")]
    | Annotated[Merge, Tag("concatenate")]
    | Annotated[Sampling, Tag("sampling")]
)
SimpleLayer = Annotated[_Simple, Discriminator(_kind)]


class Residual(_Layer):
    """A residual block: activation(layers(x) + shortcut(x)), several of them one after the other if asked for.

    References
    ----------
    K. He et al., "Identity mappings in deep residual networks", ECCV 2016.
    """

    kind: Literal["residual"]
    repeat: Count = 1
    """How many such blocks follow one another, each with weights of its own."""
    activation: Activation = "identity"
    """What follows the sum."""
    layers: Annotated[tuple[SimpleLayer, ...], Field(min_length=1)]
    """The residual branch, a chain."""
    shortcut: tuple[SimpleLayer, ...] = ()
    """The other branch, a chain; empty: the input as it is."""


Layer = Annotated[_Simple | Annotated[Residual, Tag("residual")], Discriminator(_kind)]
