"""Optimizers as a few in-place operations on flat vectors.

Each keeps its memory in `slots`, flat vectors as long as the parameters. G is the gradient, η the learning
rate. A gradient vector may be overwritten: it is scratch once it has been used.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import sqrt
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from wattlab.recipe.optimizer import Optimizer as OptimizerSpec

__all__ = ["Update", "make_update"]

Vector = Any
"""An array of shape (n_parameters,) of the library `xp`."""


class Update(ABC):
    """The update rule of one optimizer, with its memory.

    Parameters
    ----------
    xp : module
        The array library.
    parameters : array of shape (n_parameters,)
        θ, weights before biases, changed in place.
    n_weights : int
        How many of them are weights.
    spec : OptimizerSpec
        The recipe's optimizer.
    """

    slot_names: ClassVar[tuple[str, ...]] = ()

    def __init__(self, xp: Any, parameters: Vector, n_weights: int, spec: Any) -> None:
        self.xp, self.parameters, self.spec = xp, parameters, spec
        self.weights = parameters[:n_weights]
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


class ClassicalMomentum(Update):
    """v = γ v + η G, θ −= v."""

    slot_names = ("velocity",)

    def _apply(self, gradient: Vector, learning_rate: float, momentum: float | None) -> None:
        xp, velocity = self.xp, self.slots["velocity"]
        xp.multiply(velocity, self.spec.momentum if momentum is None else momentum, out=velocity)
        xp.multiply(gradient, learning_rate, out=gradient)
        xp.add(velocity, gradient, out=velocity)
        xp.subtract(self.parameters, velocity, out=self.parameters)


class NesterovMomentum(Update):
    """v = γ v + η G, θ −= γ v + η G."""

    slot_names = ("velocity",)

    def _apply(self, gradient: Vector, learning_rate: float, momentum: float | None) -> None:
        xp, velocity, gamma = (
            self.xp,
            self.slots["velocity"],
            self.spec.momentum if momentum is None else momentum,
        )
        xp.multiply(gradient, learning_rate, out=gradient)
        xp.multiply(velocity, gamma, out=velocity)
        xp.add(velocity, gradient, out=velocity)
        xp.subtract(self.parameters, gradient, out=self.parameters)
        xp.multiply(velocity, gamma, out=self.scratch)
        xp.subtract(self.parameters, self.scratch, out=self.parameters)


class OneStepMomentum(Update):
    """ΔW = η G, θ −= ΔW + γ ΔW_previous; the slot holds ΔW_previous."""

    slot_names = ("velocity",)

    def _apply(self, gradient: Vector, learning_rate: float, momentum: float | None) -> None:
        xp, previous = self.xp, self.slots["velocity"]
        xp.multiply(gradient, learning_rate, out=gradient)
        xp.multiply(previous, self.spec.momentum if momentum is None else momentum, out=previous)
        xp.add(previous, gradient, out=previous)
        xp.subtract(self.parameters, previous, out=self.parameters)
        previous[...] = gradient


class AdaptiveGradient(Update):
    """s += G², θ −= η G / (√s + ε). J. Duchi et al., JMLR 12, 2011."""

    slot_names = ("squares",)

    def _apply(self, gradient: Vector, learning_rate: float, momentum: float | None) -> None:
        xp, squares, scratch = self.xp, self.slots["squares"], self.scratch
        xp.multiply(gradient, gradient, out=scratch)
        xp.add(squares, scratch, out=squares)
        _divide_by_root(xp, gradient, squares, self.spec.epsilon, scratch)
        xp.multiply(gradient, learning_rate, out=gradient)
        xp.subtract(self.parameters, gradient, out=self.parameters)


class RootMeanSquare(Update):
    """s = ρ s + (1 − ρ) G², θ −= η G / (√s + ε). T. Tieleman, G. Hinton, Coursera lecture 6.5, 2012."""

    slot_names = ("squares",)

    def _apply(self, gradient: Vector, learning_rate: float, momentum: float | None) -> None:
        xp, squares, scratch = self.xp, self.slots["squares"], self.scratch
        _average_square(xp, squares, gradient, self.spec.decay, scratch)
        _divide_by_root(xp, gradient, squares, self.spec.epsilon, scratch)
        xp.multiply(gradient, learning_rate, out=gradient)
        xp.subtract(self.parameters, gradient, out=self.parameters)


class AdaptiveMoments(Update):
    """Adam, and AdamW where `weight_decay` > 0; D. Kingma, J. Ba 2015; I. Loshchilov, F. Hutter 2019.

    m = β₁ m + (1 − β₁) G, s = β₂ s + (1 − β₂) G², θ −= η/(1 − β₁ᵗ) · m / (√(s/(1 − β₂ᵗ)) + ε).
    """

    slot_names = ("mean", "squares")

    def _apply(self, gradient: Vector, learning_rate: float, momentum: float | None) -> None:
        xp, mean, squares, scratch = self.xp, self.slots["mean"], self.slots["squares"], self.scratch
        beta = self.spec.momentum if momentum is None else momentum
        if self.spec.kind == "adamw":
            xp.multiply(self.weights, 1 - learning_rate * self.spec.weight_decay, out=self.weights)
        _average_square(xp, squares, gradient, self.spec.decay, scratch)
        xp.multiply(gradient, 1 - beta, out=gradient)
        xp.multiply(mean, beta, out=mean)
        xp.add(mean, gradient, out=mean)
        xp.sqrt(squares, out=scratch)
        xp.multiply(scratch, 1 / sqrt(1 - self.spec.decay**self.steps), out=scratch)
        xp.add(scratch, self.spec.epsilon, out=scratch)
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


_RULES: dict[str, type[Update]] = {
    "gd": Plain,
    "sgd": Plain,
    "momentum": ClassicalMomentum,
    "nesterov": NesterovMomentum,
    "momentum-one-step": OneStepMomentum,
    "adagrad": AdaptiveGradient,
    "rmsprop": RootMeanSquare,
    "adam": AdaptiveMoments,
    "adamw": AdaptiveMoments,
}


def make_update(xp: Any, optimizer: OptimizerSpec, parameters: Vector, n_weights: int) -> Update:
    """Return the update rule that a recipe names, with empty memory."""
    return _RULES[optimizer.kind](xp, parameters, n_weights, optimizer)
