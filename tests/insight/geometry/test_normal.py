"""Normal distributions against scipy and scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal
from sklearn.covariance import EmpiricalCovariance

from wattlab.errors import GeometryError
from wattlab.insight.geometry import Normal

if TYPE_CHECKING:
    from collections.abc import Callable

quick = settings(max_examples=25, deadline=None)


def some(seed: int, n: int) -> Normal:
    random = np.random.default_rng(seed)
    root = random.normal(size=(n, n)) + 2.0 * np.eye(n)
    return Normal(random.normal(size=n), root @ root.T)


@quick
@given(st.integers(0, 10_000), st.integers(1, 5))
def test_density_and_distance_are_those_of_scipy_and_scikit_learn(seed: int, n: int) -> None:
    normal = some(seed, n)
    X = np.random.default_rng(seed).normal(size=(7, n))
    expected = multivariate_normal(normal.mean, normal.covariance).logpdf(X)
    assert normal.log_density(X) == pytest.approx(np.atleast_1d(expected), rel=1e-6, abs=1e-6)
    reference = EmpiricalCovariance()
    reference.location_, reference.precision_ = normal.mean, np.linalg.inv(normal.covariance)
    assert normal.mahalanobis(X) ** 2 == pytest.approx(reference.mahalanobis(X), rel=1e-6)


@quick
@given(st.integers(0, 10_000), st.integers(1, 5))
def test_every_map_makes_the_covariance_of_a_standard_normal(seed: int, n: int) -> None:
    normal = some(seed, n)
    maps = normal.as_map()
    size = np.abs(normal.covariance).max()
    for way in maps:
        last = way[-1]
        assert last.total @ last.total.T == pytest.approx(normal.covariance, abs=1e-9 * size)
        assert last.samples == pytest.approx(way[0].samples @ last.total.T + normal.mean, abs=1e-9 * size)
    (_, scaled, sheared, _), (_, stretched, turned, _) = maps
    for step in (scaled, stretched):
        assert np.array_equal(step.matrix, np.diag(step.matrix.diagonal()))
    assert np.linalg.det(turned.matrix) == pytest.approx(1.0)
    assert turned.matrix.T @ turned.matrix == pytest.approx(np.eye(n), abs=1e-8)
    assert np.array_equal(sheared.matrix.diagonal(), np.ones(n))
    assert not np.triu(sheared.matrix, 1).any()
    first = np.linalg.solve(turned.total, sheared.total)
    assert first @ first.T == pytest.approx(np.eye(n), abs=1e-5), "they differ by a rotation applied first"


@pytest.mark.parametrize("kind", ["zca", "pca", "cholesky"])
def test_whitened_samples_have_the_covariance_1(kind: Any) -> None:
    normal = some(3, 4)
    white = normal.whitening(kind)
    assert white @ normal.covariance @ white.T == pytest.approx(np.eye(4), abs=1e-10)
    if kind == "zca":
        assert white == pytest.approx(white.T)


def test_a_fit_is_mean_and_unbiased_covariance_and_samples_follow_it() -> None:
    X = some(1, 3).sample(4000, seed=5)
    fitted = Normal.from_samples(X)
    assert fitted.mean == pytest.approx(X.mean(axis=0))
    assert fitted.covariance == pytest.approx(np.cov(X.T))
    assert fitted.covariance == pytest.approx(some(1, 3).covariance, rel=0.15, abs=0.3)
    assert np.array_equal(fitted.sample(4, seed=1), fitted.sample(4, seed=1))
    assert fitted.region(0.9, (0, 2)).contains(X[:, [0, 2]]).mean() == pytest.approx(0.9, abs=0.02)
    assert fitted.ellipsoid(0.9).contains(X).mean() == pytest.approx(0.9, abs=0.02)
    assert fitted.ellipsoid(0.9).shadow((0, 2)).area > fitted.region(0.9, (0, 2)).area


@quick
@given(st.integers(0, 10_000))
def test_marginal_times_conditional_is_the_joint_density(seed: int) -> None:
    joint = some(seed, 4)
    x = np.random.default_rng(seed).normal(size=4)
    part = joint.marginal([3, 1]).log_density([x[[3, 1]]])
    rest = joint.conditional([3, 1], x[[3, 1]]).log_density([x[[0, 2]]])
    assert part + rest == pytest.approx(joint.log_density([x]), rel=1e-6, abs=1e-6)


def test_an_image_is_that_of_its_samples() -> None:
    normal, matrix = some(2, 3), np.array([[1.0, 2.0, 0.0], [0.0, 1.0, -1.0]])
    found = normal.image(matrix, [1.0, 2.0])
    assert found.mean == pytest.approx(matrix @ normal.mean + [1.0, 2.0])
    assert found.covariance == pytest.approx(matrix @ normal.covariance @ matrix.T)
    assert np.array_equal(Normal.standard(2).covariance, np.eye(2))


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.ones((3, 5)), "3 samples of 5 features; a covariance of 5 features needs at least 6"),
        (np.column_stack([np.arange(9.0), np.ones(9)]), "the same in all samples: 1 "),
        (np.column_stack([np.arange(9.0), 2 * np.arange(9.0)]), "covariance of X is singular: it has rank 1"),
        ([[1.0, np.nan]] * 4, "not a finite number"),
        ([1.0, 2.0], "a point a row"),
    ],
)
def test_unfit_samples_are_named(samples: Any, message: str) -> None:
    with pytest.raises(GeometryError, match=message):
        Normal.from_samples(samples)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Normal(np.zeros(2), np.eye(3)), "expected 2 rows and 2 columns"),
        (lambda: Normal(np.zeros(2), -np.eye(2)), "no covariance"),
        (lambda: some(1, 3).mahalanobis([[1.0, 2.0]]), r"expected \(n_points, 3\)"),
        (lambda: some(1, 3).region(0.9, (0, 3)), "from 0 to 2"),
        (lambda: some(1, 3).region(0.9, (0, 1, 2)), "expected two coordinates"),  # type: ignore[arg-type]
        (lambda: some(1, 3).conditional([0, 1, 2], [0, 0, 0]), "nothing is left"),
        (lambda: some(1, 3).whitening("ica"), "expected 'zca'"),  # type: ignore[arg-type]
        (lambda: some(1, 3).image(np.ones((2, 3))), "singular"),
    ],
)
def test_bad_input_is_named(call: Callable[[], object], message: str) -> None:
    with pytest.raises(GeometryError, match=message):
        call()
