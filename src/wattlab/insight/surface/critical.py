"""Where the gradient of a function is zero, and what is there: minimum, maximum, saddle, or a whole line of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from wattlab.insight.surface.kinds import Kind, kinds_of
from wattlab.insight.surface.kinks import Kink, bends_sharply, find_kinks
from wattlab.insight.surface.newton import walk
from wattlab.insight.surface.seeds import find_seeds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.insight.expression import Expression

    Floats = NDArray[np.floating[Any]]
    Span = tuple[float, float]

__all__ = ["CriticalPoint", "find_critical_points"]

_N_CELLS: Final = 100
_SAME: Final = 0.02
"""Points that are closer than this are one. Unit: cells."""
_ALONE: Final = {"minimum", "maximum", "saddle"}


class CriticalPoint(NamedTuple):
    """A place where a function neither rises nor falls.

    Attributes
    ----------
    x, y : float
    value : float
        Of the function.
    kind : Kind
        "minimum", "maximum" and "saddle" stand alone. "valley", "ridge" and "inflection" are one of many that lie side
        by side on a curve; "flat": nothing changes around it.
    eigenvalues : tuple of two float, or None
        Of the Hessian, ascending; None at a kink, where there is none.
    """

    x: float
    y: float
    value: float
    kind: Kind
    eigenvalues: tuple[float, float] | None


def find_critical_points(expression: Expression, x: Span, y: Span) -> tuple[CriticalPoint, ...]:
    """Return the critical points of a function on a rectangle, by value.

    Newton's method starts in each of 100 by 100 cells where both derivatives change their sign, or where the gradient
    is shortest. What is there is told by the Hessian's eigenvalues, and where one of them is 0, by the values around.
    Minima and maxima without a derivative, as of ``abs(x) + abs(y)``, are found among the values. What lies closer
    together than a cell may be missed.

    Parameters
    ----------
    expression : Expression
        Of two arguments.
    x, y : (float, float)
        Ends of the rectangle, ascending; what lies outside is not looked for.

    Returns
    -------
    tuple of CriticalPoint
        Of a curve or an area of points with the same value one of them.

    Examples
    --------
    >>> from wattlab.insight.expression import parse
    >>> for point in find_critical_points(parse("x**3/3 - x + y**2"), (-3, 3), (-2, 2)):
    ...     print(point.kind, point.x, point.y, round(point.value, 4))
    minimum 1.0 0.0 -0.6667
    saddle -1.0 0.0 0.6667
    """
    low, cells = np.array([x[0], y[0]], float), np.array([x[1] - x[0], y[1] - y[0]]) / _N_CELLS
    # A cell more on each side, so that what lies on an edge is inside.
    mesh = np.stack(np.meshgrid(*(low[i] + cells[i] * np.arange(-1, _N_CELLS + 2) for i in (0, 1))))
    values = expression(*mesh)
    places = _thinned(walk(expression, find_seeds(mesh, values, expression.gradient(*mesh)), cells), cells)
    found = _described(expression, places, cells)
    found += [_kinked(kink) for kink in find_kinks(expression, mesh, cells, places)]
    middle = low + 0.5 * _N_CELLS * cells
    inside = [one for one in found if (np.abs(one[:2] - middle) <= (0.5 * _N_CELLS + _SAME) * cells).all()]
    span = float(np.ptp(values[np.isfinite(values)])) if inside else 0.0
    chosen = _one_of_each([_rounded(one, span) for one in inside], span)
    sharp = bends_sharply(expression, np.array([one[:2] for one in chosen]).reshape(-1, 2), cells)
    return tuple(
        one._replace(eigenvalues=None) if kink else one for one, kink in zip(chosen, sharp, strict=True)
    )


def _rounded(point: CriticalPoint, span: float) -> CriticalPoint:
    """Return it with the value 0 where that is meant but for rounding."""
    return point._replace(value=0.0) if abs(point.value) <= 1e-14 * span else point


def _thinned(places: Floats, cells: Floats) -> Floats:
    """Return those that were reached, of those that are the same the first."""
    from scipy.spatial import KDTree

    places = places[np.isfinite(places).all(axis=1)]
    pairs = (
        KDTree(places / cells).query_pairs(_SAME, output_type="ndarray")
        if len(places)
        else np.empty((0, 2), int)
    )
    return np.delete(places, np.unique(pairs[:, 1]), axis=0)


def _described(expression: Expression, places: Floats, cells: Floats) -> list[CriticalPoint]:
    values, hessians = expression(*places.T), np.moveaxis(expression.hessian(*places.T), -1, 0)
    kinds = kinds_of(expression, places, hessians, cells)
    bends = np.linalg.eigvalsh(hessians) + 0.0
    rows = zip(places.tolist(), (values + 0.0).tolist(), kinds, bends.tolist(), strict=True)
    return [CriticalPoint(x, y, value, kind, (low, high)) for (x, y), value, kind, (low, high) in rows]


def _kinked(kink: Kink) -> CriticalPoint:
    alone: Kind = "minimum" if kink.is_lowest else "maximum"
    along: Kind = "valley" if kink.is_lowest else "ridge"
    return CriticalPoint(kink.x, kink.y, kink.value, alone if kink.is_alone else along, None)


def _one_of_each(found: list[CriticalPoint], span: float) -> tuple[CriticalPoint, ...]:
    """Return all that stand alone, and of those on a curve or area the nearest to the origin; by value."""
    alone = [one for one in found if one.kind in _ALONE]
    others: dict[tuple[Kind, float], CriticalPoint] = {}
    for one in sorted(found, key=lambda point: (round(float(np.hypot(*point[:2])), 9), -point.x, -point.y)):
        if one.kind not in _ALONE:
            others.setdefault((one.kind, round(one.value / (span or 1.0), 6)), one)
    # Where a flat area ends is no valley of its own.
    flat = {level for kind, level in others if kind == "flat"}
    chosen = [one for (kind, level), one in others.items() if kind == "flat" or level not in flat]
    return tuple(sorted([*alone, *chosen], key=lambda point: (point.value, point.x, point.y)))
