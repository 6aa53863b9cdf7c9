# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"
"""Regularisation and momentum update in one compiled pass through memory.

What it computes is what ``penalty.py`` and ``optimizers.py`` say; the tests hold them against each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.engines.native.optimizers import Update
    from wattlab.engines.native.parameters import Parameters
    from wattlab.recipe import Recipe
    from wattlab.recipe.schedule import StepValues

__all__ = ["CompiledDescent", "Rule", "descend"]

_KINDS = {"momentum": 0, "nesterov": 1, "momentum-one-step": 2}
_CLASSICAL, _NESTEROV, _ONE_STEP = range(3)


class Rule(NamedTuple):
    """What stays the same from one step to the next, as compiled functions take it.

    Parameters
    ----------
    velocity : array
        The optimizer's memory.
    stretches : array of shape (n, 2), int64
        Where the regularised weights begin and end.
    l1, l2 : float
    kind : int
        Which momentum.
    """

    velocity: Any
    stretches: Any
    l1: float
    l2: float
    kind: int


class CompiledDescent:
    """A step as `compiles_descent` describes it, regularisation included; arguments as of `DenseDescent`."""

    def __init__(self, recipe: Recipe, parameters: Parameters, gradients: Parameters, update: Update) -> None:
        self.update, self.parameters, self.gradients = update, parameters, gradients
        stretches = [(one.start, one.stop) for one in parameters.regularised]
        self.rule = Rule(
            velocity=update.slots["velocity"],
            stretches=np.array(stretches, np.int64).reshape(-1, 2),
            l1=recipe.regularisation.l1,
            l2=recipe.regularisation.l2,
            kind=_KINDS[recipe.optimizer.kind],
        )
        self._momentum: float = recipe.optimizer.momentum  # type: ignore[union-attr]  # `compiles_descent` saw to it

    def __call__(self, learning_rate: float, momentum: float | None) -> float:
        """Take one step; see `Descent`."""
        self.update.steps += 1
        gamma = self._momentum if momentum is None else momentum
        term = descend(self.parameters.flat, self.gradients.flat, self.rule, learning_rate, gamma)
        return float(term)

    def momenta(self, values: StepValues) -> NDArray[np.float64]:
        """Return γ of every step."""
        n_steps = len(values.learning_rate)
        return np.full(n_steps, self._momentum) if values.momentum is None else values.momentum


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz", "reassoc"})
def descend(parameters, gradient, rule, learning_rate, gamma):
    """Change θ by one step and return the regularisation term of the weights before it."""
    number, velocity, stretches = parameters.dtype.type, rule.velocity, rule.stretches
    ridge, lasso, zero = number(rule.l2), number(rule.l1), number(0)
    rate, share = number(learning_rate), number(gamma)
    squares = absolutes = zero
    if ridge != zero or lasso != zero:
        for stretch in range(stretches.shape[0]):
            for i in range(stretches[stretch, 0], stretches[stretch, 1]):
                w = parameters[i]
                squares += w * w
                absolutes += abs(w)
                sign = number(w > zero) - number(w < zero)
                gradient[i] += ridge * w + lasso * sign
    if rule.kind == _CLASSICAL:
        for i in range(parameters.size):
            step = share * velocity[i] + rate * gradient[i]
            velocity[i] = step
            parameters[i] -= step
    elif rule.kind == _NESTEROV:
        for i in range(parameters.size):
            change = rate * gradient[i]
            step = share * velocity[i] + change
            velocity[i] = step
            parameters[i] -= share * step + change
    else:
        for i in range(parameters.size):
            change = rate * gradient[i]
            parameters[i] -= change + share * velocity[i]
            velocity[i] = change
    return 0.5 * rule.l2 * squares + rule.l1 * absolutes
