"""The optimizers a recipe can name; the mathematics is in ``wattlab.engines.native.optimizers``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from wattlab.recipe.base import Flag, NonNegative, Part, Positive

__all__ = [
    "MOMENTUM_KINDS",
    "AdaGrad",
    "Adam",
    "AdamW",
    "GradientDescent",
    "Momentum",
    "MomentumOneStep",
    "Nesterov",
    "Optimizer",
    "RMSProp",
    "StochasticGradientDescent",
]

Decay = Annotated[float, Field(strict=True, ge=0, lt=1)]


class _WithRate(Part):
    learning_rate: Positive
    """Learning rate η before the schedule; it multiplies summed or mean gradients, as loss.reduction says."""


class GradientDescent(_WithRate):
    """θ −= η G with the gradient of the whole training set: needs training.batch_size = "all"."""

    kind: Literal["gd"] = "gd"


class StochasticGradientDescent(_WithRate):
    """θ −= η G with the gradient of one mini-batch."""

    kind: Literal["sgd"] = "sgd"


class Momentum(_WithRate):
    """Classical momentum: v = γ v + η G, θ −= v."""

    kind: Literal["momentum"] = "momentum"
    momentum: Decay = 0.9
    """γ, the share of the last step that is kept."""


class Nesterov(_WithRate):
    """Nesterov momentum: v = γ v + η G, θ −= γ v + η G."""

    kind: Literal["nesterov"] = "nesterov"
    momentum: Decay = 0.9
    """γ, the share of the last step that is kept."""


class MomentumOneStep(_WithRate):
    """The blog program's form: ΔW = η G, θ −= ΔW + γ ΔW_previous; it remembers one step only."""

    kind: Literal["momentum-one-step"] = "momentum-one-step"
    momentum: Decay = 0.9
    """γ, the share of the last step's η G that is added."""


class AdaGrad(_WithRate):
    """s += G², θ −= η G / (√s + ε)."""

    kind: Literal["adagrad"] = "adagrad"
    epsilon: Positive = 1e-10
    """ε, added to the root."""


class RMSProp(_WithRate):
    """s = ρ s + (1 − ρ) G², θ −= η G / (√s + ε)."""

    kind: Literal["rmsprop"] = "rmsprop"
    decay: Decay = 0.99
    """ρ, the memory of the squared gradient."""
    epsilon: Positive = 1e-8
    """ε, added to the root."""
    epsilon_in_root: Flag = False
    """Add ε to s under the root instead, as Keras does: θ −= η G / √(s + ε)."""


class Adam(_WithRate):
    """Moving averages of G and G², both bias-corrected: θ −= η m̂ / (√ŝ + ε)."""

    kind: Literal["adam"] = "adam"
    beta1: Decay = 0.9
    """β₁, the memory of the gradient; a schedule that cycles momentum cycles this."""
    beta2: Decay = 0.999
    """β₂, the memory of the squared gradient."""
    epsilon: Positive = 1e-8
    """ε, added to the root."""
    epsilon_uncorrected: Flag = False
    """Add ε to the root before the bias correction, as Keras and scikit-learn do: m̂ √(1 − β₂ᵗ) / (√s + ε)."""


class AdamW(_WithRate):
    """Adam with decoupled weight decay: θ −= η λ θ first (weights only), then Adam's step."""

    kind: Literal["adamw"] = "adamw"
    beta1: Decay = 0.9
    """β₁, the memory of the gradient; a schedule that cycles momentum cycles this."""
    beta2: Decay = 0.999
    """β₂, the memory of the squared gradient."""
    epsilon: Positive = 1e-8
    """ε, added to the root."""
    epsilon_uncorrected: Flag = False
    """Add ε to the root before the bias correction, as Keras and scikit-learn do: m̂ √(1 − β₂ᵗ) / (√s + ε)."""
    weight_decay: NonNegative = 0.01
    """λ, per unit of learning rate; biases are not decayed."""


Optimizer = Annotated[
    GradientDescent
    | StochasticGradientDescent
    | Momentum
    | Nesterov
    | MomentumOneStep
    | AdaGrad
    | RMSProp
    | Adam
    | AdamW,
    Field(discriminator="kind"),
]

MOMENTUM_KINDS = frozenset({"momentum", "nesterov", "momentum-one-step", "adam", "adamw"})
"""Kinds whose momentum a schedule may cycle."""
