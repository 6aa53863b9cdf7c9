"""What turns a standard normal distribution into another: shears, rotations and scalings."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from wattlab.insight.geometry.covariance import read_covariance

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Factored", "NormalMaps", "normal_maps"]


class Factored(NamedTuple):
    """A matrix as a product.

    Attributes
    ----------
    names : tuple of str
        "shear", "rotation" or "scaling", one a factor.
    factors : tuple of ndarray of shape (n, n)
        From left to right: the last one is applied to a point first.
    """

    names: tuple[str, ...]
    factors: tuple[Floats, ...]

    @property
    def matrix(self) -> Floats:
        """The product, ndarray of shape (n, n)."""
        return reduce(np.matmul, self.factors)


class NormalMaps(NamedTuple):
    """Matrices T with T Tᵀ = covariance: standard normal samples z become mean + T z.

    All give the same distribution. They differ by a rotation applied first, which a standard normal distribution, the
    same in all directions, does not notice: the reason why one rotation is enough for it, as for a circle.

    Attributes
    ----------
    shear_scaling : Factored
        The Cholesky factor: scale each coordinate, then shear by a unit lower triangle.
    rotation_scaling : Factored
        Scale by the standard deviations along the main axes, then rotate them into place.
    rotation_scaling_rotation : Factored
        The singular value decomposition of the Cholesky factor: the same matrix as `shear_scaling`, and the one of
        `rotation_scaling` but for its first rotation.
    """

    shear_scaling: Factored
    rotation_scaling: Factored
    rotation_scaling_rotation: Factored


def normal_maps(covariance: ArrayLike) -> NormalMaps:
    """Return the maps of a covariance.

    Parameters
    ----------
    covariance : array-like of shape (n, n)
        Regular.

    Returns
    -------
    NormalMaps
        All rotations have the determinant 1.

    Examples
    --------
    >>> maps = normal_maps([[5.0, 2.0], [2.0, 1.0]])
    >>> np.diag(maps.rotation_scaling.factors[1])
    array([2.41421356, 0.41421356])
    """
    found = read_covariance(covariance, "covariance")
    triangle = np.linalg.cholesky(found.matrix)
    scales = np.diag(triangle)
    turned = _proper(found.directions)
    deviations = np.sqrt(found.variances)
    # L = U Σ Wᵀ with U and Σ known from the covariance: Wᵀ = Σ⁻¹ Uᵀ L.
    first = (turned / deviations).T @ triangle
    return NormalMaps(
        Factored(("shear", "scaling"), (triangle / scales, np.diag(scales))),
        Factored(("rotation", "scaling"), (turned, np.diag(deviations))),
        Factored(("rotation", "scaling", "rotation"), (turned, np.diag(deviations), first)),
    )


def _proper(directions: Floats) -> Floats:
    """Return orthonormal columns of determinant 1: the last one is turned round where they mirror."""
    signs = np.ones(len(directions))
    signs[-1] = np.sign(np.linalg.det(directions))
    return directions * signs
