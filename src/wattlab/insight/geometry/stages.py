"""A circle, a square and a cube, step by step on the way through a product of maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from wattlab.errors import GeometryError
from wattlab.insight.geometry.checks import read_positive, read_square
from wattlab.insight.geometry.decomposition import decompose
from wattlab.insight.geometry.ellipse import Ellipse
from wattlab.insight.geometry.products import multiply_shears
from wattlab.insight.geometry.solids import cube_corners, square_corners

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from wattlab.insight.geometry.decomposition import Decomposition, Step
    from wattlab.insight.geometry.matrices import Axis
    from wattlab.insight.geometry.products import ShearProduct

    Floats = NDArray[np.float64]

__all__ = ["MapSteps", "ShearSequence", "Stage", "Way", "follow_shears", "follow_steps"]

Way = Literal["svd", "polar"]


class Stage(NamedTuple):
    """Figures after some of the maps.

    Attributes
    ----------
    corners : ndarray of shape (4, 2) or (8, 3)
        Of the square, or of the cube.
    circle : ndarray of shape (n_points, 2), or (0, 3)
        Its first point began at the right; empty in three dimensions.
    """

    corners: Floats
    circle: Floats


class MapSteps(NamedTuple):
    """The way of figures through the factors of a matrix.

    Attributes
    ----------
    decomposition : Decomposition
        Of the matrix.
    way : {"svd", "polar"}
        Rotation, scaling, rotation; or stretch, rotation.
    steps : tuple of Step
        The start, and one a factor, the first applied first.
    stages : tuple of Stage
        One a step.
    """

    decomposition: Decomposition
    way: Way
    steps: tuple[Step, ...]
    stages: tuple[Stage, ...]


class ShearSequence(NamedTuple):
    """The way of a circle and a square through shears, and what the opposite order makes of them.

    Attributes
    ----------
    found : ShearProduct
        What the shears give together.
    stages : tuple of Stage
        The start, and one a shear.
    reversed_end : Stage
        After all shears in the opposite order.
    """

    found: ShearProduct
    stages: tuple[Stage, ...]
    reversed_end: Stage


def follow_steps(matrix: ArrayLike, way: Way = "svd", radius: float = 1.0) -> MapSteps:
    """Return what becomes of a circle and a square, or of a cube, factor by factor.

    Parameters
    ----------
    matrix : array-like of shape (2, 2) or (3, 3)
        Whose decomposition is followed.
    way : {"svd", "polar"}, optional
        Which decomposition.
    radius : float, optional
        Of the circle, and half a side of the square or cube.

    Examples
    --------
    >>> from wattlab.insight.geometry.matrices import shear
    >>> found = follow_steps(shear(2.0))
    >>> [one.kind for one in found.steps]
    ['start', 'rotation', 'scaling', 'rotation']
    """
    given = read_square(matrix, "matrix")
    if len(given) not in {2, 3}:
        raise GeometryError(f"matrix has {len(given)} dimensions; steps can be shown in 2 or 3")
    found = decompose(given)
    ways = {"svd": found.svd_steps, "polar": found.polar_steps}
    if way not in ways:
        raise GeometryError(f"steps are {way!r}; expected 'svd' or 'polar'")
    steps = ways[way]()
    start = _start(len(given), read_positive(radius, "radius"))
    return MapSteps(found, way, steps, tuple(_mapped(start, step.total) for step in steps))


def follow_shears(shears: Sequence[tuple[float, Axis]], radius: float = 1.0) -> ShearSequence:
    """Return what becomes of a circle and a square, shear by shear.

    Parameters
    ----------
    shears : sequence of (float, {"x", "y"})
        λ and axis of each, the first applied first.
    radius : float, optional
        Of the circle, and half a side of the square.
    """
    found = multiply_shears(shears)
    start = _start(2, read_positive(radius, "radius"))
    stages = (start, *(_mapped(start, total) for total in found.totals))
    return ShearSequence(found, stages, _mapped(start, found.reversed_product))


def _start(n_dimensions: int, radius: float) -> Stage:
    if n_dimensions == 2:
        return Stage(square_corners(radius), Ellipse.circle(radius).points())
    return Stage(cube_corners(radius), np.empty((0, 3)))


def _mapped(start: Stage, matrix: Floats) -> Stage:
    return Stage(start.corners @ matrix.T, start.circle @ matrix.T)
