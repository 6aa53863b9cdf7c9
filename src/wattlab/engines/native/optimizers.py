"""Optimizers as a few in-place operations on flat vectors.

Each keeps its memory in `slots`, flat vectors as long as the parameters. G is the gradient, η the learning
rate. A gradient vector may be overwritten: it is scratch once it has been used.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

if TYPE_CHECKING:
    from wattlab.engines.native.arrays import Array, Arrays, Number
    from wattlab.recipe.optimizer import Optimizer as OptimizerSpec
    from wattlab.recipe.schedule import StepValue

__all__ = ["Chunk", "Update", "make_update"]


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
    parameters: Array
    weights: Array
    scratch: Array
    slots: dict[str, Array]


class Update(ABC):
    """The update rule of one optimizer, with its memory.

    Parameters
    ----------
    xp : Arrays
        The table of array operations.
    parameters : array of shape (n_parameters,)
        θ, weights before biases, changed in place.
    n_weights : int
        How many of them are weights.
    spec : OptimizerSpec
        The recipe's optimizer.
    """

    slot_names: ClassVar[tuple[str, ...]] = ()

    def __init__(self, xp: Arrays, parameters: Array, n_weights: int, spec: Any) -> None:
        self.xp, self.spec = xp, spec
        self.slots: dict[str, Array] = {name: xp.zeros_like(parameters) for name in self.slot_names}
        self.scratch = xp.zeros_like(parameters)
        self.steps: Number = 0
        size = xp.chunk or len(parameters)
        self._chunks = [
            self._chunk(parameters, n_weights, slice(start, min(start + size, len(parameters))))
            for start in range(0, len(parameters), size)
        ]

    def _chunk(self, parameters: Array, n_weights: int, part: slice) -> Chunk:
        weights = parameters[part.start : max(part.start, min(part.stop, n_weights))]
        slots = {name: slot[part] for name, slot in self.slots.items()}
        return Chunk(part, parameters[part], weights, self.scratch[part], slots)

    def count_on(self, counter: Array) -> None:
        """Count the steps in an array of shape (), which a step that is replayed or taken back changes in place."""
        self.steps = counter

    def set_steps(self, steps: int) -> None:
        """Go on as after `steps` steps."""
        self.steps *= 0
        self.steps += steps

    def step(self, gradient: Array, value: StepValue) -> None:
        """Change θ by one step; momentum and weight decay that a schedule gives replace the recipe's own."""
        self.steps += 1
        if len(self._chunks) == 1:
            self._apply(self._chunks[0], gradient, value)
            return
        for chunk in self._chunks:
            self._apply(chunk, gradient[chunk.part], value)

    @abstractmethod
    def _apply(self, at: Chunk, gradient: Array, value: StepValue) -> None: ...


class Plain(Update):
    """θ −= η G."""

    def _apply(self, at: Chunk, gradient: Array, value: StepValue) -> None:
        xp = self.xp
        xp.multiply(gradient, value.learning_rate, out=gradient)
        xp.subtract(at.parameters, gradient, out=at.parameters)


class ClassicalMomentum(Update):
    """v = γ v + η G, θ −= v."""

    slot_names = ("velocity",)

    def _apply(self, at: Chunk, gradient: Array, value: StepValue) -> None:
        xp, velocity = self.xp, at.slots["velocity"]
        xp.multiply(velocity, _either(value.momentum, self.spec.momentum), out=velocity)
        xp.add_multiple(velocity, gradient, value.learning_rate, gradient)
        xp.subtract(at.parameters, velocity, out=at.parameters)


class NesterovMomentum(Update):
    """v = γ v + η G, θ −= γ v + η G."""

    slot_names = ("velocity",)

    def _apply(self, at: Chunk, gradient: Array, value: StepValue) -> None:
        xp, velocity, gamma = self.xp, at.slots["velocity"], _either(value.momentum, self.spec.momentum)
        xp.multiply(gradient, value.learning_rate, out=gradient)
        xp.multiply(velocity, gamma, out=velocity)
        xp.add(velocity, gradient, out=velocity)
        xp.subtract(at.parameters, gradient, out=at.parameters)
        xp.add_multiple(at.parameters, velocity, -gamma, at.scratch)


class OneStepMomentum(Update):
    """ΔW = η G, θ −= ΔW + γ ΔW_previous; the slot holds ΔW_previous."""

    slot_names = ("velocity",)

    def _apply(self, at: Chunk, gradient: Array, value: StepValue) -> None:
        xp, previous = self.xp, at.slots["velocity"]
        xp.multiply(gradient, value.learning_rate, out=gradient)
        xp.multiply(previous, _either(value.momentum, self.spec.momentum), out=previous)
        xp.add(previous, gradient, out=previous)
        xp.subtract(at.parameters, previous, out=at.parameters)
        xp.assign(previous, gradient)


class AdaptiveGradient(Update):
    """s += G², θ −= η G / (√s + ε). J. Duchi et al., JMLR 12, 2011."""

    slot_names = ("squares",)

    def _apply(self, at: Chunk, gradient: Array, value: StepValue) -> None:
        xp, squares, scratch = self.xp, at.slots["squares"], at.scratch
        xp.multiply(gradient, gradient, out=scratch)
        xp.add(squares, scratch, out=squares)
        _divide_by_root(xp, gradient, squares, self.spec.epsilon, scratch)
        xp.multiply(gradient, value.learning_rate, out=gradient)
        xp.subtract(at.parameters, gradient, out=at.parameters)


class RootMeanSquare(Update):
    """s = ρ s + (1 − ρ) G², θ −= η G / (√s + ε). T. Tieleman, G. Hinton, Coursera lecture 6.5, 2012.

    With `epsilon_in_root` the divisor is √(s + ε).
    """

    slot_names = ("squares",)

    def _apply(self, at: Chunk, gradient: Array, value: StepValue) -> None:
        xp, squares, scratch = self.xp, at.slots["squares"], at.scratch
        _average_square(xp, squares, gradient, self.spec.decay, scratch)
        if self.spec.epsilon_in_root:
            xp.add(squares, self.spec.epsilon, out=scratch)
            xp.sqrt(scratch, out=scratch)
            xp.divide(gradient, scratch, out=gradient)
        else:
            _divide_by_root(xp, gradient, squares, self.spec.epsilon, scratch)
        xp.multiply(gradient, value.learning_rate, out=gradient)
        xp.subtract(at.parameters, gradient, out=at.parameters)


class AdaptiveMoments(Update):
    """Adam, and AdamW where `weight_decay` > 0; D. Kingma, J. Ba 2015; I. Loshchilov, F. Hutter 2019.

    m = β₁ m + (1 − β₁) G, s = β₂ s + (1 − β₂) G², θ −= η/(1 − β₁ᵗ) · m / (√(s/(1 − β₂ᵗ)) + ε).
    With `epsilon_uncorrected` θ −= η/(1 − β₁ᵗ) · m √(1 − β₂ᵗ) / (√s + ε).
    """

    slot_names = ("mean", "squares")

    def _apply(self, at: Chunk, gradient: Array, value: StepValue) -> None:
        xp, mean, squares, scratch = self.xp, at.slots["mean"], at.slots["squares"], at.scratch
        beta = _either(value.momentum, self.spec.beta1)
        if self.spec.kind == "adamw":
            decay = _either(value.weight_decay, self.spec.weight_decay)
            xp.multiply(at.weights, 1 - value.learning_rate * decay, out=at.weights)
        _average_square(xp, squares, gradient, self.spec.beta2, scratch)
        xp.multiply(mean, beta, out=mean)
        xp.add_multiple(mean, gradient, 1 - beta, gradient)
        rate = value.learning_rate / (1 - beta**self.steps)
        correction = (1 - self.spec.beta2**self.steps) ** 0.5
        xp.sqrt(squares, out=scratch)
        if self.spec.epsilon_uncorrected:
            rate = rate * correction
        else:
            xp.multiply(scratch, 1 / correction, out=scratch)
        xp.add(scratch, self.spec.epsilon, out=scratch)
        xp.divide(mean, scratch, out=scratch)
        xp.multiply(scratch, rate, out=scratch)
        xp.subtract(at.parameters, scratch, out=at.parameters)


def _either(given: Number | None, own: float) -> Number:
    """Return what a schedule has given for the step, else the recipe's own."""
    return own if given is None else given


def _average_square(xp: Arrays, squares: Array, gradient: Array, decay: float, scratch: Array) -> None:
    """s = ρ s + (1 − ρ) G²."""
    xp.multiply(squares, decay, out=squares)
    xp.multiply(gradient, gradient, out=scratch)
    xp.add_multiple(squares, scratch, 1 - decay, scratch)


def _divide_by_root(xp: Arrays, gradient: Array, squares: Array, epsilon: float, scratch: Array) -> None:
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


def make_update(xp: Arrays, optimizer: OptimizerSpec, parameters: Array, n_weights: int) -> Update:
    """Return the update rule that a recipe names, with empty memory."""
    return _RULES[optimizer.kind](xp, parameters, n_weights, optimizer)
