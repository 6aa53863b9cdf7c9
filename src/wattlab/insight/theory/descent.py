"""Paths of gradient descent, by the update rules with which the native engine trains."""

from __future__ import annotations

from itertools import islice, repeat
from math import isfinite
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from wattlab.engines.native.arrays import NUMPY
from wattlab.engines.native.optimizers import make_update
from wattlab.errors import ParameterError
from wattlab.insight.theory.rules import momentum_of
from wattlab.recipe.schedule import StepValue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

    from wattlab.insight.theory.objective import Objective
    from wattlab.recipe.optimizer import Optimizer

    Vector = NDArray[np.float64]

__all__ = ["DescentPath", "check_start", "descend"]

MAX_STEPS: Final = 1_000_000
"""All points are kept, to be drawn."""


class DescentPath(NamedTuple):
    """Where an optimizer went.

    Attributes
    ----------
    optimizer : str
        Its name in a recipe.
    rate : float
        Learning rate.
    momentum : float
        γ, or β₁; 0 for those without.
    points : ndarray of shape (n_points, n_parameters), float64
        The start, and the parameters after each step, as long as they and their loss were finite.
    losses : ndarray of shape (n_points,), float64
        Of all samples, at the points.
    steps : int
        Steps that were to be taken.
    """

    optimizer: str
    rate: float
    momentum: float
    points: NDArray[np.float64]
    losses: NDArray[np.float64]
    steps: int

    @property
    def n_taken(self) -> int:
        """Steps taken before loss or parameters stopped being finite."""
        return len(self.losses) - 1

    @property
    def diverged(self) -> bool:
        """Whether it ended above its start, or the loss stopped being finite."""
        return self.n_taken < self.steps or bool(self.losses[-1] > self.losses[0])


def descend(
    objective: Objective,
    start: ArrayLike,
    optimizer: Optimizer,
    steps: int,
    parts: Iterable[Objective] | None = None,
) -> DescentPath:
    """Take steps of an optimizer from a start.

    Parameters
    ----------
    objective : Objective
        The loss that is recorded.
    start : array-like of shape (n_parameters,)
        Inside the domain.
    optimizer : Optimizer
        Of a recipe, or by `wattlab.insight.theory.rules.make_optimizer`.
    steps : int
        Updates, 1 to 1000000.
    parts : iterable of Objective, optional
        Whose gradient each step takes, such as the losses of mini-batches; left out: that of `objective`.

    Raises
    ------
    wattlab.errors.ParameterError
        If the start is not a point of the domain, or there are too few or too many steps.

    Examples
    --------
    >>> from wattlab.insight.theory.regression import LeastSquares
    >>> from wattlab.insight.theory.rules import make_optimizer
    >>> one = LeastSquares(np.ones((1, 1)), np.zeros(1), intercept=False)
    >>> descend(one, [1.0], make_optimizer("gd", 0.25), 2).points.ravel()
    array([1.  , 0.5 , 0.25])
    """
    point = check_start(objective, start)
    if not 1 <= steps <= MAX_STEPS:
        raise ParameterError(f"the number of steps is {steps}; expected 1 to {MAX_STEPS}")
    update, value = (
        make_update(NUMPY, optimizer, point, objective.n_weights),
        StepValue(optimizer.learning_rate),
    )
    points = [point.copy()]
    with np.errstate(all="ignore"):
        for part in islice(repeat(objective) if parts is None else parts, steps):
            gradient = part.gradient(point)
            if not np.isfinite(gradient).all():
                break
            update.step(gradient.copy(), value)
            points.append(point.copy())
        losses = objective.values(np.array(points))
    kept = _n_finite(np.array(points), losses)
    return DescentPath(
        optimizer.kind,
        optimizer.learning_rate,
        momentum_of(optimizer),
        np.array(points[:kept]),
        losses[:kept],
        steps,
    )


def _n_finite(points: Vector, losses: Vector) -> int:
    """Return how many points come before the first that is not finite."""
    finite = np.isfinite(points).all(axis=1) & np.isfinite(losses)
    return len(finite) if finite.all() else int(np.argmin(finite))


def check_start(objective: Objective, start: ArrayLike) -> Vector:
    """Return a start as a vector of its own.

    Raises
    ------
    wattlab.errors.ParameterError
        If it has too few or too many numbers, or lies outside the domain.
    """
    point = np.array(start, np.float64).ravel()
    names = objective.names
    if len(point) != len(names):
        expected = f"{len(names)} number{'s' if len(names) > 1 else ''}, for {', '.join(names)}"
        raise ParameterError(f"the start has {len(point)} numbers; expected {expected}")
    if not np.isfinite(point).all():
        raise ParameterError(f"the start is {_said(objective, point)}; expected finite numbers")
    with np.errstate(all="ignore"):
        loss, gradient = float(objective.values(point[None])[0]), objective.gradient(point)
    if not (isfinite(loss) and np.isfinite(gradient).all()):
        msg = (
            f"at the start, {_said(objective, point)}, the loss of {objective.title} is {loss:g} and its gradient "
            f"({', '.join(f'{one:g}' for one in gradient)}); start where both are finite numbers"
        )
        raise ParameterError(msg)
    return point


def _said(objective: Objective, point: Vector) -> str:
    return ", ".join(f"{name} = {value:g}" for name, value in zip(objective.names, point, strict=True))
