"""Ellipses: from equations, axes and covariances, back again, and under linear maps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, final

import numpy as np

from wattlab.errors import GeometryError
from wattlab.insight.geometry.checks import (
    read_number,
    read_points,
    read_positive,
    read_square,
    read_symmetric,
    read_vector,
)
from wattlab.insight.geometry.confidence import mahalanobis_radius
from wattlab.insight.geometry.conic import Conic
from wattlab.insight.geometry.covariance import read_covariance
from wattlab.insight.geometry.quadrics import reduce_quadric

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from wattlab.insight.geometry.quadrics import Quadric

    Floats = NDArray[np.float64]

__all__ = ["Ellipse", "ExtremalPoints"]

_ROUND = 16 * float(np.finfo(np.float64).eps)
"""Semi-axes this much apart, relative, are equal: rounding alone sets them apart."""


class ExtremalPoints(NamedTuple):
    """Where a figure has its largest and smallest coordinates.

    Attributes
    ----------
    highest, lowest, rightmost, leftmost : ndarray of shape (2,)
    """

    highest: Floats
    lowest: Floats
    rightmost: Floats
    leftmost: Floats


@final
@dataclass(frozen=True)
class Ellipse:
    """An ellipse in the plane, or a circle.

    Attributes
    ----------
    centre : (float, float)
    semi_axes : (float, float)
        Half the main axes, the long one first.
    angle_rad : float
        From the x axis to the long axis, above −π/2 and at most π/2. A circle has no long axis: its angle is 0 by
        definition. Unit: rad.

    Examples
    --------
    >>> from wattlab.insight.geometry import shear
    >>> sheared = Ellipse.circle(2.0).image(shear(2.0))
    >>> sheared.semi_axes, math.degrees(sheared.angle_rad)
    ((4.828427, 0.828427), 22.5)
    >>> sheared.extremal_points().highest.round(12)
    array([4., 2.])
    """

    centre: tuple[float, float]
    semi_axes: tuple[float, float]
    angle_rad: float

    def __post_init__(self) -> None:
        read_vector(self.centre, "centre", 2)
        long, short = (read_positive(one, "a semi-axis") for one in self.semi_axes)
        if short > long:
            raise GeometryError(
                f"semi_axes are {long:g} and {short:g}; expected the long one first (Ellipse.from_axes takes any order)"
            )
        if not -math.pi / 2 < read_number(self.angle_rad, "angle_rad") <= math.pi / 2:
            raise GeometryError(
                f"angle_rad is {self.angle_rad:g}; expected above -pi/2 and at most pi/2 (Ellipse.from_axes takes any)"
            )

    @classmethod
    def circle(cls, radius: float, centre: ArrayLike = (0.0, 0.0)) -> Ellipse:
        """Return a circle.

        Parameters
        ----------
        radius : float
            Above 0.
        centre : array-like of shape (2,), optional
            Left out: the origin.
        """
        return cls.from_axes((read_positive(radius, "radius"),) * 2, centre=centre)

    @classmethod
    def from_axes(
        cls, semi_axes: ArrayLike, angle_rad: float = 0.0, centre: ArrayLike = (0.0, 0.0)
    ) -> Ellipse:
        """Return an ellipse by its semi-axes, in any order.

        Parameters
        ----------
        semi_axes : array-like of shape (2,)
            Each above 0.
        angle_rad : float, optional
            From the x axis to the first of them; any angle. Unit: rad.
        centre : array-like of shape (2,), optional
            Left out: the origin.
        """
        first, second = (float(one) for one in read_vector(semi_axes, "semi_axes", 2))
        angle = read_number(angle_rad, "angle_rad") + (math.pi / 2 if second > first else 0.0)
        x, y = (float(one) for one in read_vector(centre, "centre", 2))
        long, short = max(first, second), min(first, second)
        return cls((x, y), (long, short), 0.0 if long - short <= _ROUND * long else _principal(angle))

    @classmethod
    def from_quadratic_form(
        cls, form: ArrayLike, delta: float = 1.0, centre: ArrayLike = (0.0, 0.0)
    ) -> Ellipse:
        """Return the ellipse (x − c)ᵀ A (x − c) = δ.

        Parameters
        ----------
        form : array-like of shape (2, 2)
            A, symmetric; its eigenvalues have the sign of δ.
        delta : float, optional
            The right side.
        centre : array-like of shape (2,), optional
            c; left out: the origin.

        Raises
        ------
        wattlab.errors.GeometryError
            If the equation describes something else; the message says what.

        Examples
        --------
        >>> Ellipse.from_quadratic_form([[1.0, -2.0], [-2.0, 5.0]], 4.0).semi_axes
        (4.828427, 0.828427)
        """
        found = reduce_quadric(read_symmetric(form, "form", 2), read_number(delta, "delta"))
        return cls._of(found, read_vector(centre, "centre", 2))

    @classmethod
    def from_conic(cls, conic: Conic) -> Ellipse:
        """Return the ellipse αx² + βxy + γy² + εx + ζy = δ.

        Parameters
        ----------
        conic : Conic
            Its coefficients, such as ``Conic(1, -4, 5, 4)``.

        Raises
        ------
        wattlab.errors.GeometryError
            If it is a hyperbola, a parabola, a pair of lines, a line, a point or the empty set; the message says which.
        """
        found = conic.reduced()
        return cls._of(found, found.centre)

    @classmethod
    def from_covariance(cls, mean: ArrayLike, covariance: ArrayLike, confidence: float = 0.95) -> Ellipse:
        """Return the smallest region in which a share of a normal distribution lies.

        Parameters
        ----------
        mean : array-like of shape (2,)
            The centre.
        covariance : array-like of shape (2, 2)
            Regular.
        confidence : float, optional
            That share. Unit: 1.

        Raises
        ------
        wattlab.errors.GeometryError
            If the covariance is singular or no covariance at all, or the confidence is not between 0 and 1.
        """
        found = read_covariance(covariance, "covariance", 2)
        semi_axes = mahalanobis_radius(confidence, 2) * np.sqrt(found.variances)
        return cls.from_axes(semi_axes, _angle(found.directions[:, 0]), mean)

    @classmethod
    def _of(cls, found: Quadric, centre: Floats) -> Ellipse:
        if not found.is_ellipsoid:
            values = " and ".join(f"{one:g}" for one in found.eigenvalues)
            raise GeometryError(
                f"the equation describes {found.name}, not an ellipse: its matrix has the eigenvalues {values} and the "
                f"right side is {found.level:g}; for an ellipse all three must have one sign, none of them 0"
            )
        semi_axes = np.sqrt(found.level / found.eigenvalues)
        return cls.from_axes(semi_axes, _angle(found.directions[:, 0]), centre)

    @property
    def is_circle(self) -> bool:
        """Whether both semi-axes are equal, to rounding."""
        long, short = self.semi_axes
        return long - short <= _ROUND * long

    @property
    def axes(self) -> Floats:
        """From the centre to the ends of the long and the short axis, ndarray of shape (2, 2): a vector a row."""
        long, short = self.semi_axes
        cos, sin = math.cos(self.angle_rad), math.sin(self.angle_rad)
        return np.array([[long * cos, long * sin], [-short * sin, short * cos]])

    @property
    def area(self) -> float:
        """Unit: that of the coordinates, squared."""
        return math.pi * self.semi_axes[0] * self.semi_axes[1]

    @property
    def eccentricity(self) -> float:
        """0 for a circle, near 1 for a long ellipse. Unit: 1."""
        ratio = self.semi_axes[1] / self.semi_axes[0]
        return math.sqrt((1.0 - ratio) * (1.0 + ratio))

    def quadratic_form(self) -> Floats:
        """Return A of (x − c)ᵀ A (x − c) = 1, ndarray of shape (2, 2)."""
        inverse = self.axes / np.square(self.semi_axes)[:, np.newaxis]
        return inverse.T @ inverse

    def conic(self, delta: float = 1.0) -> Conic:
        """Return its equation by coefficients.

        Parameters
        ----------
        delta : float, optional
            Right side of the equation around the centre; with a centre elsewhere the constant terms go there, too.
        """
        form = self.quadratic_form() * read_positive(delta, "delta")
        centre = np.array(self.centre)
        along, across = (float(one) + 0.0 for one in -2.0 * form @ centre)
        plain = Conic.from_form(form, delta - float(centre @ form @ centre))
        return plain._replace(linear=(along, across))

    def covariance(self, confidence: float = 0.95) -> Floats:
        """Return the covariance of the normal distribution of which a share lies inside.

        Parameters
        ----------
        confidence : float, optional
            That share. Unit: 1.

        Returns
        -------
        ndarray of shape (2, 2)
        """
        scaled = self.axes / mahalanobis_radius(confidence, 2)
        return scaled.T @ scaled

    def image(self, matrix: ArrayLike, shift: ArrayLike = (0.0, 0.0)) -> Ellipse:
        """Return what a linear map makes of it: an ellipse again.

        Parameters
        ----------
        matrix : array-like of shape (2, 2)
            M, applied to points as M x.
        shift : array-like of shape (2,), optional
            Added afterwards.

        Raises
        ------
        wattlab.errors.GeometryError
            If M is singular: the image is flat.
        """
        mapped = read_square(matrix, "matrix", 2)
        gain = _determinant(mapped)
        directions, lengths, _ = np.linalg.svd(mapped @ self.axes.T)
        long = float(lengths[0])
        # A linear map multiplies areas by its determinant: for thin ellipses more exact than the second singular value.
        short = abs(gain) * self.semi_axes[0] * self.semi_axes[1] / long
        centre = mapped @ self.centre + read_vector(shift, "shift", 2)
        return Ellipse.from_axes((long, min(short, long)), _angle(directions[:, 0]), centre)

    def points(self, n: int = 181) -> Floats:
        """Return points around it, against the clock from the end of the long axis.

        Parameters
        ----------
        n : int, optional
            At least 2; the last is the first again, so that a line through them is closed.

        Returns
        -------
        ndarray of shape (n, 2)
        """
        turn = np.linspace(0.0, 2.0 * np.pi, n)
        return np.column_stack([np.cos(turn), np.sin(turn)]) @ self.axes + self.centre

    def end_points(self) -> Floats:
        """Return the ends of the main axes, ndarray of shape (4, 2): both of the long one, then of the short one."""
        (long, short), centre = self.axes, np.array(self.centre)
        return np.array([centre + long, centre - long, centre + short, centre - short])

    def extremal_points(self) -> ExtremalPoints:
        """Return where x and y are largest and smallest; these are no ends of main axes unless those are upright."""
        spread = self.axes.T @ self.axes
        right, up = spread[0] / math.sqrt(spread[0, 0]), spread[1] / math.sqrt(spread[1, 1])
        centre = np.array(self.centre)
        return ExtremalPoints(centre + up, centre - up, centre + right, centre - right)

    def contains(self, points: ArrayLike) -> NDArray[np.bool_]:
        """Return which points lie inside or on it.

        Parameters
        ----------
        points : array-like of shape (n_points, 2)
            A point a row.

        Returns
        -------
        ndarray of shape (n_points,)
        """
        away = read_points(points, "points", 2) - self.centre
        parts = away @ self.axes.T / np.square(self.semi_axes)
        inside: NDArray[np.bool_] = np.square(parts).sum(axis=1) <= 1.0 + _ROUND
        return inside


def _principal(angle: float) -> float:
    """Return the angle above −π/2 and at most π/2 under which the same line is seen."""
    turned = angle - math.pi * math.ceil(angle / math.pi - 0.5)
    return min(turned, math.pi / 2) + 0.0 if turned > -math.pi / 2 else math.pi / 2


def _angle(direction: Floats) -> float:
    return math.atan2(float(direction[1]), float(direction[0]))


def _determinant(matrix: Floats) -> float:
    """Return the determinant of a map; a flat image is an error."""
    (a, b), (c, d) = (tuple(float(one) for one in row) for row in matrix)
    found = a * d - b * c
    if abs(found) <= _ROUND * (abs(a * d) + abs(b * c)):
        image = "a line segment" if matrix.any() else "a point"
        raise GeometryError(
            f"matrix has the determinant 0, so that it maps an ellipse to {image}, not to an ellipse; "
            "expected a regular matrix"
        )
    return found
