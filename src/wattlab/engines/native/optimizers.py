"""Optimizers as a few in-place operations on flat vectors.

Each keeps its memory in `slots`, flat vectors as long as the parameters. G is the gradient, η the learning
rate. A gradient vector may be overwritten: it is scratch once it has been used.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import sqrt
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

if TYPE_CHECKING:
    from wattlab.recipe.optimizer import Optimizer as OptimizerSpec

__all__ = ["Chunk", "Update", "make_update"]

Vector = Any
"""An array of shape (n_parameters,) of the library `xp`."""


CHUNK = 16_384
"""Parameters that are updated at a time: their vectors stay in the cache from one operation to the next."""


class Chunk(NamedTuple):
    """Views on a stretch of all vectors.

    Parameters
    ----------
    part : slice
        Where it lies.
    parameters : array
        θ there.
    weights : array
        Those of them that are weights, not biases.
    scratch : array
        For intermediate results.
    slots : dict of arrays
        The optimizer's memory.
    """

    part: slice
    parameters: Vector
    weights: Vector
    scratch: Vector
    slots: dict[str, Vector]


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
        self.xp, self.spec = xp, spec
        self.slots: dict[str, Vector] = {name: xp.zeros_like(parameters) for name in self.slot_names}
        self.scratch = xp.zeros_like(parameters)
        self.steps = 0
        self._chunks = [
            self._chunk(parameters, n_weights, start) for start in range(0, len(parameters), CHUNK)
        ]

    def _chunk(self, parameters: Vector, n_weights: int, start: int) -> Chunk:
        part = slice(start, min(start + CHUNK, len(parameters)))
        weights = parameters[start : max(start, min(part.stop, n_weights))]
        slots = {name: slot[part] for name, slot in self.slots.items()}
        return Chunk(part, parameters[part], weights, self.scratch[part], slots)

    def step(self, gradient: Vector, learning_rate: float, momentum: float | None = None) -> None:
        """Change θ by one step; `momentum` replaces the recipe's own where a schedule cycles it."""
        self.steps += 1
        for chunk in self._chunks:
            self._apply(chunk, gradient[chunk.part], learning_rate, momentum)

    @abstractmethod
    def _apply(self, at: Chunk, gradient: Vector, learning_rate: float, momentum: float | None) -> None: ...


class Plain(Update):
    """θ −= η G."""

    def _apply(self, at: Chunk, gradient: Vector, learning_rate: float, momentum: float | None) -> None:
        xp = self.xp
        xp.multiply(gradient, learning_rate, out=gradient)
        xp.subtract(at.parameters, gradient, out=at.parameters)


class ClassicalMomentum(Update):
    """v = γ v + η G, θ −= v."""

    slot_names = ("velocity",)

    def _apply(self, at: Chunk, gradient: Vector, learning_rate: float, momentum: float | None) -> None:
        xp, velocity = self.xp, at.slots["velocity"]
        xp.multiply(velocity, self.spec.momentum if momentum is None else momentum, out=velocity)
        xp.multiply(gradient, learning_rate, out=gradient)
        xp.add(velocity, gradient, out=velocity)
        xp.subtract(at.parameters, velocity, out=at.parameters)


class NesterovMomentum(Update):
    """v = γ v + η G, θ −= γ v + η G."""

    slot_names = ("velocity",)

    def _apply(self, at: Chunk, gradient: Vector, learning_rate: float, momentum: float | None) -> None:
        xp, velocity, gamma = (
            self.xp,
            at.slots["velocity"],
            self.spec.momentum if momentum is None else momentum,
        )
        xp.multiply(gradient, learning_rate, out=gradient)
        xp.multiply(velocity, gamma, out=velocity)
        xp.add(velocity, gradient, out=velocity)
        xp.subtract(at.parameters, gradient, out=at.parameters)
        xp.multiply(velocity, gamma, out=at.scratch)
        xp.subtract(at.parameters, at.scratch, out=at.parameters)


class OneStepMomentum(Update):
    """ΔW = η G, θ −= ΔW + γ ΔW_previous; the slot holds ΔW_previous."""

    slot_names = ("velocity",)

    def _apply(self, at: Chunk, gradient: Vector, learning_rate: float, momentum: float | None) -> None:
        xp, previous = self.xp, at.slots["velocity"]
        xp.multiply(gradient, learning_rate, out=gradient)
        xp.multiply(previous, self.spec.momentum if momentum is None else momentum, out=previous)
        xp.add(previous, gradient, out=previous)
        xp.subtract(at.parameters, previous, out=at.parameters)
        previous[...] = gradient


class AdaptiveGradient(Update):
    """s += G², θ −= η G / (√s + ε). J. Duchi et al., JMLR 12, 2011."""

    slot_names = ("squares",)

    def _apply(self, at: Chunk, gradient: Vector, learning_rate: float, momentum: float | None) -> None:
        xp, squares, scratch = self.xp, at.slots["squares"], at.scratch
        xp.multiply(gradient, gradient, out=scratch)
        xp.add(squares, scratch, out=squares)
        _divide_by_root(xp, gradient, squares, self.spec.epsilon, scratch)
        xp.multiply(gradient, learning_rate, out=gradient)
        xp.subtract(at.parameters, gradient, out=at.parameters)


class RootMeanSquare(Update):
    """s = ρ s + (1 − ρ) G², θ −= η G / (√s + ε). T. Tieleman, G. Hinton, Coursera lecture 6.5, 2012."""

    slot_names = ("squares",)

    def _apply(self, at: Chunk, gradient: Vector, learning_rate: float, momentum: float | None) -> None:
        xp, squares, scratch = self.xp, at.slots["squares"], at.scratch
        _average_square(xp, squares, gradient, self.spec.decay, scratch)
        _divide_by_root(xp, gradient, squares, self.spec.epsilon, scratch)
        xp.multiply(gradient, learning_rate, out=gradient)
        xp.subtract(at.parameters, gradient, out=at.parameters)


class AdaptiveMoments(Update):
    """Adam, and AdamW where `weight_decay` > 0; D. Kingma, J. Ba 2015; I. Loshchilov, F. Hutter 2019.

    m = β₁ m + (1 − β₁) G, s = β₂ s + (1 − β₂) G², θ −= η/(1 − β₁ᵗ) · m / (√(s/(1 − β₂ᵗ)) + ε).
    """

    slot_names = ("mean", "squares")

    def _apply(self, at: Chunk, gradient: Vector, learning_rate: float, momentum: float | None) -> None:
        xp, mean, squares, scratch = self.xp, at.slots["mean"], at.slots["squares"], at.scratch
        beta = self.spec.beta1 if momentum is None else momentum
        if self.spec.kind == "adamw":
            xp.multiply(at.weights, 1 - learning_rate * self.spec.weight_decay, out=at.weights)
        _average_square(xp, squares, gradient, self.spec.beta2, scratch)
        xp.multiply(gradient, 1 - beta, out=gradient)
        xp.multiply(mean, beta, out=mean)
        xp.add(mean, gradient, out=mean)
        xp.sqrt(squares, out=scratch)
        xp.multiply(scratch, 1 / sqrt(1 - self.spec.beta2**self.steps), out=scratch)
        xp.add(scratch, self.spec.epsilon, out=scratch)
        xp.divide(mean, scratch, out=scratch)
        xp.multiply(scratch, learning_rate / (1 - beta**self.steps), out=scratch)
        xp.subtract(at.parameters, scratch, out=at.parameters)


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
