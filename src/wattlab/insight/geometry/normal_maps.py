"""What turns a standard normal distribution into another, step by step: a shear or a rotation, after a scaling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from wattlab.insight.geometry.covariance import read_covariance
from wattlab.insight.geometry.ellipse import Ellipse

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["NormalMaps", "NormalStep", "NormalStepKind", "normal_maps"]

NormalStepKind = Literal["start", "scaling", "shear", "rotation", "shift"]


class NormalStep(NamedTuple):
    """What a standard normal distribution has become.

    Attributes
    ----------
    kind : {"start", "scaling", "shear", "rotation", "shift"}
        What was done last.
    matrix : ndarray of shape (n, n)
        Of this step alone; 1 for start and shift.
    total : ndarray of shape (n, n)
        Of all steps so far: its columns are what the unit vectors have become.
    centre : ndarray of shape (n,)
        What the origin has become.
    samples : ndarray of shape (n_samples, n)
        The same samples in every step.
    """

    kind: NormalStepKind
    matrix: Floats
    total: Floats
    centre: Floats
    samples: Floats

    @property
    def ellipse(self) -> Ellipse:
        """What the unit circle has become, in two dimensions."""
        return Ellipse.circle(1.0).image(self.total, self.centre)


class NormalMaps(NamedTuple):
    """Two ways from a standard normal distribution to another: z becomes mean + T z, where T Tᵀ = covariance.

    Both end in the same distribution, but not in the same samples. They differ by a rotation applied first, which a
    standard normal distribution, the same in all directions, does not notice: the reason why one rotation is enough
    for it, as for a circle. `decompose` of the last total of `shear` shows that rotation.

    Attributes
    ----------
    shear : tuple of NormalStep
        Start, scaling of each coordinate, shear by a unit lower triangle, shift: the Cholesky factor.
    rotation : tuple of NormalStep
        Start, scaling by the standard deviations along the main axes, rotation of determinant 1, shift.
    """

    shear: tuple[NormalStep, ...]
    rotation: tuple[NormalStep, ...]


def normal_maps(mean: Floats, covariance: ArrayLike, n_samples: int = 400, seed: int = 0) -> NormalMaps:
    """Return both ways to a mean and a covariance.

    Parameters
    ----------
    mean : ndarray of shape (n,)
        Where the origin goes to.
    covariance : array-like of shape (n, n)
        Regular.
    n_samples : int, optional
        Standard normal samples to follow.
    seed : int, optional
        Of the samples.

    Examples
    --------
    >>> maps = normal_maps(np.zeros(2), [[5.0, 2.0], [2.0, 1.0]])
    >>> [step.kind for step in maps.shear], maps.shear[2].matrix.round(12)
    (['start', 'scaling', 'shear', 'shift'], array([[1. , 0. ],
           [0.4, 1. ]]))
    >>> np.diag(maps.rotation[1].matrix)
    array([2.41421356, 0.41421356])
    """
    found = read_covariance(covariance, "covariance")
    triangle = np.linalg.cholesky(found.matrix)
    scales = np.diag(triangle)
    deviations, turned = np.diag(np.sqrt(found.variances)), _proper(found.directions)
    samples = np.random.default_rng(seed).standard_normal((n_samples, len(mean)))
    return NormalMaps(
        _way(samples, mean, ("scaling", np.diag(scales)), ("shear", triangle / scales)),
        _way(samples, mean, ("scaling", deviations), ("rotation", turned)),
    )


def _way(samples: Floats, mean: Floats, *factors: tuple[NormalStepKind, Floats]) -> tuple[NormalStep, ...]:
    one, origin = np.eye(len(mean)), np.zeros(len(mean))
    steps = [NormalStep("start", one, one, origin, samples)]
    for kind, matrix in factors:
        total = matrix @ steps[-1].total
        steps.append(NormalStep(kind, matrix, total, origin, samples @ total.T))
    last = steps[-1]
    return (*steps, NormalStep("shift", one, last.total, mean, last.samples + mean))


def _proper(directions: Floats) -> Floats:
    """Return orthonormal columns of determinant 1, as few of them turned back as can be."""
    turned = directions * np.where(np.diag(directions) < 0, -1.0, 1.0)
    turned[:, -1] *= np.sign(np.linalg.det(turned))
    return turned
