"""Empirical risk: the mean cost of any model on data, as a function of one or two of its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from wattlab.errors import DataError, ParameterError
from wattlab.insight.theory.surface import over_grid
from wattlab.recipe.problems import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import ArrayLike, NDArray

    from wattlab.insight.theory.surface import LossSurface

    Vector = NDArray[np.float64]

__all__ = ["COSTS", "CostName", "empirical_risk", "risk_surface"]

CostName = Literal["squared", "absolute", "zero-one", "logistic"]


def _squared(outputs: Vector, labels: NDArray[Any]) -> Vector:
    found: Vector = np.square(outputs - labels)
    return found


def _absolute(outputs: Vector, labels: NDArray[Any]) -> Vector:
    found: Vector = np.abs(outputs - labels)
    return found


def _zero_one(outputs: NDArray[Any], labels: NDArray[Any]) -> Vector:
    return np.asarray(outputs != labels, np.float64)


def _logistic(outputs: Vector, labels: NDArray[Any]) -> Vector:
    found: Vector = np.logaddexp(0.0, outputs) - labels * outputs
    return found


COSTS: Final[dict[str, Callable[[Any, Any], Vector]]] = {
    "squared": _squared,
    "absolute": _absolute,
    "zero-one": _zero_one,
    "logistic": _logistic,
}
"""Costs of a sample by outputs and labels: (f − y)², |f − y|, 1 where f ≠ y, and −ln of the probability σ(f) for y = 1
or 1 − σ(f) for y = 0."""


def empirical_risk(outputs: ArrayLike, y: ArrayLike, cost: CostName = "squared") -> float:
    """Return the mean cost over the samples: R_S(f) = 1/|S| Σ C(f, z).

    Parameters
    ----------
    outputs : array-like of shape (n_samples,)
        What the model says: numbers, classes for "zero-one", logits for "logistic".
    y : array-like of shape (n_samples,)
        What is right; 0 or 1 for "logistic".
    cost : {"squared", "absolute", "zero-one", "logistic"}
        Of one sample.

    Raises
    ------
    wattlab.errors.ParameterError
        If the cost is unknown.
    wattlab.errors.DataError
        If there are no samples, or outputs and labels differ in shape.

    References
    ----------
    S. Shalev-Shwartz, S. Ben-David, "Understanding Machine Learning", Cambridge University Press, 2014, chapter 2.

    Examples
    --------
    >>> empirical_risk([1.0, 2.0, 3.0], [1.0, 2.0, 6.0]), empirical_risk([0, 1, 1], [0, 1, 0], "zero-one")
    (3.0, 0.333...)
    """
    if cost not in COSTS:
        raise ParameterError(
            f"there is no cost {cost!r}{nearest(cost, list(COSTS))}; known are {', '.join(COSTS)}"
        )
    given, labels = np.asarray(outputs), np.asarray(y)
    if given.shape != labels.shape or not labels.size:
        msg = f"outputs have shape {given.shape}, labels {labels.shape}; expected the same, with at least one sample"
        raise DataError(msg)
    if cost == "logistic" and not np.isin(labels, (0, 1)).all():
        raise DataError("the cost 'logistic' needs labels 0 and 1; map the classes to them")
    with np.errstate(over="ignore"):
        return float(COSTS[cost](given, labels).mean())


def risk_surface(
    predict: Callable[[Vector, Any], ArrayLike],
    X: ArrayLike,
    y: ArrayLike,
    over: Mapping[str, tuple[float, float]],
    *,
    cost: CostName = "squared",
    n_points: int = 61,
) -> LossSurface:
    """Return the empirical risk of a model as a function of one or two of its parameters.

    Parameters
    ----------
    predict : callable (parameters, X) -> array-like of shape (n_samples,)
        The model; `parameters` has shape (1,) or (2,), in the order of `over`.
    X : array-like of shape (n_samples, …)
        What `predict` takes.
    y : array-like of shape (n_samples,)
        What is right.
    over : mapping of str to (float, float)
        Names of the parameters, and the ends between which each is varied.
    cost : {"squared", "absolute", "zero-one", "logistic"}
        Of one sample.
    n_points : int
        Along each parameter: the model is asked `n_points` or `n_points`² times.

    Raises
    ------
    wattlab.errors.UserError
        As `empirical_risk` and `over_grid`.

    Examples
    --------
    >>> X = np.array([0.0, 1.0, 2.0])
    >>> found = risk_surface(lambda w, x: w[0] * x, X, 2 * X, {"w": (0, 4)}, n_points=5)
    >>> found.losses.round(6).tolist()
    [6.666667, 1.666667, 0.0, 1.666667, 6.666667]
    """
    given, labels = np.asarray(X), np.asarray(y)

    def risks(points: Vector) -> Vector:
        return np.array([empirical_risk(predict(point, given), labels, cost) for point in points])

    return over_grid(
        risks, over, f"Empirical risk: {cost} cost, mean over {len(labels)} samples", {}, n_points
    )
