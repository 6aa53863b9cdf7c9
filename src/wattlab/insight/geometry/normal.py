"""Multivariate normal distributions: fitted, evaluated, sampled, whitened, cut and projected."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, final

import numpy as np

from wattlab.errors import GeometryError
from wattlab.insight.geometry.checks import read_matrix, read_points, read_vector
from wattlab.insight.geometry.covariance import read_covariance
from wattlab.insight.geometry.ellipse import Ellipse
from wattlab.insight.geometry.ellipsoid import Ellipsoid
from wattlab.insight.geometry.normal_maps import NormalMaps, normal_maps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Normal", "Whitening"]

Whitening = Literal["zca", "pca", "cholesky"]


@final
@dataclass(frozen=True, eq=False)
class Normal:
    """A normal distribution in n dimensions.

    Attributes
    ----------
    mean : ndarray of shape (n,)
    covariance : ndarray of shape (n, n)
        Regular.

    Examples
    --------
    >>> normal = Normal(np.zeros(2), np.array([[5.0, 2.0], [2.0, 1.0]]))
    >>> normal.mahalanobis([[2.0, 1.0]])
    array([1.])
    >>> normal.as_map().shear[2].matrix.round(12)
    array([[1. , 0. ],
           [0.4, 1. ]])
    """

    mean: Floats
    covariance: Floats

    def __post_init__(self) -> None:
        n = len(read_vector(self.mean, "mean"))
        found = read_covariance(self.covariance, "covariance", n)
        object.__setattr__(self, "mean", read_vector(self.mean, "mean"))
        object.__setattr__(self, "covariance", found.matrix)

    @classmethod
    def standard(cls, n_dimensions: int) -> Normal:
        """Return the one of mean 0 and covariance 1.

        Parameters
        ----------
        n_dimensions : int
            Of the space it lives in.
        """
        return cls(np.zeros(n_dimensions), np.eye(n_dimensions))

    @classmethod
    def from_samples(cls, X: ArrayLike) -> Normal:
        """Return the one with the mean and the unbiased covariance of samples.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            A sample a row.

        Raises
        ------
        wattlab.errors.GeometryError
            If there are too few samples for a regular covariance (at least n_features + 1), or features are constant or
            follow from others.
        """
        samples = read_points(X, "X")
        n_samples, n_features = samples.shape
        if n_samples < n_features + 1:
            raise GeometryError(
                f"X has {n_samples} samples of {n_features} features; a covariance of {n_features} features needs at "
                f"least {n_features + 1} samples, and many more to be near the true one"
            )
        constant = np.flatnonzero(np.ptp(samples, axis=0) == 0)
        if constant.size:
            raise GeometryError(
                f"X has features that are the same in all samples: {', '.join(map(str, constant))} (counted from 0); "
                "leave them out, or no normal distribution with a density can be fitted"
            )
        covariance = np.atleast_2d(np.cov(samples, rowvar=False))
        return cls(samples.mean(axis=0), read_covariance(covariance, "the covariance of X").matrix)

    @property
    def n_dimensions(self) -> int:
        """Of the space it lives in."""
        return len(self.mean)

    def mahalanobis(self, X: ArrayLike) -> Floats:
        """Return how far points are from the mean, counted in standard deviations of their direction.

        Parameters
        ----------
        X : array-like of shape (n_points, n)
            A point a row.

        Returns
        -------
        ndarray of shape (n_points,)
            Unit: standard deviations.
        """
        away = read_points(X, "X", self.n_dimensions) - self.mean
        distances: Floats = np.linalg.norm(np.linalg.solve(self._cholesky(), away.T), axis=0)
        return distances

    def log_density(self, X: ArrayLike) -> Floats:
        """Return the natural logarithm of the density at points.

        Parameters
        ----------
        X : array-like of shape (n_points, n)
            A point a row.

        Returns
        -------
        ndarray of shape (n_points,)
        """
        log_root = float(np.log(np.diag(self._cholesky())).sum())
        return -0.5 * (self.n_dimensions * math.log(2.0 * math.pi) + self.mahalanobis(X) ** 2) - log_root

    def sample(self, n: int, seed: int) -> Floats:
        """Return random samples.

        Parameters
        ----------
        n : int
            How many.
        seed : int
            The same seed gives the same samples.

        Returns
        -------
        ndarray of shape (n, n_dimensions)
        """
        standard = np.random.default_rng(seed).standard_normal((n, self.n_dimensions))
        return self.mean + standard @ self._cholesky().T

    def whitening(self, kind: Whitening = "zca") -> Floats:
        """Return W such that W (x − mean) has the covariance 1.

        Parameters
        ----------
        kind : {"zca", "pca", "cholesky"}, optional
            "zca": the symmetric one, which moves samples least. "pca": along the main axes, the widest first.
            "cholesky": a lower triangle, so that each feature depends on itself and those before only.

        Returns
        -------
        ndarray of shape (n, n)

        References
        ----------
        A. Kessy, A. Lewin and K. Strimmer, "Optimal whitening and decorrelation", The American Statistician 72, 2018.
        """
        if kind == "cholesky":
            return np.asarray(np.linalg.inv(self._cholesky()), np.float64)
        found = read_covariance(self.covariance, "covariance")
        along = (found.directions / np.sqrt(found.variances)).T
        if kind == "pca":
            return along
        if kind == "zca":
            return found.directions @ along
        raise GeometryError(f"kind is {kind!r}; expected 'zca', 'pca' or 'cholesky'")

    def image(self, matrix: ArrayLike, shift: ArrayLike | None = None) -> Normal:
        """Return the distribution of M x + shift.

        Parameters
        ----------
        matrix : array-like of shape (n_out, n)
            M, of full row rank.
        shift : array-like of shape (n_out,), optional
            Left out: 0.
        """
        mapped = read_matrix(matrix, "matrix", self.n_dimensions)
        moved = np.zeros(len(mapped)) if shift is None else read_vector(shift, "shift", len(mapped))
        return Normal(mapped @ self.mean + moved, mapped @ self.covariance @ mapped.T)

    def region(self, confidence: float = 0.95, axes: tuple[int, int] = (0, 1)) -> Ellipse:
        """Return the ellipse in which a share of the distribution of two coordinates lies.

        Parameters
        ----------
        confidence : float, optional
            That share. Unit: 1.
        axes : (int, int), optional
            The two coordinates, counted from 0.
        """
        flat = self.marginal(axes)
        if flat.n_dimensions != 2:
            raise GeometryError(f"axes are {tuple(axes)}; expected two coordinates")
        return Ellipse.from_covariance(flat.mean, flat.covariance, confidence)

    def ellipsoid(self, confidence: float = 0.95) -> Ellipsoid:
        """Return the ellipsoid in which a share of the distribution lies.

        Parameters
        ----------
        confidence : float, optional
            That share. Unit: 1.

        Notes
        -----
        Its shadow on two coordinates is larger than `region` of the same share: fewer coordinates hold more easily.
        """
        return Ellipsoid.from_covariance(self.mean, self.covariance, confidence)

    def marginal(self, axes: Sequence[int]) -> Normal:
        """Return the distribution of some coordinates, whatever the others are.

        Parameters
        ----------
        axes : sequence of int
            Coordinates that stay, counted from 0, in the order wanted.
        """
        chosen = self._chosen(axes)
        return Normal(self.mean[chosen], self.covariance[np.ix_(chosen, chosen)])

    def conditional(self, axes: Sequence[int], values: ArrayLike) -> Normal:
        """Return the distribution of all other coordinates once some are known.

        Parameters
        ----------
        axes : sequence of int
            Known coordinates, counted from 0; at least one is left.
        values : array-like of shape (n_known,)
            Their values.
        """
        known = self._chosen(axes)
        others = [place for place in range(self.n_dimensions) if place not in known]
        if not others:
            raise GeometryError("all coordinates are known, so that nothing is left to be distributed")
        across = self.covariance[np.ix_(others, known)]
        gain = np.linalg.solve(self.covariance[np.ix_(known, known)], across.T).T
        mean = self.mean[others] + gain @ (read_vector(values, "values", len(known)) - self.mean[known])
        return Normal(mean, self.covariance[np.ix_(others, others)] - gain @ across.T)

    def as_map(self, n_samples: int = 400, seed: int = 0) -> NormalMaps:
        """Return how a standard normal distribution becomes this one: by a shear, and by a rotation.

        Parameters
        ----------
        n_samples : int, optional
            Samples to follow step by step.
        seed : int, optional
            Of the samples.
        """
        return normal_maps(self.mean, self.covariance, n_samples, seed)

    def _chosen(self, axes: Sequence[int]) -> list[int]:
        chosen = [int(one) for one in axes]
        if not chosen or len(set(chosen)) != len(chosen) or not set(chosen) <= set(range(self.n_dimensions)):
            raise GeometryError(
                f"axes are {tuple(chosen)}; expected different coordinates from 0 to {self.n_dimensions - 1}"
            )
        return chosen

    def _cholesky(self) -> Floats:
        return np.asarray(np.linalg.cholesky(self.covariance), np.float64)
