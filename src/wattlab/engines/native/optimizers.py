"""Optimizers as a few in-place operations on flat vectors.

Each keeps its memory in `slots`, flat vectors as long as the parameters. G is the gradient, η the learning
rate. A gradient vector may be overwritten: it is scratch once it has been used.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import sqrt
from typing import TYPE_CHECKING, Any

from wattlab.recipe import optimizer as spec

if TYPE_CHECKING:
    from wattlab.recipe.optimizer import Optimizer as OptimizerSpec

__all__ = ["Update", "make_update"]

Vector = Any


class Update(ABC):
    """The update rule of one optimizer, with its memory.

    Parameters
    ----------
    xp : module
        The array library.
    parameters : array of shape (n_parameters,)
        θ, changed in place.
    """

    slot_names: tuple[str, ...] = ()

    def __init__(self, xp: Any, parameters: Vector) -> None:
        self.xp = xp
        self.parameters = parameters
        self.slots: dict[str, Vector] = {name: xp.zeros_like(parameters) for name in self.slot_names}
        self.scratch = xp.zeros_like(parameters)
        self.steps = 0

    def step(self, gradient: Vector, learning_rate: float, momentum: float | None = None) -> None:
        """Change θ by one step; `momentum` replaces the recipe's own where a schedule cycles it."""
        self.steps += 1
        self._apply(gradient, learning_rate, momentum)

    @abstractmethod
    def _apply(self, gradient: Vector, learning_rate: float, momentum: float | None) -> None: ...


class Plain(Update):
    """θ −= η G."""

    def _apply(self, gradient: Vector, learning_rate: float, momentum: float | None) -> None:
        xp = self.xp
        xp.multiply(gradient, learning_rate, out=gradient)
        xp.subtract(self.parameters, gradient, out=self.parameters)


class _WithMomentum(Update):
    slot_names: tuple[str, ...] = ("velocity",)

    def __init__(self, xp: Any, parameters: Vector, momentum: float) -> None:
        super().__init__(xp, parameters)
        self.momentum = momentum


class ClassicalMomentum(_WithMomentum):
    """v = γ v + η G, θ −= v."""

    def _apply(self, gradient: Vector, learning_rate: float, momentum: float | None) -> None:
        xp, velocity = self.xp, self.slots["velocity"]
        xp.multiply(velocity, self.momentum if momentum is None else momentum, out=velocity)
        xp.multiply(gradient, learning_rate, out=gradient)
        xp.add(velocity, gradient, out=velocity)
        xp.subtract(self.parameters, velocity, out=self.parameters)


class NesterovMomentum(_WithMomentum):
    """v = γ v + η G, θ −= γ v + η G."""

    def _apply(self, gradient: Vector, learning_rate: float, momentum: float | None) -> None:
        xp, velocity, gamma = self.xp, self.slots["velocity"], self.momentum if momentum is None else momentum
        xp.multiply(gradient, learning_rate, out=gradient)
        xp.multiply(velocity, gamma, out=velocity)
        xp.add(velocity, gradient, out=velocity)
        xp.subtract(self.parameters, gradient, out=self.parameters)
        xp.multiply(velocity, gamma, out=self.scratch)
        xp.subtract(self.parameters, self.scratch, out=self.parameters)


class OneStepMomentum(_WithMomentum):
    """ΔW = η G, θ −= ΔW + γ ΔW_previous; the slot holds ΔW_previous."""

    def _apply(self, gradient: Vector, learning_rate: float, momentum: float | None) -> None:
        xp, previous = self.xp, self.slots["velocity"]
        xp.multiply(gradient, learning_rate, out=gradient)
        xp.multiply(previous, self.momentum if momentum is None else momentum, out=previous)
        xp.add(previous, gradient, out=previous)
        xp.subtract(self.parameters, previous, out=self.parameters)
        previous[...] = gradient


class AdaptiveGradient(Update):
    """s += G², θ −= η G / (√s + ε). J. Duchi et al., JMLR 12, 2011."""

    slot_names = ("squares",)

    def __init__(self, xp: Any, parameters: Vector, epsilon: float) -> None:
        super().__init__(xp, parameters)
        self.epsilon = epsilon

    def _apply(self, gradient: Vector, learning_rate: float, momentum: float | None) -> None:
        xp, squares, scratch = self.xp, self.slots["squares"], self.scratch
        xp.multiply(gradient, gradient, out=scratch)
        xp.add(squares, scratch, out=squares)
        _divide_by_root(xp, gradient, squares, self.epsilon, scratch)
        xp.multiply(gradient, learning_rate, out=gradient)
        xp.subtract(self.parameters, gradient, out=self.parameters)


class RootMeanSquare(Update):
    """s = ρ s + (1 − ρ) G², θ −= η G / (√s + ε). T. Tieleman, G. Hinton, Coursera lecture 6.5, 2012."""

    slot_names = ("squares",)

    def __init__(self, xp: Any, parameters: Vector, decay: float, epsilon: float) -> None:
        super().__init__(xp, parameters)
        self.decay, self.epsilon = decay, epsilon

    def _apply(self, gradient: Vector, learning_rate: float, momentum: float | None) -> None:
        xp, squares, scratch = self.xp, self.slots["squares"], self.scratch
        _average_square(xp, squares, gradient, self.decay, scratch)
        _divide_by_root(xp, gradient, squares, self.epsilon, scratch)
        xp.multiply(gradient, learning_rate, out=gradient)
        xp.subtract(self.parameters, gradient, out=self.parameters)


class AdaptiveMoments(Update):
    """Adam, and AdamW where `weight_decay` > 0; D. Kingma, J. Ba 2015; I. Loshchilov, F. Hutter 2019.

    m = β₁ m + (1 − β₁) G, s = β₂ s + (1 − β₂) G², θ −= η/(1 − β₁ᵗ) · m / (√(s/(1 − β₂ᵗ)) + ε).
    """

    slot_names = ("mean", "squares")

    def __init__(self, xp: Any, parameters: Vector, spec: Any, n_weights: int) -> None:
        super().__init__(xp, parameters)
        self.momentum, self.decay, self.epsilon = spec.momentum, spec.decay, spec.epsilon
        self.weight_decay = spec.weight_decay if spec.kind == "adamw" else 0.0
        self.weights = parameters[:n_weights]

    def _apply(self, gradient: Vector, learning_rate: float, momentum: float | None) -> None:
        xp, mean, squares, scratch = self.xp, self.slots["mean"], self.slots["squares"], self.scratch
        beta = self.momentum if momentum is None else momentum
        if self.weight_decay:
            xp.multiply(self.weights, 1 - learning_rate * self.weight_decay, out=self.weights)
        _average_square(xp, squares, gradient, self.decay, scratch)
        xp.multiply(gradient, 1 - beta, out=gradient)
        xp.multiply(mean, beta, out=mean)
        xp.add(mean, gradient, out=mean)
        xp.sqrt(squares, out=scratch)
        xp.multiply(scratch, 1 / sqrt(1 - self.decay**self.steps), out=scratch)
        xp.add(scratch, self.epsilon, out=scratch)
        xp.divide(mean, scratch, out=scratch)
        xp.multiply(scratch, learning_rate / (1 - beta**self.steps), out=scratch)
        xp.subtract(self.parameters, scratch, out=self.parameters)


def _average_square(xp: Any, squares: Vector, gradient: Vector, decay: float, scratch: Vector) -> None:
    """s = ρ s + (1 − ρ) G²."""
    xp.multiply(gradient, gradient, out=scratch)
    xp.multiply(scratch, 1 - decay, out=scratch)
    xp.multiply(squares, decay, out=squares)
    xp.add(squares, scratch, out=squares)


def _divide_by_root(xp: Any, gradient: Vector, squares: Vector, epsilon: float, scratch: Vector) -> None:
    """G /= √s + ε."""
    xp.sqrt(squares, out=scratch)
    xp.add(scratch, epsilon, out=scratch)
    xp.divide(gradient, scratch, out=gradient)


def make_update(xp: Any, optimizer: OptimizerSpec, parameters: Vector, n_weights: int) -> Update:
    """Return the update rule that a recipe names, with empty memory."""
    match optimizer:
        case spec.GradientDescent() | spec.StochasticGradientDescent():
            return Plain(xp, parameters)
        case spec.Momentum():
            return ClassicalMomentum(xp, parameters, optimizer.momentum)
        case spec.Nesterov():
            return NesterovMomentum(xp, parameters, optimizer.momentum)
        case spec.MomentumOneStep():
            return OneStepMomentum(xp, parameters, optimizer.momentum)
        case spec.AdaGrad():
            return AdaptiveGradient(xp, parameters, optimizer.epsilon)
        case spec.RMSProp():
            return RootMeanSquare(xp, parameters, optimizer.decay, optimizer.epsilon)
        case spec.Adam() | spec.AdamW():
            return AdaptiveMoments(xp, parameters, optimizer, n_weights)
