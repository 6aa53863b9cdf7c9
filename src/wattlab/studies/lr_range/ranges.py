"""Which learning rates a range test runs through where nobody says: by optimizer and reduction of the loss."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TYPE_CHECKING, Final

from wattlab.cluster.ramp_report import SMOOTHING, STOP_AT, RampAsked
from wattlab.data.catalog import load

if TYPE_CHECKING:
    from wattlab.recipe import Recipe

__all__ = ["FEWEST_STEPS", "default_ramp", "default_range", "default_steps"]

FEWEST_STEPS: Final = 20
"""Steps below which smoothing leaves no curve."""
_PER_DECADE: Final = 20
_LEAST: Final = 100
_BY_GRADIENT: Final = (1e-5, 10.0)
_RANGES: Final = {"adagrad": (1e-6, 10.0), "rmsprop": (1e-7, 1.0), "adam": (1e-7, 1.0), "adamw": (1e-7, 1.0)}
"""Optimizers that divide by the gradient's size, so that the loss's reduction does not change their rates."""


def default_range(recipe: Recipe) -> tuple[float, float]:
    """Return the first and the last rate, wide enough for nearly every network.

    Parameters
    ----------
    recipe : Recipe
        Where its loss is a sum and the optimizer's step is as long as the gradient, the range is lower by as many
        whole decades as the batch size has.

    Examples
    --------
    >>> from wattlab.recipe import Recipe
    >>> digits = Recipe.named("digits")
    >>> default_range(digits), default_range(digits.with_changes({"optimizer.kind": "adam"}))
    ((1e-05, 10.0), (1e-07, 1.0))
    >>> default_range(digits.with_changes({"loss.reduction": "sum", "training.batch_size": 100}))
    (1e-07, 0.1)
    """
    if recipe.optimizer.kind in _RANGES:
        return _RANGES[recipe.optimizer.kind]
    low, high = _BY_GRADIENT
    decades = floor(log10(_batch_size(recipe))) if recipe.loss.reduction == "sum" else 0
    return float(f"{low / 10**decades:.0e}"), float(f"{high / 10**decades:.0e}")


def _batch_size(recipe: Recipe) -> int:
    size = recipe.training.batch_size
    return len(load(recipe.data).train.labels) if size == "all" else size


def default_steps(low: float, high: float) -> int:
    """Return how many steps a range has where nobody says: 20 a decade, but 100 at least.

    Examples
    --------
    >>> default_steps(1e-5, 10.0), default_steps(0.01, 1.0)
    (120, 100)
    """
    return max(_LEAST, ceil(round(_PER_DECADE * log10(high / low), 6)))


def default_ramp(
    recipe: Recipe,
    low: float | None = None,
    high: float | None = None,
    steps: int | None = None,
    smoothing: float = SMOOTHING,
) -> RampAsked:
    """Return the ramp of a recipe; what is None is chosen.

    Parameters
    ----------
    recipe : Recipe
        Its optimizer, loss and batch size decide what is chosen.
    low, high : float, optional
        First and last rate.
    steps : int, optional
        How many.
    smoothing : float, optional
        β of the smoothing.
    """
    if low is None or high is None:
        first, last = default_range(recipe)
        low, high = first if low is None else low, last if high is None else high
    return RampAsked(
        low=low, high=high, steps=steps or default_steps(low, high), smoothing=smoothing, stop_at=STOP_AT
    )
