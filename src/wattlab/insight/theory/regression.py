"""Linear regression: its squared loss as a function of the parameters, and the talk's worked example."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np

from wattlab.data.batches import batch_bounds, order
from wattlab.data.synthetic import linear_regression
from wattlab.errors import DataError, ParameterError
from wattlab.insight.theory.objective import Objective

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Vector = NDArray[np.float64]
    Matrix = NDArray[np.float64]

__all__ = ["TALK_EPOCHS", "TALK_RATE", "TALK_SAMPLES", "LeastSquares", "Reduction", "mini_batches", "talk"]

Reduction = Literal["sum", "mean"]

TALK_SAMPLES: Final = 50
TALK_EPOCHS: Final = 100
TALK_RATE: Final = 0.01
"""With the summed loss it diverges: the stable step is about a tenth of it."""


@dataclass(frozen=True, eq=False)
class LeastSquares(Objective):
    """L(a, b) = Σ (a·x + b − y)² over the samples, or its mean.

    Parameters
    ----------
    features : ndarray of shape (n_samples, n_features)
    targets : ndarray of shape (n_samples,)
    reduction : {"sum", "mean"}
        The stable step for the mean is n_samples times that for the sum.
    intercept : bool
        Whether there is a b, which is the last parameter then.

    References
    ----------
    V. Antun, "A Practical Guide to Deep Learning at the Department of Mathematics", University of Oslo, 2019,
    slides 43 and 58: no factor of ½.

    Examples
    --------
    >>> loss = LeastSquares(np.array([[1.0], [3.0]]), np.array([2.0, 2.0]))
    >>> loss.names, loss.values(np.array([[1.0, 1.0]])), loss.gradient(np.array([1.0, 1.0]))
    (('a1', 'b'), array([4.]), array([12.,  4.]))
    """

    features: Matrix
    targets: Vector
    reduction: Reduction = "sum"
    intercept: bool = True

    def __post_init__(self) -> None:
        shapes = self.features.shape, self.targets.shape
        if self.features.ndim != 2 or shapes[1] != shapes[0][:1] or not self.targets.size:
            msg = f"features and targets have shapes {shapes[0]} and {shapes[1]}; expected (n, k) and (n,), n >= 1"
            raise DataError(msg)
        if not (np.isfinite(self.features).all() and np.isfinite(self.targets).all()):
            raise DataError("features or targets hold numbers that are not finite; leave these samples out")
        if self.reduction not in get_args(Reduction):
            raise ParameterError(f"the reduction is {self.reduction!r}; expected 'sum' or 'mean'")

    @property
    def title(self) -> str:
        """What it is, in a line."""
        kind = "mean squared error" if self.reduction == "mean" else "sum of squared errors"
        return f"linear regression, {len(self.targets)} samples, {kind}"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters: a1, a2, … and b."""
        slopes = (f"a{place + 1}" for place in range(self.features.shape[1]))
        return (*slopes, *(["b"] if self.intercept else []))

    @property
    def n_weights(self) -> int:
        """How many parameters are weights: all but b."""
        return int(self.features.shape[1])

    @cached_property
    def design(self) -> Matrix:
        """The samples with a column of ones for b, shape (n_samples, n_parameters)."""
        if not self.intercept:
            return self.features
        return np.column_stack([self.features, np.ones(len(self.targets))])

    @property
    def is_quadratic(self) -> bool:
        """It is."""
        return True

    @property
    def _share(self) -> float:
        return 1.0 / len(self.targets) if self.reduction == "mean" else 1.0

    def values(self, points: Matrix) -> Vector:
        """Return the losses at points; see `Objective.values`."""
        errors = self.design @ points.T - self.targets[:, None]
        found: Vector = self._share * np.square(errors).sum(axis=0)
        return found

    def gradient(self, point: Vector) -> Vector:
        """Return 2 Aᵀ(Aθ − y), or its mean, for the design matrix A."""
        found: Vector = 2.0 * self._share * (self.design.T @ (self.design @ point - self.targets))
        return found

    def hessian(self, point: Vector) -> Matrix:  # noqa: ARG002 (it is the same everywhere)
        """Return 2 AᵀA, or its mean, for the design matrix A."""
        found: Matrix = 2.0 * self._share * (self.design.T @ self.design)
        return found

    def part(self, rows: NDArray[np.int64]) -> LeastSquares:
        """Return the loss of some of the samples, by index."""
        return replace(self, features=self.features[rows], targets=self.targets[rows])


def mini_batches(whole: LeastSquares, batch_size: int, seed: int) -> Iterator[LeastSquares]:
    """Yield the losses of mini-batches, epoch after epoch without end, in the order in which a training takes them.

    Parameters
    ----------
    whole : LeastSquares
        The loss of all samples.
    batch_size : int
        Samples in a batch, at least 1 and at most all.
    seed : int
        Decides the order, which is drawn anew for each epoch.
    """
    n_samples, epoch = len(whole.targets), 0
    while True:
        rows = order(seed, epoch, n_samples)
        for start, stop in batch_bounds(n_samples, batch_size):
            yield whole.part(rows[start:stop])
        epoch += 1


def talk(
    *, reduction: Reduction = "sum", noise: float = 0.0, seed: int = 0
) -> tuple[LeastSquares, NDArray[np.float64]]:
    """Return the talk's worked example: its loss, and the start.

    50 samples of y = 4 x₁ − 5 x₂ + 3 x₃ + 2 with x₁ normal, x₂ uniform and x₃ chi-squared (3).

    Parameters
    ----------
    reduction : {"sum", "mean"}
        The talk has the sum.
    noise : float
        Standard deviation of what is added to y; the talk has none.
    seed : int
        Decides samples and start.

    Returns
    -------
    loss : LeastSquares
    start : ndarray of shape (4,)
        Slopes from a standard normal distribution, and 0 for b.

    References
    ----------
    V. Antun, as for `LeastSquares`, slides 55 to 58.
    """
    drawn = linear_regression(samples=TALK_SAMPLES, test_samples=1, noise=noise, seed=seed)
    slopes = np.random.default_rng([seed, 1]).normal(size=3)
    loss = LeastSquares(drawn.train.features, drawn.train.labels.astype(np.float64), reduction)
    return loss, np.append(slopes, 0.0)
