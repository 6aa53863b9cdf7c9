"""Corners, edges and faces of squares and cubes."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.insight.geometry.checks import read_positive

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["CUBE_FACES", "cube_corners", "square_corners"]

CUBE_FACES: Final = ((0, 1, 3, 2), (4, 5, 7, 6), (0, 1, 5, 4), (2, 3, 7, 6), (0, 2, 6, 4), (1, 3, 7, 5))
"""Which corners of `cube_corners` are around each of the six faces, in order."""


def square_corners(half_side: float = 1.0) -> Floats:
    """Return the corners of a square around the origin, against the clock from the lower left.

    Parameters
    ----------
    half_side : float, optional
        Radius of the circle inside; above 0.

    Returns
    -------
    ndarray of shape (4, 2)
    """
    half = read_positive(half_side, "half a side")
    return half * np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])


def cube_corners(half_side: float = 1.0) -> Floats:
    """Return the corners of a cube around the origin.

    Parameters
    ----------
    half_side : float, optional
        Radius of the sphere inside; above 0.

    Returns
    -------
    ndarray of shape (8, 3)
    """
    half = read_positive(half_side, "half a side")
    return half * np.array(list(product((-1.0, 1.0), repeat=3)))
