"""The closed formulas of a sheared circle, in the sources' own terms and for every λ."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from wattlab.insight.geometry.checks import read_number, read_positive
from wattlab.insight.geometry.ellipse import Ellipse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["ShearedCircle", "sheared_circle"]


class ShearedCircle(NamedTuple):
    """What x + λy, y makes of a circle of radius a around the origin.

    Attributes
    ----------
    amount : float
        λ. Unit: 1.
    radius : float
        a.
    xi : (float, float)
        ξ₁, ξ₂ = 1 + λ²/2 ∓ (λ/2)√(4 + λ²): squares of the singular values of the shear, so that ξ₁ξ₂ = 1.
    eta : (float, float)
        η = ξ/(1 + ξ): a√η is the |x| at which, on the circle, an end of an axis begins.
    end_points : ndarray of shape (4, 2)
        Both ends of the axis of ξ₁, then both of ξ₂.
    semi_axes : (float, float)
        Half the axis of ξ₁, then of ξ₂: a√ξ₂ and a√ξ₁.
    angle_rad : float
        From the x axis to the axis of ξ₁. Unit: rad.
    highest : (float, float)
        (λa, a): where y is largest.

    Notes
    -----
    For λ > 0 the axis of ξ₁ is the long one, as the sources have it. For λ < 0 it is the *short* one; `ellipse` sorts
    them. For λ = 0 both are equal, every diameter is a main axis, and the 45° of the formula is one of them: the
    derivation divides by λ. `ellipse` calls the angle of a circle 0.
    """

    amount: float
    radius: float
    xi: tuple[float, float]
    eta: tuple[float, float]
    end_points: Floats
    semi_axes: tuple[float, float]
    angle_rad: float
    highest: tuple[float, float]

    @property
    def ellipse(self) -> Ellipse:
        """The same as an ellipse, its long axis first."""
        return Ellipse.from_axes(self.semi_axes, self.angle_rad)


def sheared_circle(amount: float, radius: float = 1.0) -> ShearedCircle:
    """Return what a shear along x makes of a circle.

    Parameters
    ----------
    amount : float
        λ, of any sign. Unit: 1.
    radius : float, optional
        a, above 0.

    Raises
    ------
    wattlab.errors.GeometryError
        If λ is not finite, or the radius is not above 0.

    Notes
    -----
    The circle x² + y² = a² becomes x² − 2λxy + (1 + λ²)y² = a². With σ = λ/2 + √(1 + λ²/4), which solves
    σ² = λσ + 1, the formulas simplify: ξ₂ = σ², ξ₁ = σ⁻², and none of them subtracts what is nearly equal.

    Examples
    --------
    >>> found = sheared_circle(2.0, 2.0)
    >>> found.semi_axes, found.highest, math.degrees(found.angle_rad)
    ((4.828427, 0.828427), (4.0, 2.0), 22.5)
    >>> found.xi
    (0.171573, 5.828427)
    """
    lam, a = read_number(amount, "lambda"), read_positive(radius, "radius")
    above_one = abs(lam) / 2.0 + math.hypot(1.0, lam / 2.0)
    sigma = above_one if lam >= 0 else 1.0 / above_one
    cos, sin = sigma / math.hypot(1.0, sigma), 1.0 / math.hypot(1.0, sigma)
    first = a * sigma * np.array([cos, sin])
    second = a / sigma * np.array([sin, -cos])
    return ShearedCircle(
        lam,
        a,
        (sigma**-2, sigma**2),
        (sin**2, cos**2),
        np.array([first, -first, second, -second]),
        (a * sigma, a / sigma),
        math.atan2(sin, cos),
        (lam * a, a),
    )
