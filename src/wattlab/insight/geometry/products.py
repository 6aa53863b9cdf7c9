"""Products of shears: when they stay shears, what they are otherwise, and a rotation as three of them."""

from __future__ import annotations

import math
from functools import reduce
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from wattlab.errors import GeometryError
from wattlab.insight.geometry.checks import read_number, read_square
from wattlab.insight.geometry.matrices import shear

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from wattlab.insight.geometry.matrices import Axis

    Floats = NDArray[np.float64]

__all__ = ["ProductKind", "ShearProduct", "Triangle", "multiply_shears", "rotation_as_shears", "triangle_of"]

ProductKind = Literal[
    "identity", "shear", "squeeze", "turn", "reversed shear", "reversed squeeze", "half turn"
]
Triangle = Literal["upper", "lower", "both", "neither"]

_EQUAL = 1e-12


class ShearProduct(NamedTuple):
    """Shears along x and y, one after the other.

    Attributes
    ----------
    shears : tuple of (float, {"x", "y"})
        λ and axis of each, the first applied first.
    totals : tuple of ndarray of shape (2, 2)
        Product of the first one, the first two, and so on.
    reversed_product : ndarray of shape (2, 2)
        Of the same shears in the opposite order.
    trace : float
        Sum of the product's eigenvalues; as the determinant is 1, it decides what the product is.
    kind : ProductKind
        Trace 2: a shear along some line, or nothing. More: a squeeze, with one eigenvalue above 1 and its inverse.
        Between −2 and 2: a turn, on ellipses. "reversed": the same with a half turn.
    triangle : {"upper", "lower", "both", "neither"}
        Which form of a shear matrix is left; see `triangle_of`.
    commutes : bool
        Whether the opposite order gives the same product.
    """

    shears: tuple[tuple[float, Axis], ...]
    totals: tuple[Floats, ...]
    reversed_product: Floats
    trace: float
    kind: ProductKind
    triangle: Triangle
    commutes: bool

    @property
    def product(self) -> Floats:
        """Of all of them, ndarray of shape (2, 2)."""
        return self.totals[-1]


def multiply_shears(shears: Sequence[tuple[float, Axis]]) -> ShearProduct:
    """Return what shears give one after the other.

    Shears along one axis add up: λ and μ give λ + μ, in any order. Along x by λ and then along y by μ they give
    [[1, λ], [μ, 1 + λμ]], with the trace 2 + λμ: no shear any more, unless one of them is 0.

    Parameters
    ----------
    shears : sequence of (float, {"x", "y"})
        At least one: λ and axis, the first applied first.

    Examples
    --------
    >>> multiply_shears([(2.0, "x"), (0.5, "x")]).product
    array([[1. , 2.5],
           [0. , 1. ]])
    >>> mixed = multiply_shears([(2.0, "x"), (0.5, "y")])
    >>> mixed.kind, mixed.triangle, mixed.trace
    ('squeeze', 'neither', 3.0)
    """
    if not shears:
        raise GeometryError('there is no shear to multiply; expected some, as in [(2.0, "x"), (0.5, "y")]')
    matrices = [shear(amount, axis) for amount, axis in shears]
    totals = [matrices[0]]
    for matrix in matrices[1:]:
        totals.append(matrix @ totals[-1])
    product, opposite = totals[-1], reduce(np.matmul, matrices)
    return ShearProduct(
        tuple((float(amount), axis) for amount, axis in shears),
        tuple(totals),
        opposite,
        float(np.trace(product)),
        _kind(product),
        triangle_of(product),
        bool(np.allclose(product, opposite, rtol=_EQUAL, atol=_EQUAL)),
    )


def triangle_of(matrix: ArrayLike) -> Triangle:
    """Return which triangle a matrix with ones on its diagonal fills: the form of a shear matrix.

    Parameters
    ----------
    matrix : array-like of shape (n, n)
        Any square one.

    Returns
    -------
    {"upper", "lower", "both", "neither"}
        "both": it is 1. "neither": it is not triangular, or its diagonal is not 1 throughout.
    """
    given = read_square(matrix, "matrix")
    limit = _EQUAL * max(1.0, float(np.abs(given).max()))
    if np.abs(np.diag(given) - 1.0).max() > limit:
        return "neither"
    below, above = np.abs(np.tril(given, -1)).max() <= limit, np.abs(np.triu(given, 1)).max() <= limit
    if below:
        return "both" if above else "upper"
    return "lower" if above else "neither"


def rotation_as_shears(angle_rad: float) -> tuple[tuple[float, Axis], ...]:
    """Return three shears that give a rotation: along x, along y, and along x again.

    Parameters
    ----------
    angle_rad : float
        Strictly between −π and π: a half turn would need an infinite shear. Unit: rad.

    Returns
    -------
    tuple of (float, {"x", "y"})
        As `multiply_shears` takes them.

    References
    ----------
    A. W. Paeth, "A fast algorithm for general raster rotation", Graphics Interface, 1986.

    Examples
    --------
    >>> multiply_shears(rotation_as_shears(math.pi / 6)).product.round(6)
    array([[ 0.866025, -0.5     ],
           [ 0.5     ,  0.866025]])
    """
    angle = read_number(angle_rad, "angle_rad")
    if not -math.pi < angle < math.pi:
        raise GeometryError(f"angle_rad is {angle:g}; expected an angle strictly between -pi and pi")
    along_x = -math.tan(angle / 2.0)
    return ((along_x, "x"), (math.sin(angle), "y"), (along_x, "x"))


def _kind(product: Floats) -> ProductKind:
    """Return what a matrix of determinant 1 does, by its trace."""
    trace, size = float(np.trace(product)), max(1.0, float(np.abs(product).max()))
    sides: tuple[tuple[float, ProductKind, ProductKind], ...] = (
        (1.0, "identity", "shear"),
        (-1.0, "half turn", "reversed shear"),
    )
    for side, exact, bent in sides:
        if abs(trace - 2.0 * side) <= _EQUAL * size:
            return exact if np.abs(product - side * np.eye(2)).max() <= _EQUAL * size else bent
    if abs(trace) < 2.0:
        return "turn"
    return "squeeze" if trace > 0 else "reversed squeeze"
