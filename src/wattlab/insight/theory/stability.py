"""The largest stable learning rate, from the curvature of the loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from wattlab.insight.theory.rules import momentum_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from wattlab.insight.theory.objective import Objective
    from wattlab.recipe.optimizer import Optimizer

    Vector = NDArray[np.float64]

__all__ = ["Curvature", "StableRate", "curvature_at", "stable_rate"]

_FLAT: Final = 1e-12


class Curvature(NamedTuple):
    """How a loss bends at a point.

    Attributes
    ----------
    at : ndarray of shape (n_parameters,)
        The point.
    eigenvalues : ndarray of shape (n_parameters,)
        Of the Hessian there, ascending; NaN where it is not finite. Unit: loss / parameter².
    exact : bool
        The loss is quadratic, so that they are the same everywhere.
    """

    at: NDArray[np.float64]
    eigenvalues: NDArray[np.float64]
    exact: bool

    @property
    def largest(self) -> float:
        """λmax."""
        return float(self.eigenvalues[-1])

    @property
    def condition(self) -> float | None:
        """λmax / λmin: how many times narrower than long the valley is, squared; None where it is no valley."""
        lowest = float(self.eigenvalues[0])
        return self.largest / lowest if lowest > _FLAT * self.largest else None


class StableRate(NamedTuple):
    """The learning rate above which steps grow.

    Attributes
    ----------
    rate : float or None
        The bound, not stable itself. Unit: loss⁻¹ · parameter². None where there is none.
    formula : str
        How it comes from λmax.
    reason : str
        Why there is none; empty where there is one.
    """

    rate: float | None
    formula: str
    reason: str


def curvature_at(objective: Objective, point: Vector) -> Curvature:
    """Return the eigenvalues of the Hessian at a point.

    Examples
    --------
    >>> from wattlab.insight.theory.regression import LeastSquares
    >>> curvature_at(LeastSquares(np.eye(2), np.zeros(2), intercept=False), np.zeros(2)).largest
    2.0
    """
    hessian = objective.hessian(point)
    known = np.isfinite(hessian).all()
    eigenvalues = np.linalg.eigvalsh(hessian).astype(np.float64) if known else np.full(len(point), np.nan)
    return Curvature(point, eigenvalues, objective.is_quadratic)


def _classical(gamma: float) -> float:
    return 2.0 * (1.0 + gamma)


def _nesterov(gamma: float) -> float:
    return 2.0 * (1.0 + gamma) / (1.0 + 2.0 * gamma)


def _one_step(gamma: float) -> float:
    return min(1.0 / gamma, 2.0 / (1.0 - gamma)) if gamma else 2.0


_FACTORS: Final[dict[str, tuple[Callable[[float], float], str]]] = {
    "gd": (lambda _: 2.0, "2/λmax"),
    "sgd": (lambda _: 2.0, "2/λmax"),
    "momentum": (_classical, "2 (1 + γ)/λmax"),
    "nesterov": (_nesterov, "2 (1 + γ)/((1 + 2γ) λmax)"),
    "momentum-one-step": (_one_step, "min(1/γ, 2/(1 − γ))/λmax"),
}
"""The bound times λmax by γ: where the roots of the recursion along the steepest eigenvector leave the unit circle."""


def stable_rate(optimizer: Optimizer, curvature: Curvature) -> StableRate:
    """Return the learning rate from which on the optimizer leaves a minimum of this curvature.

    Parameters
    ----------
    optimizer : Optimizer
        Its momentum counts, not its learning rate.
    curvature : Curvature
        Of the loss at the minimum, or anywhere if the loss is quadratic.

    References
    ----------
    B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", USSR Computational Mathematics
    and Mathematical Physics 4, 1964; for Nesterov's and the one-step form by the same reasoning: z² − (1 + γ)(1 − ηλ) z
    + γ (1 − ηλ) and z² − (1 − ηλ) z + γηλ must have both roots inside the unit circle.

    Examples
    --------
    >>> from wattlab.insight.theory.rules import make_optimizer
    >>> steep = Curvature(np.zeros(2), np.array([2.0, 8.0]), True)
    >>> stable_rate(make_optimizer("gd", 0.1), steep).rate, stable_rate(make_optimizer("momentum", 0.1), steep).rate
    (0.25, 0.475)
    """
    kind = optimizer.kind
    if kind not in _FACTORS:
        return StableRate(
            None, "", "steps are divided by the size of the gradient, so λmax alone sets no bound"
        )
    factor, formula = _FACTORS[kind]
    reason = _no_bound(curvature)
    return StableRate(None if reason else factor(momentum_of(optimizer)) / curvature.largest, formula, reason)


def _no_bound(curvature: Curvature) -> str:
    lowest, largest = float(curvature.eigenvalues[0]), curvature.largest
    if not np.isfinite(curvature.eigenvalues).all():
        return "the curvature there is not a finite number"
    if lowest < -_FLAT * max(largest, -lowest):
        return f"the loss bends down there (lowest eigenvalue {lowest:.4g}), so no rate keeps the steps from growing"
    return "" if largest > 0 else "the loss does not bend there, so steps never grow"
