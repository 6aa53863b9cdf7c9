"""Loss against step for learning rates below, at and above the stable bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from wattlab.errors import ParameterError
from wattlab.insight.theory.descent import DescentPath, check_start, descend
from wattlab.insight.theory.objective import minimum_of
from wattlab.insight.theory.stability import Curvature, StableRate, curvature_at, stable_rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from wattlab.insight.theory.objective import Objective
    from wattlab.recipe.optimizer import Optimizer

__all__ = ["AROUND", "Divergence", "around_bound"]

AROUND: Final = (0.5, 0.95, 1.0, 1.05)
"""Rates that are tried, as multiples of the bound."""


class Divergence(NamedTuple):
    """One optimizer with learning rates around its stable bound.

    Attributes
    ----------
    title : str
        What the loss is.
    optimizer : str
    momentum : float
        γ; 0 for those without.
    curvature : Curvature
        At the minimum of a quadratic loss; else at the point that was given, or at the start.
    bound : StableRate
        Its rate is known.
    factors : tuple of float
        Rates of the paths, as multiples of the bound.
    paths : tuple of DescentPath
    """

    title: str
    optimizer: str
    momentum: float
    curvature: Curvature
    bound: StableRate
    factors: tuple[float, ...]
    paths: tuple[DescentPath, ...]


def around_bound(
    objective: Objective,
    start: ArrayLike,
    optimizer: Optimizer,
    steps: int,
    *,
    near: ArrayLike | None = None,
    factors: Sequence[float] = AROUND,
) -> Divergence:
    """Descend with learning rates below, at and above the stable bound.

    Parameters
    ----------
    objective : Objective
        The loss.
    start : array-like of shape (n_parameters,)
        Inside its domain.
    optimizer : Optimizer
        One that has a bound; its learning rate does not count.
    steps : int
        Updates with each rate.
    near : array-like of shape (n_parameters,), optional
        The minimum whose curvature sets the bound, where the loss is not quadratic; left out: the start.
    factors : sequence of float
        Rates as multiples of the bound.

    Raises
    ------
    wattlab.errors.ParameterError
        As `descend`; and where there is no bound, with the reason.

    Examples
    --------
    >>> from wattlab.insight.theory.regression import talk
    >>> from wattlab.insight.theory.rules import make_optimizer
    >>> loss, start = talk(seed=0)
    >>> found = around_bound(loss, start, make_optimizer("gd", 0.01), 100)
    >>> [path.diverged for path in found.paths]
    [False, False, False, True]
    """
    origin = check_start(objective, start)
    lowest = minimum_of(objective, origin)
    if lowest is None:
        lowest = origin if near is None else check_start(objective, near)
    curvature = curvature_at(objective, lowest)
    bound = stable_rate(optimizer, curvature)
    if bound.rate is None:
        raise ParameterError(f"{objective.title} has no stable rate for {optimizer.kind}: {bound.reason}")
    made = [optimizer.model_copy(update={"learning_rate": factor * bound.rate}) for factor in factors]
    paths = tuple(descend(objective, origin, one, steps) for one in made)
    return Divergence(
        objective.title, optimizer.kind, paths[0].momentum, curvature, bound, tuple(factors), paths
    )
