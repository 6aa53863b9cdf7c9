"""Regularisation and clipping on flat vectors; each term is computed only if it is asked for."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from wattlab.engines.native.parameters import Parameters
    from wattlab.recipe.objective import Regularisation

__all__ = ["clip", "penalise", "penalty"]


def penalise(parameters: Parameters, gradients: Parameters, terms: Regularisation, scratch: Any) -> float:
    """Add the gradient of λ₁ Σ|w| + ½ λ₂ Σw² in place and return that sum; biases are left out."""
    if not (terms.l1 or terms.l2):
        return 0.0
    weights, gradient = parameters.flat[: parameters.n_weights], gradients.flat[: parameters.n_weights]
    scratch = scratch[: parameters.n_weights]
    cost = 0.0
    if terms.l2:
        cost += 0.5 * terms.l2 * float(np.dot(weights, weights))
        np.multiply(weights, terms.l2, out=scratch)
        np.add(gradient, scratch, out=gradient)
    if terms.l1:
        cost += terms.l1 * float(np.absolute(weights, out=scratch).sum())
        np.sign(weights, out=scratch)
        np.multiply(scratch, terms.l1, out=scratch)
        np.add(gradient, scratch, out=gradient)
    return cost


def penalty(parameters: Parameters, terms: Regularisation) -> float:
    """Return λ₁ Σ|w| + ½ λ₂ Σw², summed in float64."""
    weights = parameters.flat[: parameters.n_weights].astype(np.float64)
    return terms.l1 * float(np.abs(weights).sum()) + 0.5 * terms.l2 * float(weights @ weights)


def clip(gradient: Any, longest: float) -> None:
    """Scale the gradient down to the Euclidean norm `longest` if it is longer."""
    norm = sqrt(float(np.dot(gradient, gradient)))
    if norm > longest:
        np.multiply(gradient, longest / norm, out=gradient)
