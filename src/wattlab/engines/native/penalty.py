"""Regularisation on flat vectors; each term is computed only if it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.engines.native.arrays import Array, Arrays, Number
    from wattlab.engines.native.parameters import Parameters
    from wattlab.recipe.objective import Regularisation

__all__ = ["Stretch", "penalise", "penalty", "stretches"]


class Stretch(NamedTuple):
    """Views on regularised weights that lie side by side, on their gradient, and on room for results."""

    weights: Array
    gradient: Array
    scratch: Array


def stretches(parameters: Parameters, gradients: Parameters, scratch: Array) -> list[Stretch]:
    """Return all that is regularised; one stretch if every layer is."""
    return [
        Stretch(parameters.flat[part], gradients.flat[part], scratch[part]) for part in parameters.regularised
    ]


def penalise(xp: Arrays, at: Sequence[Stretch], terms: Regularisation) -> Number:
    """Add the gradient of λ₁ Σ|w| + ½ λ₂ Σw² in place and return that sum; biases are left out."""
    costs: list[Number] = []
    for weights, gradient, scratch in at:
        if terms.l2:
            costs.append(xp.dot(weights, weights) * (0.5 * terms.l2))
            xp.add_multiple(gradient, weights, terms.l2, scratch)
        if terms.l1:
            xp.absolute(weights, out=scratch)
            costs.append(xp.total(scratch) * terms.l1)
            xp.sign(weights, out=scratch)
            xp.add_multiple(gradient, scratch, terms.l1, scratch)
    return sum(costs[1:], costs[0]) if costs else 0.0


def penalty(xp: Arrays, parameters: Parameters, terms: Regularisation) -> float:
    """Return λ₁ Σ|w| + ½ λ₂ Σw², summed in float64."""
    cost = 0.0
    for part in parameters.regularised:
        weights = xp.to_numpy(parameters.flat[part]).astype(np.float64)
        cost += terms.l1 * float(np.abs(weights).sum()) + 0.5 * terms.l2 * float(weights @ weights)
    return cost
