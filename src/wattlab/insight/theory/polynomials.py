"""Least-squares polynomials on many data sets at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Vector = NDArray[np.float64]
    Matrix = NDArray[np.float64]

__all__ = ["Draws", "Fitted", "best_risks", "fitted", "nodes"]

_NODES: Final = 128


class Draws(NamedTuple):
    """Data sets of the same kind.

    Attributes
    ----------
    x, y : ndarray of shape (n_sets, n_samples)
        Inputs, and noisy values.
    clean : ndarray of shape (n_sets, n_samples)
        The values without noise.
    new_noise : ndarray of shape (n_sets, n_nodes)
        Noise of new samples at the nodes, one a data set.
    """

    x: Matrix
    y: Matrix
    clean: Matrix
    new_noise: Matrix

    @classmethod
    def make(
        cls,
        function: Callable[[Vector], Vector],
        samples: int,
        noise: float,
        repeats: int,
        *,
        even: bool,
        seed: int,
    ) -> Draws:
        """Draw them."""
        draws = np.random.default_rng(seed)
        shape = (repeats, samples)
        x = (
            np.tile(np.linspace(-1.0, 1.0, samples), (repeats, 1))
            if even
            else draws.uniform(-1.0, 1.0, shape)
        )
        clean = function(x)
        y = clean + noise * draws.normal(size=shape)
        return cls(x, y, clean, noise * draws.normal(size=(repeats, _NODES)))

    @property
    def alike(self) -> bool:
        """Whether all data sets have the same inputs."""
        return bool((self.x == self.x[0]).all())

    def new_targets(self, truth: Vector) -> Matrix:
        """Return new noisy values at the nodes, shape (n_sets, n_nodes)."""
        return truth + self.new_noise


class Fitted(NamedTuple):
    """Fits of one degree.

    Attributes
    ----------
    noisy : ndarray of shape (n_sets, n_points)
        What the fits to the data sets give.
    noise_free : ndarray of shape (n_sets, n_points)
        What fits to the same inputs without noise give. A fit is linear in the values, so this is its mean over the
        noise, without the error that a mean over draws of noise has.
    training_error : float
        Mean squared error of the fits on their own samples.
    """

    noisy: Matrix
    noise_free: Matrix
    training_error: float


def nodes() -> tuple[Vector, Vector]:
    """Return places from −1 to 1 and weights that add up to 1: Gauss and Legendre's quadrature."""
    where, weights = np.polynomial.legendre.leggauss(_NODES)
    return where, weights / 2.0


def fitted(draws: Draws, degree: int, where: Vector) -> Fitted:
    """Fit a polynomial to every data set.

    Parameters
    ----------
    draws : Draws
        The data sets.
    degree : int
        Of the polynomials.
    where : ndarray of shape (n_points,)
        Where they are evaluated.
    """
    if draws.alike:
        at, on = _fit(draws.x[0], np.concatenate([draws.y, draws.clean]).T, degree, where)
        noisy, noise_free = np.split(at.T, 2)
        errors = on.T[: len(draws.y)] - draws.y
        return Fitted(noisy, noise_free, float(np.square(errors).mean()))
    noisy, noise_free = np.empty((2, len(draws.x), len(where)))
    squares = 0.0
    for place, (x, y, clean) in enumerate(zip(draws.x, draws.y, draws.clean, strict=True)):
        at, on = _fit(x, np.column_stack([y, clean]), degree, where)
        noisy[place], noise_free[place] = at.T
        squares += float(np.square(on[:, 0] - y).mean())
    return Fitted(noisy, noise_free, squares / len(draws.x))


def _fit(x: Vector, targets: Matrix, degree: int, where: Vector) -> tuple[Matrix, Matrix]:
    """Return the fits to each column of targets at other places and on the samples."""
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures

    model = make_pipeline(
        PolynomialFeatures(degree, include_bias=True), LinearRegression(fit_intercept=False)
    )
    model.fit(x[:, None], targets)
    return model.predict(where[:, None]), model.predict(x[:, None])


def best_risks(function: Callable[[Vector], Vector], max_degree: int) -> Vector:
    """Return the mean squared distance of a function from the nearest polynomial of each degree, from −1 to 1.

    Legendre's polynomials are orthogonal there, so each takes away its own share.

    Examples
    --------
    >>> best_risks(lambda x: x, 1).round(12).tolist()
    [0.333333333333, 0.0]
    """
    where, weights = nodes()
    truth = function(where)
    columns = np.polynomial.legendre.legvander(where, max_degree) * np.sqrt(
        2.0 * np.arange(max_degree + 1) + 1.0
    )
    shares = np.square(columns.T @ (weights * truth))
    left: Vector = np.square(truth) @ weights - np.cumsum(shares)
    return np.maximum(left, 0.0)
