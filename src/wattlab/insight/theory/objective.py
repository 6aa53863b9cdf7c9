"""What gradient descent goes down: a loss of some parameters, with its derivatives."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]
    Matrix = NDArray[np.float64]

__all__ = ["Objective", "minimum_of"]


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

    @property
    @abstractmethod
    def is_quadratic(self) -> bool:
        """Whether the second derivatives are the same everywhere."""


def minimum_of(objective: Objective, point: Vector) -> Vector | None:
    """Return the minimum of a quadratic loss by one step of Newton's method; None for any other loss.

    Parameters
    ----------
    objective : Objective
        The loss.
    point : ndarray of shape (n_parameters,)
        Anywhere inside the domain.
    """
    if not objective.is_quadratic:
        return None
    curvature = objective.hessian(point)
    eigenvalues = np.linalg.eigvalsh(curvature)
    if eigenvalues[0] <= 1e-12 * eigenvalues[-1]:
        return None
    found: Vector = point - np.linalg.solve(curvature, objective.gradient(point))
    return found
