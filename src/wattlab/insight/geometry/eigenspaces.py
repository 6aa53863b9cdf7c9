"""Eigenvalues with all their eigenvectors, and which are missing: why a shear cannot be made diagonal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from wattlab.insight.geometry.checks import read_square

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Eigenspace", "eigenspaces", "is_diagonalisable"]

_EPS = float(np.finfo(np.float64).eps)


class Eigenspace(NamedTuple):
    """An eigenvalue and all directions that it keeps.

    Attributes
    ----------
    value : complex
        Its imaginary part is exactly 0 for a real one.
    multiplicity : int
        How often it is a root of the characteristic polynomial.
    vectors : ndarray of shape (n, n_vectors)
        Orthonormal eigenvectors as columns: as many as are independent.
    """

    value: complex
    multiplicity: int
    vectors: NDArray[Any]

    @property
    def dimension(self) -> int:
        """How many independent eigenvectors there are."""
        return int(self.vectors.shape[1])

    @property
    def is_defective(self) -> bool:
        """Whether eigenvectors are missing: fewer than the multiplicity."""
        return self.dimension < self.multiplicity


def eigenspaces(matrix: ArrayLike) -> tuple[Eigenspace, ...]:
    """Return the eigenspaces of a matrix, the largest eigenvalue first.

    Parameters
    ----------
    matrix : array-like of shape (n, n)
        Any square one.

    Returns
    -------
    tuple of Eigenspace

    Notes
    -----
    Rounding splits an eigenvalue of multiplicity n that lacks eigenvectors by about eps^(1/n): those nearer than ten
    times that, relative to the largest singular value, count as one, their mean.

    Examples
    --------
    >>> from wattlab.insight.geometry.matrices import shear, shear_3d
    >>> (found,) = eigenspaces(shear(2.0))
    >>> found.value, found.multiplicity, found.dimension, found.is_defective
    ((1+0j), 2, 1, True)
    >>> [eigenspaces(shear_3d(xz=1.0))[0].dimension, eigenspaces(shear_3d(1.0, 1.0, 1.0))[0].dimension]
    [2, 1]
    """
    given = read_square(matrix, "matrix")
    n = len(given)
    size = float(np.linalg.norm(given, 2)) or 1.0
    values = sorted(np.linalg.eigvals(given).astype(complex), key=lambda one: (-one.real, -one.imag))
    groups = _groups(values, 10.0 * size * _EPS ** (1.0 / n))
    return tuple(_space(given, group, size) for group in groups)


def is_diagonalisable(matrix: ArrayLike) -> bool:
    """Return whether a matrix has as many independent eigenvectors as dimensions (complex ones count).

    Parameters
    ----------
    matrix : array-like of shape (n, n)
        Any square one.
    """
    return not any(one.is_defective for one in eigenspaces(matrix))


def _groups(values: list[complex], limit: float) -> list[list[complex]]:
    groups: list[list[complex]] = []
    for value in values:
        near = next((group for group in groups if min(abs(value - one) for one in group) <= limit), None)
        if near is None:
            groups.append([value])
        else:
            near.append(value)
    return groups


def _space(matrix: NDArray[np.float64], group: list[complex], size: float) -> Eigenspace:
    value = complex(np.mean(group))
    if abs(value.imag) <= 10.0 * size * _EPS:
        value = complex(value.real, 0.0)
    shifted = matrix - (value if value.imag else value.real) * np.eye(len(matrix))
    _, sizes, right = np.linalg.svd(shifted)
    # The mean of a split eigenvalue is exact to a few roundings; a single one to some more.
    n_vectors = max(1, int((sizes <= 1e-10 * size).sum()))
    return Eigenspace(value, len(group), right[len(matrix) - n_vectors :].conj().T)
