"""What a quadratic function of two variables is: bowl, dome, saddle, trough or plane, and its contours."""

from __future__ import annotations

from math import ceil, isfinite
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

from wattlab.insight.surface.polynomial import polynomial

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.insight.expression import Expression

__all__ = ["Curves", "Quadratic", "Shape", "quadratic"]

Shape = Literal["bowl", "dome", "saddle", "trough", "ridge", "parabolic", "plane", "constant"]
Curves = Literal["circles", "ellipses", "hyperbolas", "parabolas", "parallel lines", "none"]

_CURVES: Final[dict[Shape, Curves]] = {
    "bowl": "ellipses",
    "dome": "ellipses",
    "saddle": "hyperbolas",
    "parabolic": "parabolas",
    "trough": "parallel lines",
    "ridge": "parallel lines",
    "plane": "parallel lines",
    "constant": "none",
}
_ZERO: Final = 1e-12
"""An eigenvalue so much smaller than the other is 0 but for rounding."""


class Quadratic(NamedTuple):
    """The function ``constant + slope @ p + p @ hessian @ p / 2`` of the point p = (x, y).

    Attributes
    ----------
    constant : float
    slope : ndarray of shape (2,)
        Gradient at (0, 0).
    hessian : ndarray of shape (2, 2)
        Twice the matrix of the quadratic form.
    eigenvalues : ndarray of shape (2,)
        Of the Hessian, ascending.
    directions : ndarray of shape (2, 2)
        Unit eigenvectors as columns.
    shape : Shape
        "bowl" and "dome" have one lowest and one highest point; "saddle" has neither; "trough" and "ridge" have a
        line of them; "parabolic" is a trough or ridge that leans along itself.
    contours : Curves
        What the lines of equal value are. The line through the centre of a saddle is a pair of straight lines.
    centre : ndarray of shape (2,), or None
        Where the gradient is 0, if that is one point.
    """

    constant: float
    slope: NDArray[np.float64]
    hessian: NDArray[np.float64]
    eigenvalues: NDArray[np.float64]
    directions: NDArray[np.float64]
    shape: Shape
    contours: Curves
    centre: NDArray[np.float64] | None

    @property
    def axis_ratio(self) -> float:
        """Longer by shorter axis of an ellipse; of hyperbolas, the slope of the asymptotes to the long axis' normal."""
        small, large = np.sort(np.abs(self.eigenvalues))
        return float(np.sqrt(large / small)) if small else float("inf")

    @property
    def angle_deg(self) -> float:
        """Direction in which it curves least, such as an ellipse's long axis, to the x axis. In (-90, 90]. Unit: °."""
        x, y = self.directions[:, np.argmin(np.abs(self.eigenvalues))]
        angle = float(np.degrees(np.arctan2(y, x)))
        return angle - 180.0 * ceil((angle - 90.0) / 180.0)


def quadratic(expression: Expression) -> Quadratic | None:
    """Return what a quadratic (or linear) function of two variables is; None if the expression is no such function.

    Parameters
    ----------
    expression : Expression
        Of two arguments.

    Returns
    -------
    Quadratic or None

    References
    ----------
    G. Strang, Introduction to Linear Algebra, 6th edition, 2023, chapter 6.3.

    Examples
    --------
    >>> from wattlab.insight.expression import parse
    >>> found = quadratic(parse("-0.5*x**2 + 4*y**2"))
    >>> found.shape, found.contours
    ('saddle', 'hyperbolas')
    >>> found = quadratic(parse("0.5*x**2 + 4*y**2"))
    >>> found.shape, found.contours, found.axis_ratio ** 2, found.angle_deg
    ('bowl', 'ellipses', 8.0, 0.0)
    """
    terms = polynomial(expression)
    if terms is None or max(map(sum, terms), default=0) > 2 or not all(map(isfinite, terms.values())):
        return None
    mixed = terms.get((1, 1), 0.0)
    hessian = np.array([[2.0 * terms.get((2, 0), 0.0), mixed], [mixed, 2.0 * terms.get((0, 2), 0.0)]])
    slope = np.array([terms.get((1, 0), 0.0), terms.get((0, 1), 0.0)])
    return _classified(terms.get((0, 0), 0.0), slope, hessian)


def _classified(constant: float, slope: NDArray[np.float64], hessian: NDArray[np.float64]) -> Quadratic:
    eigenvalues, directions = np.linalg.eigh(hessian)
    eigenvalues[np.abs(eigenvalues) <= _ZERO * np.abs(eigenvalues).max()] = 0.0
    shape = _shape(eigenvalues, directions.T @ slope)
    centre = np.asarray(np.linalg.solve(hessian, -slope) + 0.0, np.float64) if eigenvalues.all() else None
    curves = _CURVES[shape]
    if curves == "ellipses" and np.ptp(eigenvalues) <= _ZERO * np.abs(eigenvalues).max():
        curves = "circles"
    return Quadratic(constant, slope, hessian, eigenvalues, directions, shape, curves, centre)


def _shape(eigenvalues: NDArray[np.float64], slopes: NDArray[np.float64]) -> Shape:
    """Return the shape by the signs of the eigenvalues and by the slopes along their directions."""
    low, high = np.sign(eigenvalues)
    if low * high:
        return "bowl" if low > 0 else "dome" if high < 0 else "saddle"
    leans = bool((np.abs(slopes[eigenvalues == 0.0]) > _ZERO * np.abs(slopes).max()).any())
    if not low and not high:
        return "plane" if leans else "constant"
    return "parabolic" if leans else "trough" if high > 0 else "ridge"
