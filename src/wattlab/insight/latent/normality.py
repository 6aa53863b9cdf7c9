"""Tests of whether samples are normally distributed, and as the standard normal distribution is."""

from __future__ import annotations

from math import nan, sqrt
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from wattlab.insight.geometry.normal import Normal

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["AxisTest", "Mardia", "StandardTest", "against_standard", "axis_tests", "mardia"]

_FEWEST_FOR_K2: Final = 20
"""Below so many samples the K² statistic is far from its distribution."""


class Mardia(NamedTuple):
    """Mardia's tests of multivariate normality: small p speak against it.

    Attributes
    ----------
    skewness : float
        b₁ = mean of (zᵢ·zⱼ)³ over all pairs of whitened samples; 0 where the distribution is symmetric.
    skewness_statistic : float
        n b₁ / 6: chi-square with `skewness_degrees` of freedom for normal samples.
    skewness_degrees : int
        d (d + 1) (d + 2) / 6.
    skewness_p : float
    kurtosis : float
        b₂ = mean of (zᵢ·zᵢ)²; d (d + 2) for a normal distribution.
    kurtosis_statistic : float
        Its distance from there in standard deviations, standard normal for normal samples; above 0: heavier tails.
    kurtosis_p : float
        Two-sided.
    """

    skewness: float
    skewness_statistic: float
    skewness_degrees: int
    skewness_p: float
    kurtosis: float
    kurtosis_statistic: float
    kurtosis_p: float


class StandardTest(NamedTuple):
    """How far the fitted normal distribution is from the standard one.

    Attributes
    ----------
    divergence_nats : float
        KL(N(mean, covariance) ‖ N(0, 1)) = ½ (tr Σ + μᵀμ − d − ln det Σ), with the covariance divided by n.
    mean_part_nats : float
        ½ μᵀμ: what of it comes from the mean alone.
    statistic : float
        2 n times the divergence: the likelihood ratio, chi-square with `degrees` of freedom where both are the same.
    degrees : int
        d (d + 3) / 2: all means, variances and covariances.
    p : float
        Takes the samples as normally distributed.
    """

    divergence_nats: float
    mean_part_nats: float
    statistic: float
    degrees: int
    p: float


class AxisTest(NamedTuple):
    """One number of the code by itself.

    Attributes
    ----------
    mean, deviation : float
        0 and 1 for a standard normal distribution.
    skewness, excess_kurtosis : float
        Both 0 for a normal distribution.
    normal_p : float
        D'Agostino and Pearson's K² test, of any normal distribution; NaN below 20 samples.
    standard_p : float
        Kolmogorov and Smirnov's test, of the standard normal distribution.
    """

    mean: float
    deviation: float
    skewness: float
    excess_kurtosis: float
    normal_p: float
    standard_p: float


def mardia(X: ArrayLike) -> Mardia:
    """Test whether samples come from a multivariate normal distribution.

    Parameters
    ----------
    X : array-like of shape (n_samples, d)
        With more samples than dimensions.

    Returns
    -------
    Mardia
        By the asymptotic distributions, with the covariance divided by n.

    Raises
    ------
    wattlab.errors.GeometryError
        If the covariance of the samples is singular.

    References
    ----------
    K. V. Mardia, "Measures of multivariate skewness and kurtosis with applications", Biometrika 57, 1970.

    Examples
    --------
    >>> found = mardia(np.random.default_rng(0).normal(size=(500, 2)))
    >>> found.skewness_p > 0.05, found.kurtosis_p > 0.05
    (True, True)
    """
    from scipy.stats import chi2, norm

    white = _whitened(X)
    n, d = white.shape
    skewness, degrees = _mean_cube(white), d * (d + 1) * (d + 2) // 6
    kurtosis = float(np.mean(np.square(white).sum(axis=1) ** 2))
    distance = (kurtosis - d * (d + 2)) / sqrt(8 * d * (d + 2) / n)
    return Mardia(
        skewness,
        n * skewness / 6,
        degrees,
        float(chi2.sf(n * skewness / 6, degrees)),
        kurtosis,
        distance,
        2 * float(norm.sf(abs(distance))),
    )


def against_standard(X: ArrayLike) -> StandardTest:
    """Compare the normal distribution fitted to samples with mean 0 and covariance 1.

    Parameters
    ----------
    X : array-like of shape (n_samples, d)
        With more samples than dimensions.

    References
    ----------
    K. V. Mardia, J. T. Kent and J. M. Bibby, "Multivariate analysis", 1979, section 5.3.

    Examples
    --------
    >>> against_standard([[1.0], [3.0], [2.0], [2.0]]).mean_part_nats
    2.0
    """
    from scipy.stats import chi2

    fitted = Normal.from_samples(X)
    n, d = np.shape(X)
    covariance = fitted.covariance * (n - 1) / n
    _, log_det = np.linalg.slogdet(covariance)
    mean_part = float(fitted.mean @ fitted.mean) / 2
    divergence = mean_part + (float(np.trace(covariance)) - d - float(log_det)) / 2
    degrees = d * (d + 3) // 2
    return StandardTest(
        divergence, mean_part, 2 * n * divergence, degrees, float(chi2.sf(2 * n * divergence, degrees))
    )


def axis_tests(X: ArrayLike) -> tuple[AxisTest, ...]:
    """Look at each coordinate of samples by itself.

    Parameters
    ----------
    X : array-like of shape (n_samples, d)
        No coordinate may be constant.
    """
    return tuple(_axis_test(column) for column in np.asarray(X, float).T)


def _axis_test(column: Floats) -> AxisTest:
    from scipy.stats import kstest, kurtosis, normaltest, skew

    return AxisTest(
        float(column.mean()),
        float(column.std(ddof=1)),
        float(skew(column)),
        float(kurtosis(column)),
        float(normaltest(column).pvalue) if len(column) >= _FEWEST_FOR_K2 else nan,
        float(kstest(column, "norm").pvalue),
    )


def _whitened(X: ArrayLike) -> Floats:
    """Return samples of mean 0 and of covariance 1, that divided by n."""
    fitted = Normal.from_samples(X)
    samples = np.asarray(X, float)
    n = len(samples)
    white: Floats = (samples - fitted.mean) @ fitted.whitening("pca").T * sqrt(n / (n - 1))
    return white


def _mean_cube(white: Floats) -> float:
    """Return the mean of (zᵢ·zⱼ)³ over all pairs, by way of pairs or of third moments, whichever are fewer."""
    n, d = white.shape
    if n < d * d:
        return float(np.sum([((white @ row) ** 3).sum() for row in white]) / n**2)
    moments = [(white * column[:, np.newaxis]).T @ white / n for column in white.T]
    return float(np.sum([np.square(one).sum() for one in moments]))
