"""An ellipse or a circle before and after a shear."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from wattlab.insight.geometry.checks import read_number
from wattlab.insight.geometry.decomposition import decompose
from wattlab.insight.geometry.eigenspaces import eigenspaces
from wattlab.insight.geometry.ellipse import Ellipse
from wattlab.insight.geometry.matrices import shear
from wattlab.insight.geometry.sheared_circle import sheared_circle

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.insight.geometry.conic import Conic
    from wattlab.insight.geometry.decomposition import Decomposition
    from wattlab.insight.geometry.ellipse import ExtremalPoints
    from wattlab.insight.geometry.matrices import Axis
    from wattlab.insight.geometry.sheared_circle import ShearedCircle

    Floats = NDArray[np.float64]

__all__ = ["ShearedEllipse", "shear_circle", "shear_conic", "shear_ellipse"]


class ShearedEllipse(NamedTuple):
    """An ellipse, or a circle, and what a shear makes of it.

    Attributes
    ----------
    amount : float
        λ. Unit: 1.
    axis : {"x", "y"}
        Along which points move.
    before, after : Ellipse
    equations : tuple of two Conic
        Before and after, with the same right side.
    limits : ndarray of shape (2, 2)
        Where, after the shear, the coordinate that stays is largest and smallest: y for a shear along x. They are the
        images of the points where it was so before.
    extremal_points : ExtremalPoints
        Of the figure after the shear.
    end_points : ndarray of shape (4, 2)
        Of its main axes: both of the long one, then of the short one.
    decomposition : Decomposition
        Of the shear.
    eigenvectors : ndarray of shape (2, n_vectors)
        Directions that the shear keeps, as columns: one, or all if λ is 0.
    formulas : ShearedCircle or None
        What the sources' closed formulas give; None unless a circle is sheared along x.
    """

    amount: float
    axis: Axis
    before: Ellipse
    after: Ellipse
    equations: tuple[Conic, Conic]
    limits: Floats
    extremal_points: ExtremalPoints
    end_points: Floats
    decomposition: Decomposition
    eigenvectors: Floats
    formulas: ShearedCircle | None


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
    return _sheared(ellipse, ellipse.conic(ellipse.semi_axes[0] * ellipse.semi_axes[1]), amount, axis)


def shear_conic(conic: Conic, amount: float, axis: Axis = "x") -> ShearedEllipse:
    """Shear an ellipse given by its equation.

    Parameters
    ----------
    conic : Conic
        Of an ellipse.
    amount : float
        λ. Unit: 1.
    axis : {"x", "y"}, optional
        Along which points move.

    Raises
    ------
    wattlab.errors.GeometryError
        If it is another figure; the message says which.

    Examples
    --------
    >>> from wattlab.insight.geometry.conic import Conic
    >>> shear_conic(Conic(1.0, 0.0, 4.0, 4.0), 0.5).equations[1]
    Conic(alpha=1.0, beta=-1.0, gamma=4.25, delta=4.0, linear=(0.0, 0.0))
    """
    return _sheared(Ellipse.from_conic(conic), conic, amount, axis)


def _sheared(ellipse: Ellipse, equation: Conic, amount: float, axis: Axis) -> ShearedEllipse:
    matrix = shear(amount, axis)
    after = ellipse.image(matrix)
    extremal = after.extremal_points()
    centred = ellipse.is_circle and not any(ellipse.centre)
    return ShearedEllipse(
        read_number(amount, "lambda"),
        axis,
        ellipse,
        after,
        (equation, equation.sheared(amount, axis)),
        np.array(extremal[:2] if axis == "x" else extremal[2:]),
        extremal,
        after.end_points(),
        decompose(matrix),
        eigenspaces(matrix)[0].vectors,
        sheared_circle(amount, ellipse.semi_axes[0]) if centred and axis == "x" else None,
    )
