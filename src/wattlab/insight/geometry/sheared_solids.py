"""A square or a cube before and after a shear, and what one rotation and one scaling cannot make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wattlab.insight.geometry.checks import read_number
from wattlab.insight.geometry.decomposition import decompose
from wattlab.insight.geometry.eigenspaces import eigenspaces
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

__all__ = ["ShearedCube", "ShearedSquare", "shear_cube", "shear_square"]


class ShearedSquare(NamedTuple):
    """A square, what a shear makes of it, and what one rotation and one scaling make of it.

    Attributes
    ----------
    amount : float
        λ. Unit: 1.
    axis : {"x", "y"}
        Along which points move.
    before, after : ndarray of shape (4, 2)
        Corners, in order around the figure.
    scaled_then_rotated : ndarray of shape (4, 2)
        After U Σ, which makes the sheared ellipse of a circle: always a rectangle here.
    stretched : ndarray of shape (4, 2)
        After U Σ Uᵀ, a scaling in the rotated system of the ellipse's main axes.
    missed_by : (float, float)
        How far the farthest corner of `scaled_then_rotated`, and of `stretched`, is from any of `after`, or the other
        way round.
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
    missed_by: tuple[float, float]
    pure_scalings: tuple[PureScaling, ...]
    decomposition: Decomposition


class ShearedCube(NamedTuple):
    """A cube and the sphere inside, and what a shear makes of them.

    Attributes
    ----------
    amounts : (float, float, float)
        By how much x grows with y, x with z, and y with z; transposed for the axis "y". Unit: 1.
    axis : {"x", "y"}
        "x": an upper triangle, which keeps z. "y": its transpose, which keeps x.
    before, after : ndarray of shape (8, 3)
        Corners, as `solids.CUBE_FACES` counts them.
    scaled_then_rotated : ndarray of shape (8, 3)
        After U Σ: always a box.
    missed_by : float
        How far the farthest corner of it is from any of `after`, or the other way round.
    sphere : Ellipsoid
        What becomes of the sphere inside.
    pure_scalings : tuple of PureScaling
        Scalings along axes at right angles that make the sheared cube, those without a mirror first.
    decomposition : Decomposition
        Of the shear.
    eigenvectors : ndarray of shape (3, n_vectors)
        Directions that the shear keeps, as columns.
    """

    amounts: tuple[float, float, float]
    axis: Axis
    before: Floats
    after: Floats
    scaled_then_rotated: Floats
    missed_by: float
    sphere: Ellipsoid
    pure_scalings: tuple[PureScaling, ...]
    decomposition: Decomposition
    eigenvectors: Floats


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
    >>> found.missed_by[0] > 1.0, [one.mirrors for one in found.pure_scalings]
    (True, [True, True])
    """
    matrix = shear(amount, axis)
    found, corners = decompose(matrix), square_corners(half_side)
    after = corners @ matrix.T
    turned, stretched = corners @ found.without_first_rotation.T, corners @ found.stretch_after
    return ShearedSquare(
        read_number(amount, "lambda"),
        axis,
        corners,
        after,
        turned,
        stretched,
        (farthest_corner(turned, after), farthest_corner(stretched, after)),
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
    array([2.41421356, 1.        , 0.41421356])
    """
    matrix = shear_3d(xy, xz, yz, axis)
    found, corners = decompose(matrix), cube_corners(half_side)
    after, turned = corners @ matrix.T, corners @ found.without_first_rotation.T
    return ShearedCube(
        (float(xy), float(xz), float(yz)),
        axis,
        corners,
        after,
        turned,
        farthest_corner(turned, after),
        Ellipsoid.sphere(half_side, 3).image(matrix),
        pure_scalings(matrix, cube_symmetries(3)),
        found,
        eigenspaces(matrix)[0].vectors,
    )
