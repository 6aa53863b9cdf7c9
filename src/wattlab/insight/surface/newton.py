"""Newton's method from many places at once to where a gradient is zero."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.insight.expression import Expression

    Floats = NDArray[np.floating[Any]]

__all__ = ["walk"]

_N_STEPS: Final = 90
_CUT: Final = 1e-9
"""Eigenvalues so much smaller than the other one are taken for 0: there is no step along their directions."""
_ARRIVED: Final = 1e-7
"""A step so short ends the walk. Unit: cells."""
_RANGE: Final = 4.0
"""What strays farther from where it started belongs to another start. Unit: cells."""


def walk(expression: Expression, seeds: Floats, cells: Floats) -> Floats:
    """Walk from each seed to the critical point near it.

    Parameters
    ----------
    expression : Expression
        Of two arguments.
    seeds : ndarray of shape (n_seeds, 2)
        Where to begin.
    cells : ndarray of shape (2,)
        Width and height of the steps, at most; a walk that goes farther than four of them is given up.

    Returns
    -------
    ndarray of shape (n_seeds, 2)
        NaN where a walk reached nothing.
    """
    places, steps = seeds.astype(np.float64), np.full(seeds.shape, np.inf)
    going = np.ones(len(seeds), bool)
    for _ in range(_N_STEPS):
        if not going.any():
            break
        steps[going] = _steps(expression, places[going], cells)
        places[going] += cells * np.clip(steps[going], -1.0, 1.0)
        near = (np.abs(places - seeds) <= _RANGE * cells).all(axis=1)
        going &= near & (np.abs(steps).max(axis=1) > _ARRIVED)
    arrived = (np.abs(places - seeds) <= _RANGE * cells).all(axis=1) & (np.abs(steps).max(axis=1) <= _ARRIVED)
    # What differs from 0 by rounding alone is 0.
    ends = np.where(np.abs(places) < 1e-6 * cells, 0.0, places)
    return np.where(arrived[:, None], ends, np.nan)


def _steps(expression: Expression, places: Floats, cells: Floats) -> Floats:
    """Return the next steps in cells; NaN where no step can make the gradient zero."""
    gradients = expression.gradient(*places.T).T * cells
    hessians = np.moveaxis(expression.hessian(*places.T), -1, 0) * np.outer(cells, cells)
    steps = np.full(places.shape, np.nan)
    known = np.isfinite(gradients).all(axis=1) & np.isfinite(hessians).all(axis=(1, 2))
    values, directions = np.linalg.eigh(hessians[known])
    along = np.einsum("nij,ni->nj", directions, gradients[known])
    steepest = np.abs(values).max(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        level = np.where(np.abs(along) <= _ARRIVED * steepest, 0.0, np.nan)
        amounts = np.where(np.abs(values) > _CUT * steepest, -along / values, level)
    steps[known] = np.einsum("nij,nj->ni", directions, amounts)
    return steps
