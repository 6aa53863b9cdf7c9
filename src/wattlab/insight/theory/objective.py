"""What gradient descent goes down: a loss of some parameters, with its derivatives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]
    Matrix = NDArray[np.float64]

__all__ = ["Objective", "minimum_of"]

_SCATTERED: Final = 8


class Objective(ABC):
    """A loss of a few parameters."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What it is, in a line."""

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """Names of the parameters."""

    @property
    def n_weights(self) -> int:
        """How many parameters, the first ones, are weights: those that weight decay acts on."""
        return len(self.names)

    @abstractmethod
    def values(self, points: Matrix) -> Vector:
        """Return the losses at points.

        Parameters
        ----------
        points : ndarray of shape (n_points, n_parameters)
            Anywhere; float64.

        Returns
        -------
        ndarray of shape (n_points,), float64
            NaN outside the domain.
        """

    @abstractmethod
    def gradient(self, point: Vector) -> Vector:
        """Return ∇L, shape (n_parameters,); NaN outside the domain."""

    @abstractmethod
    def hessian(self, point: Vector) -> Matrix:
        """Return the second derivatives of L, shape (n_parameters, n_parameters)."""

    def is_quadratic(self, point: Vector) -> bool:
        """Tell whether the second derivatives are the same around a point, near and far."""
        here = self.hessian(point)
        draws = np.random.default_rng(0)
        radii = np.geomspace(0.1, 10.0, _SCATTERED)[:, None]
        others = point + radii * draws.normal(size=(_SCATTERED, len(point)))
        scale = max(1.0, float(np.abs(here).max()))
        return all(np.allclose(self.hessian(one), here, rtol=1e-9, atol=1e-9 * scale) for one in others)


def minimum_of(objective: Objective, point: Vector) -> Vector | None:
    """Return the minimum of a quadratic loss by one step of Newton's method; None for any other loss.

    Parameters
    ----------
    objective : Objective
        The loss.
    point : ndarray of shape (n_parameters,)
        Anywhere inside the domain.
    """
    if not objective.is_quadratic(point):
        return None
    curvature = objective.hessian(point)
    eigenvalues = np.linalg.eigvalsh(curvature)
    if eigenvalues[0] <= 1e-12 * eigenvalues[-1]:
        return None
    found: Vector = point - np.linalg.solve(curvature, objective.gradient(point))
    return found
