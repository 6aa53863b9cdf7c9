"""Ellipsoids in any number of dimensions: equations, axes, covariances, linear maps, shadows, samples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

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
from wattlab.insight.geometry.covariance import read_covariance
from wattlab.insight.geometry.ellipse import Ellipse
from wattlab.insight.geometry.quadrics import reduce_quadric

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Ellipsoid"]

_ROUNDING = 8 * float(np.finfo(np.float64).eps)


@final
@dataclass(frozen=True, eq=False)
class Ellipsoid:
    """An ellipsoid in n dimensions.

    Attributes
    ----------
    centre : ndarray of shape (n,)
    semi_axes : ndarray of shape (n,)
        Half the main axes, the longest first.
    directions : ndarray of shape (n, n)
        Where they point to: orthonormal columns.

    Examples
    --------
    >>> from wattlab.insight.geometry import shear_3d
    >>> Ellipsoid.sphere(2.0, 3).image(shear_3d(xy=2.0)).semi_axes.round(6)
    array([4.828427, 2.      , 0.828427])
    """

    centre: Floats
    semi_axes: Floats
    directions: Floats

    def __post_init__(self) -> None:
        n = len(read_vector(self.centre, "centre"))
        lengths = read_vector(self.semi_axes, "semi_axes", n)
        if np.any(lengths <= 0) or np.any(np.diff(lengths) > 0):
            raise GeometryError("semi_axes have to be above 0, the longest first")
        columns = read_square(self.directions, "directions", n)
        if np.abs(columns.T @ columns - np.eye(n)).max() > 1e-9:
            raise GeometryError(
                "directions are no unit vectors at right angles; expected orthonormal columns"
            )

    @classmethod
    def sphere(cls, radius: float, n_dimensions: int, centre: ArrayLike | None = None) -> Ellipsoid:
        """Return a sphere.

        Parameters
        ----------
        radius : float
            Above 0.
        n_dimensions : int
            Of the space.
        centre : array-like of shape (n,), optional
            Left out: the origin.
        """
        lengths = np.full(n_dimensions, read_positive(radius, "radius"))
        return cls.from_axes(np.diag(lengths), centre)

    @classmethod
    def from_axes(cls, axes: ArrayLike, centre: ArrayLike | None = None) -> Ellipsoid:
        """Return an ellipsoid by the vectors from its centre to the ends of its main axes.

        Parameters
        ----------
        axes : array-like of shape (n, n)
            A vector a row, at right angles to each other, in any order.
        centre : array-like of shape (n,), optional
            Left out: the origin.
        """
        rows = read_square(axes, "axes")
        lengths = np.linalg.norm(rows, axis=1)
        if np.any(lengths <= 0):
            raise GeometryError(
                "axes hold a vector of length 0, so that the figure is flat; expected lengths above 0"
            )
        order = np.argsort(-lengths, kind="stable")
        middle = np.zeros(len(rows)) if centre is None else read_vector(centre, "centre", len(rows))
        return cls(middle, lengths[order], (rows[order] / lengths[order, np.newaxis]).T)

    @classmethod
    def from_quadratic_form(
        cls, form: ArrayLike, delta: float = 1.0, centre: ArrayLike | None = None
    ) -> Ellipsoid:
        """Return the ellipsoid (x − c)ᵀ A (x − c) = δ.

        Parameters
        ----------
        form : array-like of shape (n, n)
            A, symmetric. A determinant above 0 is not enough: all eigenvalues have the sign of δ.
        delta : float, optional
            The right side.
        centre : array-like of shape (n,), optional
            c; left out: the origin.

        Raises
        ------
        wattlab.errors.GeometryError
            If the equation describes something else; the message says what.
        """
        found = reduce_quadric(read_symmetric(form, "form"), read_number(delta, "delta"))
        if not found.is_ellipsoid:
            above, below = (int((sign * found.eigenvalues > 0).sum()) for sign in (1, -1))
            raise GeometryError(
                f"the equation describes {found.name}, not an ellipsoid: of the {len(found.centre)} eigenvalues of its "
                f"matrix {above} are above 0 and {below} below, and the right side is {found.level:g}; all must have "
                "one sign, none of them 0"
            )
        lengths = np.sqrt(found.level / found.eigenvalues)
        return cls.from_axes((found.directions * lengths).T, centre)

    @classmethod
    def from_covariance(cls, mean: ArrayLike, covariance: ArrayLike, confidence: float = 0.95) -> Ellipsoid:
        """Return the smallest region in which a share of a normal distribution lies.

        Parameters
        ----------
        mean : array-like of shape (n,)
            The centre.
        covariance : array-like of shape (n, n)
            Regular.
        confidence : float, optional
            That share. Unit: 1.
        """
        found = read_covariance(covariance, "covariance")
        radius = mahalanobis_radius(confidence, len(found.variances))
        return cls.from_axes((found.directions * (radius * np.sqrt(found.variances))).T, mean)

    @property
    def n_dimensions(self) -> int:
        """Of the space it lies in."""
        return len(self.centre)

    @property
    def axes(self) -> Floats:
        """From the centre to the end of each main axis, ndarray of shape (n, n): a vector a row, the longest first."""
        return (self.directions * self.semi_axes).T

    @property
    def volume(self) -> float:
        """Unit: that of the coordinates, to the power of n."""
        half = self.n_dimensions / 2.0
        return math.exp(
            half * math.log(math.pi) - math.lgamma(half + 1.0) + float(np.log(self.semi_axes).sum())
        )

    def quadratic_form(self) -> Floats:
        """Return A of (x − c)ᵀ A (x − c) = 1, ndarray of shape (n, n)."""
        inverse = self.directions / self.semi_axes
        return inverse @ inverse.T

    def covariance(self, confidence: float = 0.95) -> Floats:
        """Return the covariance of the normal distribution of which a share lies inside.

        Parameters
        ----------
        confidence : float, optional
            That share. Unit: 1.

        Returns
        -------
        ndarray of shape (n, n)
        """
        scaled = self.axes / mahalanobis_radius(confidence, self.n_dimensions)
        return scaled.T @ scaled

    def image(self, matrix: ArrayLike, shift: ArrayLike | None = None) -> Ellipsoid:
        """Return what a regular linear map makes of it; its quadratic form becomes M⁻ᵀ A M⁻¹.

        Parameters
        ----------
        matrix : array-like of shape (n, n)
            M, applied to points as M x.
        shift : array-like of shape (n,), optional
            Added afterwards.

        Raises
        ------
        wattlab.errors.GeometryError
            If M is singular: the image is flat.
        """
        n = self.n_dimensions
        mapped = read_square(matrix, "matrix", n)
        rank = int(np.linalg.matrix_rank(mapped))
        if rank < n:
            raise GeometryError(
                f"matrix is singular, of rank {rank} in {n} dimensions: it maps an ellipsoid to a flat figure; "
                "expected a regular matrix"
            )
        directions, lengths, _ = np.linalg.svd(mapped @ self.axes.T)
        moved = np.zeros(n) if shift is None else read_vector(shift, "shift", n)
        return Ellipsoid(mapped @ self.centre + moved, lengths, directions)

    def shadow(self, axes: tuple[int, int] = (0, 1)) -> Ellipse:
        """Return what it covers seen along all other coordinates: its projection, an ellipse.

        Parameters
        ----------
        axes : (int, int), optional
            The two coordinates that stay, counted from 0.
        """
        chosen = list(axes)
        if len(set(chosen)) != 2 or not set(chosen) <= set(range(self.n_dimensions)):
            raise GeometryError(
                f"axes are {tuple(axes)}; expected two different coordinates from 0 to {self.n_dimensions - 1}"
            )
        spread = self.axes[:, chosen]
        inverse = np.linalg.inv(spread.T @ spread)
        return Ellipse.from_quadratic_form(inverse, centre=self.centre[chosen])

    def end_points(self) -> Floats:
        """Return both ends of each main axis, ndarray of shape (2n, n), the longest first."""
        return np.stack([self.centre + self.axes, self.centre - self.axes], axis=1).reshape(
            -1, self.n_dimensions
        )

    def extremal_points(self) -> Floats:
        """Return where each coordinate is largest and smallest.

        Returns
        -------
        ndarray of shape (n, 2, n)
            First the coordinate, then largest and smallest, then the point.
        """
        spread = self.axes.T @ self.axes
        reach = spread / np.sqrt(np.diag(spread))[:, np.newaxis]
        return np.stack([self.centre + reach, self.centre - reach], axis=1)

    def contains(self, points: ArrayLike) -> NDArray[np.bool_]:
        """Return which points lie inside or on it.

        Parameters
        ----------
        points : array-like of shape (n_points, n)
            A point a row.

        Returns
        -------
        ndarray of shape (n_points,)
        """
        parts = (read_points(points, "points", self.n_dimensions) - self.centre) @ self.directions
        squares = np.square(parts / self.semi_axes).sum(axis=1)
        inside: NDArray[np.bool_] = squares <= 1.0 + _ROUNDING * self.n_dimensions
        return inside

    def sample_inside(self, n: int, seed: int) -> Floats:
        """Return points spread evenly over its volume.

        Parameters
        ----------
        n : int
            How many.
        seed : int
            The same seed gives the same points.

        Returns
        -------
        ndarray of shape (n, n_dimensions)
        """
        random = np.random.default_rng(seed)
        ball = _directions(random, n, self.n_dimensions)
        radius = random.random((n, 1)) ** (1.0 / self.n_dimensions)
        return self.centre + (radius * ball) @ self.axes

    def sample_on(self, n: int, seed: int) -> Floats:
        """Return points spread evenly over its surface.

        Parameters
        ----------
        n : int
            How many.
        seed : int
            The same seed gives the same points.

        Returns
        -------
        ndarray of shape (n, n_dimensions)

        Notes
        -----
        Images of even points on a sphere lie too densely where the figure is narrow: each is kept with a probability
        in proportion to how the map stretches the surface there. At least about 0.8/√n_dimensions of them are kept.
        """
        random = np.random.default_rng(seed)
        kept = np.empty((0, self.n_dimensions))
        while len(kept) < n:
            tried = _directions(random, 2 * n, self.n_dimensions)
            stretch = np.linalg.norm(tried * (self.semi_axes[-1] / self.semi_axes), axis=1)
            kept = np.vstack([kept, tried[random.random(len(tried)) < stretch]])
        return self.centre + kept[:n] @ self.axes


def _directions(random: np.random.Generator, n: int, n_dimensions: int) -> Floats:
    """Return unit vectors, all directions alike."""
    vectors: Floats = random.standard_normal((n, n_dimensions))
    lengths: Floats = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / lengths
