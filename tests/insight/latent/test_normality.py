"""Tests of Mardia's and the other tests of normality, against R's MVN, SciPy and formulas."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import load_iris

from wattlab.errors import GeometryError
from wattlab.insight.latent import against_standard, axis_tests, mardia


def test_mardia_of_setosa_is_what_r_says() -> None:
    """The values are those of the vignette of R's package MVN: mvn(setosa, mvnTest = "mardia")."""
    found = mardia(load_iris().data[:50])
    assert found.skewness_statistic == pytest.approx(25.6643445196298, rel=1e-9)
    assert found.skewness_p == pytest.approx(0.177185884467652, rel=1e-9)
    assert found.kurtosis_statistic == pytest.approx(1.29499223711605, rel=1e-9)
    assert found.kurtosis_p == pytest.approx(0.195322907441935, rel=1e-9)
    assert found.skewness_degrees == 20


@pytest.mark.parametrize(("n", "d"), [(40, 2), (30, 7)])
def test_mardia_is_its_definition_by_pairs_and_by_moments(n: int, d: int) -> None:
    X = np.random.default_rng(0).gamma(2.0, size=(n, d))
    centred = X - X.mean(axis=0)
    pairs = centred @ np.linalg.inv(centred.T @ centred / n) @ centred.T
    found = mardia(X)
    assert found.skewness == pytest.approx((pairs**3).mean(), rel=1e-9)
    assert found.kurtosis == pytest.approx((np.diag(pairs) ** 2).mean(), rel=1e-9)


def test_mardia_does_not_change_under_affine_maps() -> None:
    random = np.random.default_rng(1)
    X = random.exponential(size=(60, 3))
    np.testing.assert_allclose(mardia(X @ random.normal(size=(3, 3)) + 5.0), mardia(X), rtol=1e-8)


def test_of_one_dimension_it_is_the_ordinary_skewness_and_kurtosis() -> None:
    X = np.random.default_rng(2).exponential(size=(80, 1))
    found = mardia(X)
    assert found.skewness == pytest.approx(stats.skew(X[:, 0]) ** 2)
    assert found.kurtosis == pytest.approx(stats.kurtosis(X[:, 0], fisher=False))


def test_p_values_of_normal_samples_are_uniform() -> None:
    random = np.random.default_rng(3)
    found = [mardia(random.normal(size=(400, 2))) for _ in range(120)]
    against = [against_standard(random.normal(size=(400, 2))).p for _ in range(120)]
    for values in ([one.skewness_p for one in found], [one.kurtosis_p for one in found], against):
        assert stats.kstest(values, "uniform").pvalue > 0.001


def test_the_divergence_is_the_integral() -> None:
    """KL of a normal distribution, by numbers drawn from it: the mean of the difference of log densities."""
    mean, covariance = np.array([0.5, -1.0]), np.array([[2.0, 0.6], [0.6, 0.5]])
    fitted, standard = stats.multivariate_normal(mean, covariance), stats.multivariate_normal(np.zeros(2))
    drawn = fitted.rvs(200_000, random_state=0)
    expected = (fitted.logpdf(drawn) - standard.logpdf(drawn)).mean()
    found = against_standard(drawn)
    assert found.divergence_nats == pytest.approx(expected, rel=0.01)
    assert found.mean_part_nats == pytest.approx(mean @ mean / 2, rel=0.01)
    assert found.degrees == 5
    assert found.p == 0


def test_each_axis_is_looked_at_as_scipy_does() -> None:
    X = np.random.default_rng(4).normal(1.0, 2.0, size=(50, 2))
    one = axis_tests(X)[1]
    assert one.mean == pytest.approx(X[:, 1].mean())
    assert one.deviation == pytest.approx(X[:, 1].std(ddof=1))
    assert one.normal_p == stats.normaltest(X[:, 1]).pvalue
    assert one.standard_p == stats.kstest(X[:, 1], "norm").pvalue
    assert np.isnan(axis_tests(X[:19])[0].normal_p)


def test_too_few_samples_are_refused() -> None:
    with pytest.raises(GeometryError, match="at least 4 samples"):
        mardia(np.eye(3))
