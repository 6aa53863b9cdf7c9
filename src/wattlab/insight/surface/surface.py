"""A function of two variables over a rectangle: values, levels of its contours, what stands out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from wattlab.errors import ExpressionError, ParameterError
from wattlab.insight.expression import Expression, parse
from wattlab.insight.surface.critical import CriticalPoint, find_critical_points
from wattlab.insight.surface.levels import find_levels
from wattlab.insight.surface.quadratic import Quadratic, quadratic

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from wattlab.insight.surface.levels import Levels

    Span = tuple[float, float]

__all__ = ["Place", "Surface", "Surfaces", "compute_surface", "surface_from_values"]

MAX_POINTS: Final = 2000
"""Points a side; more than a figure has pixels."""
MAX_VALUE: Final = 1e100
"""What is larger is taken for infinite, and what is smaller than its inverse for 0: figures compute with quotients and
differences of values."""


class Place(NamedTuple):
    """A value and where it is.

    Attributes
    ----------
    x, y, value : float
    """

    x: float
    y: float
    value: float


class Surface(NamedTuple):
    """A function of two variables over a rectangle.

    Attributes
    ----------
    text : str
        The function, or what the values are called.
    x : ndarray of shape (n_columns,)
        Ascending.
    y : ndarray of shape (n_rows,)
        Ascending.
    z : ndarray of shape (n_rows, n_columns)
        NaN where the function has no finite value, or one beyond 1e100.
    levels : ndarray of shape (n_levels,)
        Values of the contour lines, ascending; none where all values are the same.
    lowest, highest : Place
        Of the values in `z`.
    points : tuple of CriticalPoint, or None
        Where the function neither rises nor falls, by value; none of a constant. None: only values are known.
    quadratic : Quadratic or None
        What it is if it is quadratic or linear; None if it is neither, or only values are known.
    """

    text: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    z: NDArray[np.float64]
    levels: NDArray[np.float64]
    lowest: Place
    highest: Place
    points: tuple[CriticalPoint, ...] | None
    quadratic: Quadratic | None

    @property
    def gap_share(self) -> float:
        """Part of the mesh on which the function has no finite value. Unit: 1."""
        return float(np.isnan(self.z).mean())


class Surfaces(NamedTuple):
    """Functions that are looked at side by side.

    Attributes
    ----------
    surfaces : tuple of Surface
    """

    surfaces: tuple[Surface, ...]


def compute_surface(
    function: str | Expression,
    x: Span = (-5.0, 5.0),
    y: Span = (-5.0, 5.0),
    *,
    levels: Levels = 12,
    n_points: int = 201,
) -> Surface:
    """Compute a function of x and y over a rectangle.

    Parameters
    ----------
    function : str or Expression
        Such as ``"x**2 + 4*y**2"``; see `wattlab.insight.expression.parse`.
    x, y : (float, float)
        Ends of the rectangle.
    levels : int or sequence of float
        Values of the contour lines; a number: into so many areas the values are cut at most, at round numbers, so that
        there is a line more than areas.
    n_points : int
        Points of the mesh a side, 2 to 2000.

    Returns
    -------
    Surface

    Raises
    ------
    ExpressionError
        The text is no expression, or has no finite value below 1e100 anywhere on the rectangle.
    ParameterError
        A span, the levels or the number of points is not possible.

    Examples
    --------
    >>> surface = compute_surface("-0.5*x**2 + 4*y**2", levels=[-10, 0, 10])
    >>> surface.quadratic.contours, surface.points[0].kind, surface.z.shape
    ('hyperbolas', 'saddle', (201, 201))
    """
    expression = parse(function) if isinstance(function, str) else function
    if len(expression.arguments) != 2:
        msg = f"{expression.text!r} takes {', '.join(expression.arguments)}; expected a function of two variables"
        raise ParameterError(msg)
    if not 2 <= n_points <= MAX_POINTS:
        raise ParameterError(f"n_points (--points) is {n_points}; expected 2 to {MAX_POINTS} points a side")
    columns, rows = (np.linspace(*_checked_span(*one), n_points) for one in (("x", x), ("y", y)))
    z = _finite(expression(*np.meshgrid(columns, rows)))
    if np.isnan(z).all():
        msg = (
            f"expression {expression.text!r} has no finite value (below 1e100) anywhere on "
            f"x {x[0]:g} to {x[1]:g}, y {y[0]:g} to {y[1]:g}; look elsewhere, or change it"
        )
        raise ExpressionError(msg)
    form = quadratic(expression)
    points = () if form is not None and form.shape == "constant" else _points(expression, x, y)
    return _surface(expression.text, columns, rows, z, levels)._replace(points=points, quadratic=form)


def _points(expression: Expression, x: Span, y: Span) -> tuple[CriticalPoint, ...]:
    return find_critical_points(expression, (float(x[0]), float(x[1])), (float(y[0]), float(y[1])))


def surface_from_values(
    x: ArrayLike, y: ArrayLike, z: ArrayLike, *, levels: Levels = 12, text: str = "z"
) -> Surface:
    """Take the values of a function as they are, such as those of an experiment.

    Parameters
    ----------
    x : array_like of shape (n_columns,) or (n_rows, n_columns)
        Of two dimensions as ``numpy.meshgrid`` makes it.
    y : array_like of shape (n_rows,) or (n_rows, n_columns)
        Likewise.
    z : array_like of shape (n_rows, n_columns)
        What is not finite is a gap.
    levels : int or sequence of float
        As for `compute_surface`.
    text : str
        What the values are called.

    Returns
    -------
    Surface
        Without critical points and quadratic form.

    Raises
    ------
    ParameterError
        The shapes do not fit, x or y is no mesh of straight lines, or nothing is finite.
    """
    heights = _finite(np.asarray(z, np.float64))
    if heights.ndim != 2 or min(heights.shape) < 2:
        raise ParameterError(f"z has the shape {heights.shape}; expected (n_rows, n_columns), each 2 or more")
    columns, rows = _axis("x", x, heights.shape, 1), _axis("y", y, heights.shape, 0)
    if np.isnan(heights).all():
        raise ParameterError("z has no finite value; expected some numbers")
    by_x, by_y = np.argsort(columns), np.argsort(rows)
    return _surface(text, columns[by_x], rows[by_y], heights[np.ix_(by_y, by_x)], levels)


def _surface(
    text: str,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    z: NDArray[np.float64],
    levels: Levels,
) -> Surface:
    low, high = (_place(x, y, z, int(index)) for index in (np.nanargmin(z), np.nanargmax(z)))
    return Surface(text, x, y, z, find_levels(levels, low.value, high.value), low, high, None, None)


def _place(x: NDArray[np.float64], y: NDArray[np.float64], z: NDArray[np.float64], index: int) -> Place:
    row, column = divmod(index, len(x))
    return Place(float(x[column]) + 0.0, float(y[row]) + 0.0, float(z[row, column]) + 0.0)


def _finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    sizes = np.abs(values)
    return np.where(sizes <= MAX_VALUE, np.where(sizes < 1.0 / MAX_VALUE, 0.0, values), np.nan)


def _checked_span(name: str, span: Span) -> Span:
    low, high = span
    size = max(abs(low), abs(high))
    if not np.isfinite([low, high, high - low]).all() or not high - low > 1e-9 * size:
        msg = f"{name} (--{name}) goes from {low:g} to {high:g}; expected two finite numbers, the second clearly larger"
        raise ParameterError(msg)
    return low, high


def _axis(name: str, given: ArrayLike, shape: tuple[int, ...], along: int) -> NDArray[np.float64]:
    values: NDArray[Any] = np.asarray(given, np.float64)
    if values.shape == shape and (values == values.take([0], axis=1 - along)).all():
        values = values.take(0, axis=1 - along)
    if values.shape != (shape[along],):
        msg = (
            f"{name} has the shape {values.shape} where z has {shape}; expected ({shape[along]},), "
            "or a mesh of straight lines as numpy.meshgrid makes it"
        )
        raise ParameterError(msg)
    if not np.isfinite(values).all() or len(np.unique(values)) < len(values):
        raise ParameterError(f"{name} has values that are not finite or stand twice; expected each once")
    return values
