"""Minima and maxima at which a function has no derivative, found among its values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wattlab.insight.surface.seeds import neighbours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from wattlab.insight.expression import Expression

    Floats = NDArray[np.floating[Any]]

__all__ = ["Kink", "find_kinks"]


class Kink(NamedTuple):
    """A lowest or highest point at which the function bends sharply.

    Attributes
    ----------
    x, y : float
    value : float
    is_lowest : bool
        It is a minimum, not a maximum.
    is_alone : bool
        It is not one of many along a line.
    """

    x: float
    y: float
    value: float
    is_lowest: bool
    is_alone: bool


def find_kinks(expression: Expression, mesh: Floats, cells: Floats, known: Floats) -> tuple[Kink, ...]:
    """Return the minima and maxima that are not known yet.

    Parameters
    ----------
    expression : Expression
        Of two arguments.
    mesh : ndarray of shape (2, n_rows, n_columns)
        Where its values are compared with their neighbours.
    cells : ndarray of shape (2,)
        Distance of the mesh's columns and rows.
    known : ndarray of shape (n_points, 2)
        Critical points that were found otherwise.

    Returns
    -------
    tuple of Kink
        Without poles, near which the values have no bound.
    """
    values = expression(*mesh)
    found: list[Kink] = []
    for sign in (1.0, -1.0):
        for row, column in _lowest(sign * values):
            around = values[row - 1 : row + 2, column - 1 : column + 2]
            found.extend(_refined(expression, mesh[:, row, column], cells, sign, float(np.ptp(around))))
    return tuple(one for one in found if not (np.abs((known - one[:2]) / cells) < 0.1).all(axis=1).any())


def _lowest(values: Floats) -> Iterator[tuple[int, int]]:
    """Yield the inner places whose eight neighbours are all higher."""
    inner = values[1:-1, 1:-1]
    for row, column in np.argwhere((inner < neighbours(values)).all(axis=0) & np.isfinite(inner)):
        yield int(row) + 1, int(column) + 1


def _refined(
    expression: Expression, start: Floats, cells: Floats, sign: float, change: float
) -> Iterator[Kink]:
    """Yield the place that a search without derivatives finds, if the values stay bounded around it."""
    from scipy.optimize import minimize

    def height(place: Floats) -> float:
        value = sign * float(expression(*(start + cells * place)))
        return value if np.isfinite(value) else np.inf

    corners = np.array([[0.0, 0.0], [0.6, 0.2], [-0.2, 0.6]])
    options = {"initial_simplex": corners, "xatol": 1e-9, "fatol": 0.0, "maxiter": 250}
    best = minimize(height, np.zeros(2), method="Nelder-Mead", options=options)
    place = start + cells * best.x
    place = np.where(np.abs(place) < 1e-6 * cells, 0.0, place)
    bounded = np.abs(best.x).max() < 2.0 and abs(best.fun - height(np.zeros(2))) <= 2.0 * change
    if bounded and _bends_sharply(expression, place, cells):
        around = np.abs(expression(*_circle(place, 0.1 * cells)) - expression(*place))
        alone = bool(np.nanmin(around) > 1e-3 * np.nanmax(around))
        yield Kink(float(place[0]), float(place[1]), float(expression(*place)), sign > 0, alone)


def _bends_sharply(expression: Expression, place: Floats, cells: Floats) -> bool:
    """Return whether the gradient stays long as one comes near; it shrinks with the distance where it is smooth."""
    near, far = (expression.gradient(*_circle(place, radius * cells)) for radius in (1e-4, 0.1))
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.hypot(*near).max() > 0.1 * np.nanmax(np.hypot(*far)))


def _circle(place: Floats, radii: Floats) -> Floats:
    angles = np.linspace(0.0, 2.0 * np.pi, 7200)
    return np.stack([place[0] + radii[0] * np.cos(angles), place[1] + radii[1] * np.sin(angles)])
