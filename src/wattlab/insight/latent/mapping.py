"""How a standard normal distribution becomes the fitted one, step by step, by two ways."""

from __future__ import annotations

from math import atan2, degrees
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from wattlab.insight.geometry.ellipse import Ellipse
from wattlab.insight.geometry.normal import Normal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.insight.geometry.normal_maps import Factored

    Floats = NDArray[np.float64]

__all__ = ["MapSteps", "Step", "map_steps"]

_N_POINTS: Final = 400


class Step(NamedTuple):
    """What a standard normal distribution has become.

    Attributes
    ----------
    what : str
        What was done last, with its numbers.
    points : ndarray of shape (n_points, 2)
        The same samples in every step.
    ellipse : Ellipse
        What the unit circle has become.
    sides : ndarray of shape (2, 2)
        From the centre: what the unit vectors have become, one a row.
    """

    what: str
    points: Floats
    ellipse: Ellipse
    sides: Floats


class MapSteps(NamedTuple):
    """Two ways from a standard normal distribution to the same other one.

    Both end in the same distribution, but not in the same points: they differ by a rotation applied first, which a
    standard normal distribution, round as a circle, does not notice.

    Attributes
    ----------
    shear : tuple of Step
        Standard, scaled, sheared, moved (the Cholesky factor of the covariance).
    rotation : tuple of Step
        Standard, scaled, rotated, moved (its eigenvalues and eigenvectors).
    """

    shear: tuple[Step, ...]
    rotation: tuple[Step, ...]


def map_steps(normal: Normal, seed: int = 0) -> MapSteps:
    """Return how standard normal samples become samples of a normal distribution in the plane.

    Parameters
    ----------
    normal : Normal
        In two dimensions.
    seed : int, optional
        Of the samples.

    Examples
    --------
    >>> normal = Normal(np.array([1.0, 0.0]), np.array([[5.0, 2.0], [2.0, 1.0]]))
    >>> [step.what for step in map_steps(normal).shear]
    ['standard normal', 'scaled by 2.24 and 0.447', 'sheared by 0.4 along y', 'moved to (1, 0)']
    """
    maps = normal.as_map()
    points = Normal.standard(2).sample(_N_POINTS, seed)
    return MapSteps(_way(maps.shear_scaling, normal, points), _way(maps.rotation_scaling, normal, points))


def _way(factored: Factored, normal: Normal, points: Floats) -> tuple[Step, ...]:
    done, steps = np.eye(2), [_step("standard normal", np.eye(2), np.zeros(2), points)]
    for name, given in zip(reversed(factored.names), reversed(factored.factors), strict=True):
        # A main axis has two ends: half a turn more or less gives the same distribution.
        factor = -given if given[0, 0] < 0 else given
        done = factor @ done
        steps.append(_step(_words(name, factor), done, np.zeros(2), points))
    x, y = normal.mean
    return (*steps, _step(f"moved to ({x:.3g}, {y:.3g})", done, normal.mean, points))


def _step(what: str, matrix: Floats, shift: Floats, points: Floats) -> Step:
    return Step(what, points @ matrix.T + shift, Ellipse.circle(1.0).image(matrix, shift), matrix.T.copy())


def _words(name: str, factor: Floats) -> str:
    if name == "scaling":
        return f"scaled by {factor[0, 0]:.3g} and {factor[1, 1]:.3g}"
    if name == "shear":
        return f"sheared by {factor[1, 0]:.3g} along y"
    return f"rotated by {degrees(atan2(factor[1, 0], factor[0, 0])):.3g}°"
