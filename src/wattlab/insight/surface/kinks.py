"""Minima and maxima at which a function has no derivative, found among its values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from wattlab.insight.surface.seeds import neighbours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from wattlab.insight.expression import Expression

    Floats = NDArray[np.floating[Any]]

__all__ = ["Kink", "bends_sharply", "find_kinks"]

_COARSE: Final = 72
_FINE: Final = 7200


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
            start = mesh[:, row, column]
            if not (np.abs((known - start) / cells) < 1.5).all(axis=1).any():
                around = values[row - 1 : row + 2, column - 1 : column + 2]
                found.extend(_refined(expression, start, cells, sign, float(np.ptp(around))))
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
    if bounded and bends_sharply(expression, place[None], cells)[0]:
        around = np.abs(expression(*_circles(place[None], 0.1 * cells, _FINE)) - expression(*place))
        alone = bool(np.nanmin(around) > 1e-3 * np.nanmax(around))
        yield Kink(float(place[0]), float(place[1]), float(expression(*place)), sign > 0, alone)


def bends_sharply(expression: Expression, places: Floats, cells: Floats) -> NDArray[np.bool_]:
    """Return whether the gradient stays long as one comes near; it shrinks with the distance where it is smooth.

    Parameters
    ----------
    expression : Expression
        Of two arguments.
    places : ndarray of shape (n_points, 2)
        Critical points.
    cells : ndarray of shape (2,)
        A tenth of this is far, a millionth near.

    Returns
    -------
    ndarray of shape (n_points,)
    """
    near, far = (_longest(expression, _circles(places, radius * cells, _COARSE)) for radius in (1e-6, 0.1))
    return np.asarray(near > 0.1 * far)


def _longest(expression: Expression, places: Floats) -> Floats:
    gradients = expression.gradient(*places)
    with np.errstate(over="ignore"):
        return np.asarray(np.hypot(*np.where(np.isfinite(gradients), gradients, 0.0)).max(axis=1))


def _circles(places: Floats, radii: Floats, n_points: int) -> Floats:
    """Return points on a circle around each place, of shape (2, n_places, n_points)."""
    # Not along the axes, where a kink may lie.
    angles = 0.1 + 2.0 * np.pi * np.arange(n_points) / n_points
    return np.stack([places[:, :1] + radii[0] * np.cos(angles), places[:, 1:] + radii[1] * np.sin(angles)])
