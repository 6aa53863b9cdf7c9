"""Matrices that shear, rotate and scale, in two, three and more dimensions."""

from __future__ import annotations

from math import cos, sin
from typing import TYPE_CHECKING, Literal

import numpy as np

from wattlab.errors import GeometryError
from wattlab.insight.geometry.checks import read_number, read_vector

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Axis", "rotation", "rotation_3d", "scaling", "shear", "shear_3d", "shear_along"]

Axis = Literal["x", "y"]

_RIGHT_ANGLE = 1e-12


def shear(amount: float, axis: Axis = "x") -> Floats:
    """Return the matrix that moves points along one axis by `amount` times their other coordinate.

    Parameters
    ----------
    amount : float
        λ, of any sign; 0 moves nothing. Unit: 1.
    axis : {"x", "y"}, optional
        Along which axis: "x" gives ``[[1, λ], [0, 1]]``, "y" its transpose.

    Returns
    -------
    ndarray of shape (2, 2)
        Determinant 1, whatever λ: areas stay.

    Raises
    ------
    wattlab.errors.GeometryError
        If the amount is not finite or the axis is unknown.

    Examples
    --------
    >>> shear(2.0) @ [0.0, 2.0]
    array([4., 2.])
    """
    return _sided(np.array([[1.0, read_number(amount, "lambda")], [0.0, 1.0]]), axis)


def shear_3d(xy: float = 0.0, xz: float = 0.0, yz: float = 0.0, axis: Axis = "x") -> Floats:
    """Return the triangular matrix with ones on its diagonal that shears in three dimensions.

    Parameters
    ----------
    xy, xz : float, optional
        By how much x grows with y, and with z. Unit: 1.
    yz : float, optional
        By how much y grows with z. Unit: 1.
    axis : {"x", "y"}, optional
        "x": as said, an upper triangle. "y": the transpose, a lower one, which keeps x.

    Returns
    -------
    ndarray of shape (3, 3)
        Determinant 1: volumes stay.

    Notes
    -----
    Its only eigenvalue is 1. One amount alone (or xy with xz, or xz with yz) leaves a plane of eigenvectors; only if
    neither xy nor yz is 0 there is a single line of them.

    Examples
    --------
    >>> shear_3d(xy=2.0, yz=0.5)
    array([[1. , 2. , 0. ],
           [0. , 1. , 0.5],
           [0. , 0. , 1. ]])
    """
    amounts = [read_number(one, name) for one, name in ((xy, "xy"), (xz, "xz"), (yz, "yz"))]
    matrix = np.eye(3)
    matrix[np.triu_indices(3, 1)] = amounts
    return _sided(matrix, axis)


def shear_along(direction: ArrayLike, normal: ArrayLike, amount: float) -> Floats:
    """Return the shear along a direction in any number of dimensions: ``1 + λ d nᵀ`` with unit vectors d and n.

    Parameters
    ----------
    direction : array-like of shape (n,)
        Where points move to; its length does not matter.
    normal : array-like of shape (n,)
        Across the planes that move as a whole; at a right angle to `direction`.
    amount : float
        λ: the shift at distance 1 from the plane that stays. Unit: 1.

    Returns
    -------
    ndarray of shape (n, n)
        With n − 1 independent eigenvectors, all of eigenvalue 1.

    Raises
    ------
    wattlab.errors.GeometryError
        If a vector is 0, or the two are not at a right angle: then the matrix would scale, too.

    Examples
    --------
    >>> shear_along([1, 0], [0, 1], 2.0)
    array([[1., 2.],
           [0., 1.]])
    """
    along = _unit(direction, "direction")
    across = _unit(normal, "normal", len(along))
    slant = float(along @ across)
    if abs(slant) > _RIGHT_ANGLE:
        raise GeometryError(
            f"direction and normal are at {np.degrees(np.arccos(np.clip(slant, -1, 1))):g}°; a shear needs 90°, or it "
            "would change volumes"
        )
    return np.eye(len(along)) + read_number(amount, "lambda") * np.outer(along, across)


def rotation(angle_rad: float) -> Floats:
    """Return the matrix that turns the plane against the clock.

    Parameters
    ----------
    angle_rad : float
        Unit: rad.

    Returns
    -------
    ndarray of shape (2, 2)

    Examples
    --------
    >>> (rotation(np.pi / 6) @ [2.0, 0.0]).round(12)
    array([1.73205081, 1.        ])
    """
    angle = read_number(angle_rad, "angle_rad")
    return np.array([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])


def rotation_3d(axis: ArrayLike, angle_rad: float) -> Floats:
    """Return the matrix that turns space around an axis, against the clock for who looks against its direction.

    Parameters
    ----------
    axis : array-like of shape (3,)
        Its length does not matter.
    angle_rad : float
        Unit: rad.

    Returns
    -------
    ndarray of shape (3, 3)

    References
    ----------
    O. Rodrigues, "Des lois géométriques qui régissent les déplacements d'un système solide", Journal de
    Mathématiques Pures et Appliquées 5, 1840.

    Examples
    --------
    >>> rotation_3d([0, 0, 2], np.pi / 2).round(12) + 0.0
    array([[ 0., -1.,  0.],
           [ 1.,  0.,  0.],
           [ 0.,  0.,  1.]])
    """
    around = _unit(axis, "axis", 3)
    x, y, z = around
    angle = read_number(angle_rad, "angle_rad")
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return cos(angle) * np.eye(3) + sin(angle) * cross + (1.0 - cos(angle)) * np.outer(around, around)


def scaling(*factors: float) -> Floats:
    """Return the matrix that multiplies each coordinate by a factor of its own.

    Parameters
    ----------
    *factors : float
        One a dimension; a negative one mirrors, too. Unit: 1.

    Returns
    -------
    ndarray of shape (n, n)

    Examples
    --------
    >>> scaling(2.0, 0.5)
    array([[2. , 0. ],
           [0. , 0.5]])
    """
    if not factors:
        raise GeometryError("scaling has no factor; expected one for each dimension, as in scaling(2, 0.5)")
    return np.diag([read_number(one, f"factor {place}") for place, one in enumerate(factors)])


def _sided(upper: Floats, axis: str) -> Floats:
    if axis not in {"x", "y"}:
        raise GeometryError(f"axis is {axis!r}; expected 'x' or 'y'")
    return upper if axis == "x" else upper.T.copy()


def _unit(values: ArrayLike, name: str, size: int | None = None) -> Floats:
    vector = read_vector(values, name, size)
    length = float(np.linalg.norm(vector))
    if not length:
        raise GeometryError(f"{name} has the length 0, so that it points nowhere; expected another vector")
    return vector / length
