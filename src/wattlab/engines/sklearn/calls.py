"""An epoch as calls of ``partial_fit``: consecutive batches that want the same settings go into one.

With λ₂ and a loss summed or averaged over a batch of n rows, whose weights (1 where there are none) sum to S, our
gradient is G = f/S · Σ w ∂loss + λ₂ W, where f is S for a sum and S/n for a mean. scikit-learn's is
g = (Σ w ∂loss + α W) / S. So G = f g where α = λ₂ S / f, and as η multiplies G in every rule of the SGD kind, the rate
f η makes the steps the same; so does f the costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from wattlab.data.batches import batch_bounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from wattlab.recipe import Recipe
    from wattlab.recipe.schedule import StepValues

__all__ = ["LARGEST_CALL_BYTES", "Call", "Settings", "plan_calls"]

LARGEST_CALL_BYTES = 2**24
"""Features that are gathered for one call, unless a single batch has more."""


class Settings(NamedTuple):
    """What scikit-learn has to be told for a batch.

    Parameters
    ----------
    n_rows : int
        Samples in the batch.
    learning_rate, momentum : float
        Of the optimizer; the momentum is Adam's β₁.
    alpha : float
        scikit-learn's factor of ½ Σw².
    factor : float
        Our cost over scikit-learn's.
    """

    n_rows: int
    learning_rate: float
    momentum: float
    alpha: float
    factor: float


@dataclass(frozen=True)
class Call:
    """One call of ``partial_fit``.

    Parameters
    ----------
    batches : slice
        Its batches among those of the epoch.
    rows : ndarray of shape (n_rows,), int64
        Its rows of the training part, in order.
    settings : Settings
        Of each of its batches.
    """

    batches: slice
    rows: NDArray[np.int64]
    settings: Settings


def plan_calls(
    recipe: Recipe,
    order: NDArray[np.int64],
    values: StepValues,
    sample_weight: NDArray[np.floating] | None,
    row_bytes: int,
) -> Iterator[Call]:
    """Yield the calls of an epoch.

    Parameters
    ----------
    recipe : Recipe
        Says how large batches are, how their losses are reduced, and what is regularised.
    order : ndarray of shape (n_samples,), int64
        Rows of the training part in the order in which they are to be used.
    values : StepValues
        Rate (and momentum) of every step.
    sample_weight : ndarray of shape (n_samples,), or None
        Of the training part.
    row_bytes : int
        Size of a sample's features.
    """
    training = recipe.training
    bounds = batch_bounds(len(order), training.batch_size, training.last_batch)
    weights = None if sample_weight is None else sample_weight[order]
    settings = [
        _settings(recipe, values, index, None if weights is None else weights[start:stop], stop - start)
        for index, (start, stop) in enumerate(bounds)
    ]
    first = 0
    for wanted, group in groupby(settings):
        stop = first + len(list(group))
        most = max(1, LARGEST_CALL_BYTES // (wanted.n_rows * row_bytes))
        for begin in range(first, stop, most):
            end = min(begin + most, stop)
            yield Call(slice(begin, end), order[bounds[begin][0] : bounds[end - 1][1]], wanted)
        first = stop


def _settings(
    recipe: Recipe, values: StepValues, index: int, weights: NDArray[np.floating] | None, n_rows: int
) -> Settings:
    total = float(n_rows) if weights is None else float(weights.sum(dtype=np.float64))
    # Adam's steps are not linear in the gradient: it gets mean gradients, unweighted or of the whole training part.
    is_adam = recipe.optimizer.kind == "adam"
    factor = total if recipe.loss.reduction == "sum" else 1.0 if is_adam else total / n_rows
    momentum = _momentum(recipe) if values.momentum is None else float(values.momentum[index])
    rate = float(values.learning_rate[index]) * factor
    return Settings(n_rows, rate, momentum, recipe.regularisation.l2 * total / factor, factor)


def _momentum(recipe: Recipe) -> float:
    """Return the momentum of the recipe's own optimizer; 0 where it has none."""
    match recipe.optimizer.kind:
        case "momentum" | "nesterov":
            return recipe.optimizer.momentum
        case "adam":
            return recipe.optimizer.beta1
        case _:
            return 0.0
