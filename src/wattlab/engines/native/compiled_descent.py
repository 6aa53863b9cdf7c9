# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"
"""Regularisation and momentum update in one compiled pass through memory.

What it computes is what ``penalty.py`` and ``optimizers.py`` say; the tests hold them against each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from wattlab.engines.native.optimizers import Update
    from wattlab.engines.native.parameters import Parameters
    from wattlab.recipe import Recipe

__all__ = ["CompiledDescent"]

_RULES = {"momentum": 0, "nesterov": 1, "momentum-one-step": 2}
_CLASSICAL, _NESTEROV, _ONE_STEP = range(3)


class CompiledDescent:
    """A step of an optimizer with momentum, regularisation included; arguments as of `DenseDescent`."""

    def __init__(self, recipe: Recipe, parameters: Parameters, gradients: Parameters, update: Update) -> None:
        self.update, self.parameters, self.gradients = update, parameters, gradients
        self._spec = recipe.optimizer
        self._stretches = np.array(
            [(one.start, one.stop) for one in parameters.regularised], np.int64
        ).reshape(-1, 2)
        self._l1, self._l2 = recipe.regularisation.l1, recipe.regularisation.l2

    @classmethod
    def serves(cls, recipe: Recipe) -> bool:
        """Tell whether it can do what the recipe asks for; clipping has to see the whole gradient first."""
        return recipe.optimizer.kind in _RULES and recipe.training.clip_norm is None

    def __call__(self, learning_rate: float, momentum: float | None) -> float:
        """Take one step; see `Descent`."""
        self.update.steps += 1
        gamma = self._spec.momentum if momentum is None else momentum  # type: ignore[union-attr]  # `serves` saw to it
        squares, absolutes = _descend(
            self.parameters.flat, self.update.slots["velocity"], self.gradients.flat, self._stretches,
            self._l1, self._l2, learning_rate, gamma, _RULES[self._spec.kind],
        )  # fmt: skip
        return float(0.5 * self._l2 * squares + self._l1 * absolutes)


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz", "reassoc"})
def _descend(parameters, velocity, gradient, stretches, l1, l2, learning_rate, gamma, rule):
    """Change θ and return Σw² and Σ|w| of the weights before the step, each only if it is regularised."""
    number = parameters.dtype.type
    ridge, lasso, rate, share, zero = number(l2), number(l1), number(learning_rate), number(gamma), number(0)
    squares = absolutes = zero
    if ridge != zero or lasso != zero:
        for stretch in range(stretches.shape[0]):
            for i in range(stretches[stretch, 0], stretches[stretch, 1]):
                w = parameters[i]
                squares += w * w
                absolutes += abs(w)
                sign = number(w > zero) - number(w < zero)
                gradient[i] += ridge * w + lasso * sign
    if rule == _CLASSICAL:
        for i in range(parameters.size):
            step = share * velocity[i] + rate * gradient[i]
            velocity[i] = step
            parameters[i] -= step
    elif rule == _NESTEROV:
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
    return squares, absolutes
