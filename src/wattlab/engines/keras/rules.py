"""Update rules that Keras does not have, or has with ε in another place.

Each returns what is subtracted from θ, and the new memory. They are written with operators alone, so that they
cost the same on every backend.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from keras import ops

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.recipe.optimizer import Optimizer as OptimizerSpec

__all__ = ["RULES", "Rule", "Step", "own_momentum"]

Tensor = Any


@dataclass(frozen=True)
class Step:
    """What a rule is given beside gradient and memory.

    Parameters
    ----------
    rate : tensor or float
        Learning rate η.
    momentum : tensor or float
        γ or β₁.
    count : tensor
        1 at the first step, in the format of the gradient.
    spec : Optimizer
        The recipe's.
    """

    rate: Tensor
    momentum: Tensor
    count: Tensor
    spec: Any


@dataclass(frozen=True)
class Rule:
    """An update rule.

    Parameters
    ----------
    slots : tuple of str
        Names of the arrays that it remembers.
    apply : callable (gradient, memory, step) -> (change, new memory)
    """

    slots: tuple[str, ...]
    apply: Callable[[Tensor, list[Tensor], Step], tuple[Tensor, list[Tensor]]]


def _momentum(g: Tensor, memory: list[Tensor], at: Step) -> tuple[Tensor, list[Tensor]]:
    """Classical momentum: v = γ v + η G, θ −= v."""
    velocity = at.momentum * memory[0] + at.rate * g
    return velocity, [velocity]


def _nesterov(g: Tensor, memory: list[Tensor], at: Step) -> tuple[Tensor, list[Tensor]]:
    """Nesterov momentum: v = γ v + η G, θ −= γ v + η G."""
    step = at.rate * g
    velocity = at.momentum * memory[0] + step
    return at.momentum * velocity + step, [velocity]


def _one_step(g: Tensor, memory: list[Tensor], at: Step) -> tuple[Tensor, list[Tensor]]:
    """Momentum of one step: ΔW = η G, θ −= ΔW + γ ΔW_previous."""
    step = at.rate * g
    return step + at.momentum * memory[0], [step]


def _adagrad(g: Tensor, memory: list[Tensor], at: Step) -> tuple[Tensor, list[Tensor]]:
    """AdaGrad: s += G², θ −= η G / (√s + ε); Keras has √(s + ε)."""
    squares = memory[0] + g * g
    return at.rate * g / (ops.sqrt(squares) + at.spec.epsilon), [squares]


def _rmsprop(g: Tensor, memory: list[Tensor], at: Step) -> tuple[Tensor, list[Tensor]]:
    """RMSprop: s = ρ s + (1 − ρ) G², θ −= η G / (√s + ε); Keras has √(s + ε)."""
    squares = at.spec.decay * memory[0] + (1 - at.spec.decay) * (g * g)
    return at.rate * g / (ops.sqrt(squares) + at.spec.epsilon), [squares]


def _adam(g: Tensor, memory: list[Tensor], at: Step) -> tuple[Tensor, list[Tensor]]:
    """Adam: θ −= η m̂ / (√ŝ + ε); Keras adds ε to √s, before the correction."""
    beta = at.momentum
    mean = beta * memory[0] + (1 - beta) * g
    squares = at.spec.beta2 * memory[1] + (1 - at.spec.beta2) * (g * g)
    # 1 − βᵗ by expm1: in float32 the difference itself would lose half its digits at the first steps.
    root = ops.sqrt(-ops.expm1(at.count * _log(at.spec.beta2)))
    first = -ops.expm1(at.count * _log(beta))
    if at.spec.epsilon_uncorrected:
        return (at.rate * root / first) * mean / (ops.sqrt(squares) + at.spec.epsilon), [mean, squares]
    return (at.rate / first) * mean / (ops.sqrt(squares) / root + at.spec.epsilon), [mean, squares]


def _log(beta: Tensor | float) -> Tensor | float:
    """Return ln β; a plain number keeps all its digits, where Keras would make a float32 of it."""
    if isinstance(beta, float):
        return math.log(beta) if beta else -math.inf
    return ops.log(beta)


RULES: dict[str, Rule] = {
    "momentum": Rule(("velocity",), _momentum),
    "nesterov": Rule(("velocity",), _nesterov),
    "momentum-one-step": Rule(("previous",), _one_step),
    "adagrad": Rule(("squares",), _adagrad),
    "rmsprop": Rule(("squares",), _rmsprop),
    "adam": Rule(("mean", "squares"), _adam),
    "adamw": Rule(("mean", "squares"), _adam),
}
"""By the recipe's names."""


def own_momentum(spec: OptimizerSpec) -> float:
    """Return γ or β₁ as the recipe has it; 0 for a rule without."""
    return float(getattr(spec, "momentum", getattr(spec, "beta1", 0.0)))
