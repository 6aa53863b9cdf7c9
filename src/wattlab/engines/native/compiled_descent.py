# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"
"""Regularisation and momentum update in one compiled pass through memory.

What it computes is what ``penalty.py`` and ``optimizers.py`` say; the tests hold them against each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from wattlab.engines.native.optimizers import Update
    from wattlab.engines.native.parameters import Parameters
    from wattlab.recipe import Recipe

__all__ = ["Rule", "descend", "make_rule"]

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


def make_rule(recipe: Recipe, parameters: Parameters, update: Update) -> Rule:
    """Return the rule of a recipe whose optimizer has momentum."""
    stretches = [(one.start, one.stop) for one in parameters.regularised]
    return Rule(
        velocity=update.slots["velocity"],
        stretches=np.array(stretches, np.int64).reshape(-1, 2),
        l1=recipe.regularisation.l1,
        l2=recipe.regularisation.l2,
        kind=_KINDS[recipe.optimizer.kind],
    )


@njit(nogil=True, cache=True, error_model="numpy", fastmath={"contract", "nsz", "reassoc"})
def descend(parameters, gradient, rule, learning_rate, gamma):
    """Change θ by one step and return the regularisation term of the weights before it."""
    number, velocity, stretches = parameters.dtype.type, rule.velocity, rule.stretches
    ridge, lasso, zero = number(rule.l2), number(rule.l1), number(0)
    rate, share = number(learning_rate), number(gamma)
    squares = absolutes = zero
    if ridge != zero or lasso != zero:
        for stretch in range(stretches.shape[0]):
            # Views, because an index that could be negative keeps the loop from being vectorised: ten times the time.
            weights = parameters[stretches[stretch, 0] : stretches[stretch, 1]]
            slopes = gradient[stretches[stretch, 0] : stretches[stretch, 1]]
            for i in range(weights.size):
                w = weights[i]
                squares += w * w
                absolutes += w if w > zero else -w
                slopes[i] += ridge * w + (lasso if w > zero else -lasso if w < zero else zero)
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
