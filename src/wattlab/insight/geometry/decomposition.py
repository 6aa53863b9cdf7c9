"""A matrix as rotation, scaling and rotation, and as rotation and stretch: step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from wattlab.errors import GeometryError
from wattlab.insight.geometry.checks import read_square

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Decomposition", "Step", "StepKind", "Turn", "decompose", "turn_of"]

StepKind = Literal["start", "rotation", "scaling", "stretch"]

_EQUAL = 64 * float(np.finfo(np.float64).eps)


class Turn(NamedTuple):
    """A rotation in words.

    Attributes
    ----------
    angle_rad : float
        Against the clock; above −π and at most π in the plane, from 0 to π in space. Unit: rad.
    axis : ndarray of shape (3,), or None
        Unit vector; None in the plane.
    """

    angle_rad: float
    axis: Floats | None


class Step(NamedTuple):
    """One of the maps whose product a matrix is.

    Attributes
    ----------
    kind : {"start", "rotation", "scaling", "stretch"}
        A stretch scales along axes that need not be those of the coordinates.
    matrix : ndarray of shape (n, n)
        Of this step alone.
    total : ndarray of shape (n, n)
        Of all steps so far.
    """

    kind: StepKind
    matrix: Floats
    total: Floats


class Decomposition(NamedTuple):
    """M = U Σ Vᵀ, with U and V rotations (determinant 1).

    Attributes
    ----------
    matrix : ndarray of shape (n, n)
        M.
    left : ndarray of shape (n, n)
        U: its columns are the main axes of the image of a sphere.
    factors : ndarray of shape (n,)
        Diagonal of Σ: the singular values, the largest first. The last one is negative if M mirrors.
    right : ndarray of shape (n, n)
        Vᵀ, applied first. If all factors are equal, it is 1, for one rotation is enough.
    """

    matrix: Floats
    left: Floats
    factors: Floats
    right: Floats

    @property
    def determinant(self) -> float:
        """By what areas or volumes are multiplied; negative if M mirrors."""
        return float(np.prod(self.factors))

    @property
    def rotation(self) -> Floats:
        """R = U Vᵀ of the polar decomposition M = R P: the nearest rotation to M, ndarray of shape (n, n)."""
        return self.left @ self.right

    @property
    def stretch(self) -> Floats:
        """P = V Σ Vᵀ of M = R P, symmetric, applied before the rotation, ndarray of shape (n, n)."""
        return (self.right.T * self.factors) @ self.right

    @property
    def stretch_after(self) -> Floats:
        """Q = U Σ Uᵀ of M = Q R, symmetric, applied after the rotation, ndarray of shape (n, n)."""
        return (self.left * self.factors) @ self.left.T

    @property
    def without_first_rotation(self) -> Floats:
        """U Σ: scale along the coordinates, rotate once, ndarray of shape (n, n).

        A circle or sphere looks the same after any first rotation, so that this makes the same ellipse of it as M.
        Of a square it makes a rectangle, whatever M is: columns of U Σ are at right angles.
        """
        return self.left * self.factors

    def svd_steps(self) -> tuple[Step, ...]:
        """Return start, first rotation Vᵀ, scaling Σ, second rotation U."""
        return _steps(("rotation", self.right), ("scaling", np.diag(self.factors)), ("rotation", self.left))

    def polar_steps(self) -> tuple[Step, ...]:
        """Return start, stretch P along the directions V, rotation R."""
        return _steps(("stretch", self.stretch), ("rotation", self.rotation))


def decompose(matrix: ArrayLike) -> Decomposition:
    """Return the singular value decomposition of a square matrix with rotations, not mirrors, on both sides.

    Parameters
    ----------
    matrix : array-like of shape (n, n)
        A singular one is decomposed, too: its last factors are 0.

    Returns
    -------
    Decomposition

    References
    ----------
    G. H. Golub and C. F. Van Loan, "Matrix Computations", 4th ed., 2013, sections 2.4 and 9.4.3.

    Examples
    --------
    >>> from wattlab.insight.geometry.matrices import shear
    >>> found = decompose(shear(2.0))
    >>> [float(np.degrees(turn_of(one).angle_rad)) for one in (found.right, found.left, found.rotation)]
    [-67.5, 22.5, -45.0]
    >>> found.factors
    array([2.41421356, 0.41421356])
    """
    given = read_square(matrix, "matrix")
    left, factors, right = np.linalg.svd(given)
    if factors[0] - factors[-1] <= _EQUAL * factors[0]:
        return _even(given, float(factors[0]))
    signs = np.where(np.diag(left) < 0, -1.0, 1.0)
    left, right = left * signs, right * signs[:, np.newaxis]
    turned = np.sign(np.linalg.det(left)), np.sign(np.linalg.det(right))
    left[:, -1] *= turned[0]
    right[-1] *= turned[1]
    factors[-1] *= turned[0] * turned[1]
    if len(given) == 2:
        # The small singular value of a strong shear is lost in rounding; the determinant is not.
        (a, b), (c, d) = given
        factors[1] = (a * d - b * c) / factors[0]
    return Decomposition(given, left, factors, right)


def turn_of(rotation: ArrayLike) -> Turn:
    """Return by which angle a rotation turns, and around what.

    Parameters
    ----------
    rotation : array-like of shape (2, 2) or (3, 3)
        Orthogonal, of determinant 1.

    Raises
    ------
    wattlab.errors.GeometryError
        If it is no rotation, or has more than 3 dimensions: there it turns in several planes at once.
    """
    matrix = read_square(rotation, "rotation")
    n = len(matrix)
    if n not in {2, 3}:
        raise GeometryError(f"rotation has {n} dimensions; one angle describes it in 2 or 3 only")
    if np.abs(matrix.T @ matrix - np.eye(n)).max() > 1e-9 or np.linalg.det(matrix) < 0:
        raise GeometryError(
            "rotation is not orthogonal with the determinant 1, so that it does not only turn"
        )
    if n == 2:
        return Turn(float(np.arctan2(matrix[1, 0], matrix[0, 0])), None)
    from scipy.spatial.transform import Rotation

    vector = Rotation.from_matrix(matrix).as_rotvec()
    angle = float(np.linalg.norm(vector))
    return Turn(angle, vector / angle if angle else np.array([0.0, 0.0, 1.0]))


def _even(matrix: Floats, factor: float) -> Decomposition:
    """Return the decomposition where all singular values are equal, and any first rotation would do: none is taken."""
    n = len(matrix)
    factors = np.full(n, factor)
    if not factor:
        return Decomposition(matrix, np.eye(n), factors, np.eye(n))
    factors[-1] *= np.sign(np.linalg.det(matrix))
    return Decomposition(matrix, matrix / factors, factors, np.eye(n))


def _steps(*parts: tuple[StepKind, Floats]) -> tuple[Step, ...]:
    total = np.eye(len(parts[0][1]))
    steps = [Step("start", total, total)]
    for kind, matrix in parts:
        total = matrix @ total
        steps.append(Step(kind, matrix, total))
    return tuple(steps)
