"""Covariance matrices, read and checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from wattlab.errors import GeometryError
from wattlab.insight.geometry.checks import read_symmetric

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Covariance", "read_covariance"]

_ROUNDING = 8 * float(np.finfo(np.float64).eps)


class Covariance(NamedTuple):
    """A regular covariance and its main axes.

    Attributes
    ----------
    matrix : ndarray of shape (n, n)
        Symmetric, all eigenvalues above 0.
    variances : ndarray of shape (n,)
        Its eigenvalues, the largest first.
    directions : ndarray of shape (n, n)
        Their unit eigenvectors as columns.
    """

    matrix: Floats
    variances: Floats
    directions: Floats


def read_covariance(values: ArrayLike, name: str, size: int | None = None) -> Covariance:
    """Return a covariance that has a density.

    Parameters
    ----------
    values : array-like of shape (n, n)
        The covariance.
    name : str
        What messages call it.
    size : int, optional
        n, where it is known.

    Raises
    ------
    wattlab.errors.GeometryError
        If it is singular (some direction has no variance), indefinite (no covariance at all), or not symmetric.
    """
    matrix = read_symmetric(values, name, size)
    variances, directions = np.linalg.eigh(matrix)
    variances, directions = variances[::-1].copy(), directions[:, ::-1].copy()
    limit = _ROUNDING * len(matrix) * float(np.abs(variances).max())
    least = float(variances[-1])
    if least < -limit:
        raise GeometryError(
            f"{name} has the eigenvalue {least:g}, so that it is no covariance: no variance is negative; "
            "expected all eigenvalues above 0"
        )
    if least <= limit:
        rank = int((variances > limit).sum())
        raise GeometryError(
            f"{name} is singular: it has rank {rank} in {len(matrix)} dimensions, so that its normal distribution is "
            f"flat, and no {'ellipse' if len(matrix) == 2 else 'ellipsoid'} and no density belong to it; leave out "
            "features that are constant or follow from others"
        )
    return Covariance(matrix, variances, directions)
