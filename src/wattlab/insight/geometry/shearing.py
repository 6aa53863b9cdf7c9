"""Figures before and after a shear, with all that is worth knowing about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wattlab.insight.geometry.checks import read_number
from wattlab.insight.geometry.decomposition import decompose
from wattlab.insight.geometry.ellipse import Ellipse
from wattlab.insight.geometry.ellipsoid import Ellipsoid
from wattlab.insight.geometry.matrices import shear, shear_3d
from wattlab.insight.geometry.solids import cube_corners, square_corners
from wattlab.insight.geometry.symmetries import cube_symmetries, farthest_corner, pure_scalings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wattlab.insight.geometry.decomposition import Decomposition
    from wattlab.insight.geometry.matrices import Axis
    from wattlab.insight.geometry.symmetries import PureScaling

    Floats = NDArray[np.float64]

__all__ = [
    "ShearedCube",
    "ShearedEllipse",
    "ShearedSquare",
    "shear_circle",
    "shear_cube",
    "shear_ellipse",
    "shear_square",
]


class ShearedEllipse(NamedTuple):
    """An ellipse, or a circle, and what a shear makes of it.

    Attributes
    ----------
    amount : float
        λ. Unit: 1.
    axis : {"x", "y"}
        Along which points move.
    before, after : Ellipse
    decomposition : Decomposition
        Of the shear.
    """

    amount: float
    axis: Axis
    before: Ellipse
    after: Ellipse
    decomposition: Decomposition

    @property
    def limits(self) -> tuple[Floats, Floats]:
        """Where, after the shear, the coordinate that stays is largest and smallest, each ndarray of shape (2,).

        They are the images of the points that were there before: a shear along x keeps every y.
        """
        found = self.after.extremal_points()
        return (found.highest, found.lowest) if self.axis == "x" else (found.rightmost, found.leftmost)


class ShearedSquare(NamedTuple):
    """A square, what a shear makes of it, and what one rotation and one scaling cannot.

    Attributes
    ----------
    amount : float
        λ. Unit: 1.
    axis : {"x", "y"}
    before, after : ndarray of shape (4, 2)
        Corners, in order around the figure.
    scaled_then_rotated : ndarray of shape (4, 2)
        After U Σ, which makes the sheared ellipse of a circle: always a rectangle here.
    stretched : ndarray of shape (4, 2)
        After U Σ Uᵀ, a scaling in the rotated system of the ellipse's main axes.
    pure_scalings : tuple of PureScaling
        Scalings along axes at right angles that do make the sheared square; all of them mirror, unless λ is 0.
    decomposition : Decomposition
        Of the shear.
    """

    amount: float
    axis: Axis
    before: Floats
    after: Floats
    scaled_then_rotated: Floats
    stretched: Floats
    pure_scalings: tuple[PureScaling, ...]
    decomposition: Decomposition

    @property
    def missed_by(self) -> tuple[float, float]:
        """How far the farthest corner of `scaled_then_rotated`, and of `stretched`, is from the sheared square's."""
        return farthest_corner(self.scaled_then_rotated, self.after), farthest_corner(
            self.stretched, self.after
        )


class ShearedCube(NamedTuple):
    """A cube and the sphere inside, and what a shear makes of them.

    Attributes
    ----------
    amounts : (float, float, float)
        By how much x grows with y, x with z, and y with z; transposed for the axis "y". Unit: 1.
    axis : {"x", "y"}
        "x": an upper triangle, which keeps z. "y": its transpose, which keeps x.
    before, after : ndarray of shape (8, 3)
        Corners, as `CUBE_FACES` counts them.
    scaled_then_rotated : ndarray of shape (8, 3)
        After U Σ: always a box.
    sphere : Ellipsoid
        What becomes of the sphere inside.
    pure_scalings : tuple of PureScaling
        Scalings along axes at right angles that make the sheared cube, those without a mirror first.
    decomposition : Decomposition
        Of the shear.
    """

    amounts: tuple[float, float, float]
    axis: Axis
    before: Floats
    after: Floats
    scaled_then_rotated: Floats
    sphere: Ellipsoid
    pure_scalings: tuple[PureScaling, ...]
    decomposition: Decomposition

    @property
    def missed_by(self) -> float:
        """How far the farthest corner of `scaled_then_rotated` is from the sheared cube's."""
        return farthest_corner(self.scaled_then_rotated, self.after)


def shear_circle(amount: float, radius: float = 1.0, axis: Axis = "x") -> ShearedEllipse:
    """Shear a circle around the origin.

    Parameters
    ----------
    amount : float
        λ. Unit: 1.
    radius : float, optional
        Above 0.
    axis : {"x", "y"}, optional
        Along which points move.

    Examples
    --------
    >>> found = shear_circle(2.0, 2.0)
    >>> found.after.semi_axes, found.limits[0].round(12).tolist()
    ((4.828427, 0.828427), [4.0, 2.0])
    """
    return shear_ellipse(Ellipse.circle(radius), amount, axis)


def shear_ellipse(ellipse: Ellipse, amount: float, axis: Axis = "x") -> ShearedEllipse:
    """Shear an ellipse.

    Parameters
    ----------
    ellipse : Ellipse
        Anywhere in the plane.
    amount : float
        λ. Unit: 1.
    axis : {"x", "y"}, optional
        Along which points move.
    """
    matrix = shear(amount, axis)
    return ShearedEllipse(
        read_number(amount, "lambda"), axis, ellipse, ellipse.image(matrix), decompose(matrix)
    )


def shear_square(amount: float, half_side: float = 1.0, axis: Axis = "x") -> ShearedSquare:
    """Shear a square around the origin, its sides along the axes.

    Parameters
    ----------
    amount : float
        λ. Unit: 1.
    half_side : float, optional
        Above 0.
    axis : {"x", "y"}, optional
        Along which points move.

    Examples
    --------
    >>> found = shear_square(2.0)
    >>> found.after.tolist()
    [[-3.0, -1.0], [-1.0, -1.0], [3.0, 1.0], [1.0, 1.0]]
    >>> [one.mirrors for one in found.pure_scalings]
    [True, True]
    """
    matrix = shear(amount, axis)
    found, corners = decompose(matrix), square_corners(half_side)
    return ShearedSquare(
        read_number(amount, "lambda"),
        axis,
        corners,
        corners @ matrix.T,
        corners @ found.without_first_rotation.T,
        corners @ found.stretch_after,
        pure_scalings(matrix, cube_symmetries(2)),
        found,
    )


def shear_cube(
    xy: float = 0.0, xz: float = 0.0, yz: float = 0.0, half_side: float = 1.0, axis: Axis = "x"
) -> ShearedCube:
    """Shear a cube around the origin, its edges along the axes, and the sphere inside.

    Parameters
    ----------
    xy, xz, yz : float, optional
        As for `shear_3d`. Unit: 1.
    half_side : float, optional
        Above 0.
    axis : {"x", "y"}, optional
        "x": as said. "y": the transposed matrix.

    Examples
    --------
    >>> found = shear_cube(xy=2.0)
    >>> found.sphere.semi_axes
    array([2.41421356, 1. , 0.41421356])
    """
    matrix = shear_3d(xy, xz, yz, axis)
    found, corners = decompose(matrix), cube_corners(half_side)
    return ShearedCube(
        (float(xy), float(xz), float(yz)),
        axis,
        corners,
        corners @ matrix.T,
        corners @ found.without_first_rotation.T,
        Ellipsoid.sphere(half_side, 3).image(matrix),
        pure_scalings(matrix, cube_symmetries(3)),
        found,
    )
