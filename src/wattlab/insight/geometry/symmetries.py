"""Why a circle needs one rotation and a square two: which symmetries of a figure turn a map into a pure scaling."""

from __future__ import annotations

from itertools import permutations, product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from wattlab.insight.geometry.checks import read_square

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["PureScaling", "box_symmetries", "cube_symmetries", "farthest_corner", "pure_scalings"]

_SYMMETRIC = 1e-12


class PureScaling(NamedTuple):
    """A scaling along axes at right angles that makes the same figure of another as a map does.

    Attributes
    ----------
    symmetry : ndarray of shape (n, n)
        P: what may be done to the figure first without a trace.
    factors : ndarray of shape (n,)
        By what M P scales, the largest absolute value first; a negative one mirrors, too.
    directions : ndarray of shape (n, n)
        Along which axes: orthonormal columns.
    """

    symmetry: Floats
    factors: Floats
    directions: Floats

    @property
    def mirrors(self) -> bool:
        """Whether a factor is negative, which no rotated scaling by lengths can do."""
        return bool(np.any(self.factors < 0))


def cube_symmetries(n_dimensions: int) -> tuple[Floats, ...]:
    """Return all maps of a square (8), a cube (48), or their like onto itself: coordinates exchanged and reversed.

    Parameters
    ----------
    n_dimensions : int
        Of the figure; there are 2ⁿ n! of them.
    """
    eye = np.eye(n_dimensions)
    return tuple(
        eye[list(order)] * np.array(signs)[:, np.newaxis]
        for order in permutations(range(n_dimensions))
        for signs in product((1.0, -1.0), repeat=n_dimensions)
    )


def box_symmetries(n_dimensions: int) -> tuple[Floats, ...]:
    """Return all maps of a rectangle or box of different sides onto itself: coordinates reversed.

    Parameters
    ----------
    n_dimensions : int
        Of the figure; there are 2ⁿ of them.
    """
    return tuple(np.diag(signs) for signs in product((1.0, -1.0), repeat=n_dimensions))


def pure_scalings(matrix: ArrayLike, symmetries: Iterable[Floats]) -> tuple[PureScaling, ...]:
    """Return every way to get a mapped figure by scaling along axes at right angles only.

    M makes of a figure what a pure scaling S makes of it if and only if M P = S for a symmetry P of the figure; and S
    is a pure scaling along some axes if and only if it is symmetric. A circle has all rotations as symmetries, and with
    P = V Uᵀ every M becomes U Σ Uᵀ. A square has eight, and none is a rotation that does it for a shear. One that
    mirrors does, though: exchanging x and y makes [[λ, 1], [1, 0]] of the shear, with a negative factor.

    Parameters
    ----------
    matrix : array-like of shape (n, n)
        M.
    symmetries : iterable of ndarray of shape (n, n)
        Of the figure.

    Returns
    -------
    tuple of PureScaling
        Those without a mirror first.

    Examples
    --------
    >>> from wattlab.insight.geometry.matrices import shear
    >>> [one.factors.round(6).tolist() for one in pure_scalings(shear(2.0), cube_symmetries(2))]
    [[2.414214, -0.414214], [-2.414214, 0.414214]]
    >>> pure_scalings(shear(2.0), box_symmetries(2))
    ()
    """
    given = read_square(matrix, "matrix")
    found = []
    for symmetry in symmetries:
        mapped = given @ symmetry
        if np.abs(mapped - mapped.T).max() <= _SYMMETRIC * np.abs(mapped).max():
            factors, directions = np.linalg.eigh(mapped)
            order = np.argsort(-np.abs(factors), kind="stable")
            found.append(PureScaling(symmetry, factors[order], directions[:, order]))
    return tuple(sorted(found, key=lambda one: int((one.factors < 0).sum())))


def farthest_corner(first: Floats, second: Floats) -> float:
    """Return how far apart two sets of corners are: the largest distance from one to the nearest of the other set.

    Parameters
    ----------
    first, second : ndarray of shape (n_corners, n)
        In any order.

    Returns
    -------
    float
        The Hausdorff distance of the sets; 0 if they are the same.
    """
    apart = np.linalg.norm(first[:, np.newaxis] - second, axis=2)
    return float(max(apart.min(axis=0).max(), apart.min(axis=1).max()))
