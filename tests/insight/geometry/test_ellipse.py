"""Ellipses from equations, axes and covariances, each to each; images, extremal points; what is no ellipse."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, multivariate_normal

from wattlab.errors import GeometryError
from wattlab.insight.geometry import Conic, Ellipse, Ellipsoid, mahalanobis_radius, rotation, shear

if TYPE_CHECKING:
    from wattlab.insight.geometry.matrices import Axis

quick = settings(max_examples=25, deadline=None)
lengths = st.floats(0.1, 10.0)
places = st.floats(-5.0, 5.0)
ellipses = st.builds(
    lambda first, second, angle, x, y: Ellipse.from_axes((first, second), angle, (x, y)),
    lengths,
    lengths,
    st.floats(-7.0, 7.0),
    places,
    places,
)


def same(found: Ellipse, expected: Ellipse) -> None:
    assert found.centre == pytest.approx(expected.centre, abs=1e-7)
    assert found.semi_axes == pytest.approx(expected.semi_axes, rel=1e-8)
    assert found.quadratic_form() == pytest.approx(expected.quadratic_form(), rel=1e-7, abs=1e-7)


@quick
@given(ellipses, st.floats(0.2, 5.0), st.floats(0.05, 0.999))
def test_each_form_leads_back(ellipse: Ellipse, delta: float, confidence: float) -> None:
    same(Ellipse.from_quadratic_form(delta * ellipse.quadratic_form(), delta, ellipse.centre), ellipse)
    same(Ellipse.from_quadratic_form(-ellipse.quadratic_form(), -1.0, ellipse.centre), ellipse)
    same(Ellipse.from_conic(ellipse.conic(delta)), ellipse)
    same(Ellipse.from_covariance(ellipse.centre, ellipse.covariance(confidence), confidence), ellipse)
    assert -math.pi / 2 < ellipse.angle_rad <= math.pi / 2


@quick
@given(ellipses, st.floats(-5.0, 5.0), st.sampled_from(["x", "y"]))
def test_coefficients_after_a_shear_are_those_of_the_image(ellipse: Ellipse, lam: float, axis: Axis) -> None:
    """Blog IV: (α, β − 2αλ, γ − βλ + αλ²; δ); blog V: A becomes M⁻ᵀ A M⁻¹."""
    matrix, image = shear(lam, axis), ellipse.image(shear(lam, axis))
    conic = ellipse.conic().sheared(lam, axis)
    points = image.points(25)
    size = np.abs(conic.form).max() * np.square(points).max()
    assert conic.residual(points) == pytest.approx(np.zeros(25), abs=1e-10 * size)
    inverse = np.linalg.inv(matrix)
    assert conic.form == pytest.approx(inverse.T @ ellipse.quadratic_form() @ inverse, rel=1e-7, abs=1e-9)
    if axis == "x":
        alpha, beta, gamma, *_ = ellipse.conic()
        assert conic[:3] == pytest.approx(
            (alpha, beta - 2 * alpha * lam, gamma - beta * lam + alpha * lam**2)
        )


@quick
@given(ellipses, st.lists(st.floats(-3.0, 3.0), min_size=4, max_size=4))
def test_an_image_is_where_the_mapped_points_are(ellipse: Ellipse, entries: list[float]) -> None:
    matrix = np.reshape(entries, (2, 2))
    if abs(np.linalg.det(matrix)) < 0.05:
        return
    image = ellipse.image(matrix, (1.0, -2.0))
    mapped = ellipse.points(40) @ matrix.T + [1.0, -2.0]
    away = mapped - image.centre
    assert np.einsum("ij,jk,ik->i", away, image.quadratic_form(), away) == pytest.approx(
        np.ones(40), rel=1e-6
    )


@quick
@given(ellipses)
def test_extremal_points_are_extremal_and_on_the_ellipse(ellipse: Ellipse) -> None:
    found, around = ellipse.extremal_points(), ellipse.points(2001)
    assert found.highest[1] == pytest.approx(around[:, 1].max(), abs=1e-3)
    assert found.lowest[1] == pytest.approx(around[:, 1].min(), abs=1e-3)
    assert found.rightmost[0] == pytest.approx(around[:, 0].max(), abs=1e-3)
    assert found.leftmost[0] == pytest.approx(around[:, 0].min(), abs=1e-3)
    level = ellipse.conic().residual(np.array([*found, *ellipse.end_points()]))
    assert level == pytest.approx(np.zeros(8), abs=1e-6)


def test_a_region_holds_its_share_of_a_normal_distribution() -> None:
    covariance = [[5.0, 2.0], [2.0, 1.0]]
    region = Ellipse.from_covariance([1.0, -1.0], covariance, 0.8)
    samples = multivariate_normal([1.0, -1.0], covariance, seed=3).rvs(20_000)
    assert region.contains(samples).mean() == pytest.approx(0.8, abs=0.012)


@pytest.mark.parametrize("n", [1, 2, 3, 16])
def test_radii_are_those_of_the_chi_square_distribution(n: int) -> None:
    for confidence in (1e-6, 0.5, 0.95, 1 - 1e-9):
        assert mahalanobis_radius(confidence, n) == pytest.approx(
            math.sqrt(chi2.ppf(confidence, n)), rel=1e-9
        )


def test_measures() -> None:
    ellipse = Ellipse.from_axes((3.0, 5.0), 0.0)
    assert ellipse.angle_rad == pytest.approx(math.pi / 2)
    assert (ellipse.area, ellipse.eccentricity) == pytest.approx((15 * math.pi, 0.8))
    assert Ellipse.circle(2.0).image(rotation(1.0)) == Ellipse.circle(2.0)


@pytest.mark.parametrize(
    ("conic", "name"),
    [
        (Conic(-0.5, 0.0, 4.0, 1.0), "a hyperbola"),
        (Conic(1.0, 0.0, -1.0, 0.0), "a pair of crossing lines"),
        (Conic(1.0, 2.0, 1.0, 1.0), "a pair of parallel lines"),
        (Conic(1.0, 2.0, 1.0, 0.0), "a line"),
        (Conic(1.0, 0.0, 0.0, 0.0, (0.0, -1.0)), "a parabola"),
        (Conic(0.0, 0.0, 0.0, 1.0, (1.0, 1.0)), "a line"),
        (Conic(1.0, 0.0, 2.0, 0.0), "a point"),
        (Conic(1.0, 0.0, 2.0, -1.0, (2.0, 0.0)), "a point"),
        (Conic(1.0, 0.0, 2.0, -1.0), "the empty set"),
        (Conic(1.0, 2.0, 1.0, -1.0), "the empty set"),
        (Conic(0.0, 0.0, 0.0, 1.0), "the empty set"),
        (Conic(0.0, 0.0, 0.0, 0.0), "the whole plane"),
    ],
)
def test_what_is_no_ellipse_is_named(conic: Conic, name: str) -> None:
    assert conic.name == name
    with pytest.raises(GeometryError, match=f"describes {name}, not an ellipse"):
        Ellipse.from_conic(conic)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ([[1.0, 0.0], [0.0, -2.0]], "a hyperbola"),
        ([[1.0, 0.0], [0.0, 0.0]], "a pair of parallel lines"),
        ([[1.0, 2.0], [0.0, 1.0]], r"not symmetric: entry \[0, 1\] is 2"),
        ([[1.0, 2.0]], r"shape \(1, 2\); expected 2 rows and 2 columns"),
        ([[1.0, math.nan], [0.0, 1.0]], r"form\[0, 1\] is not a finite number"),
        ([[1.0, 2.0], [1.0]], "rows of different lengths"),
        ([["a", "b"], ["c", "d"]], "expected real numbers"),
        ([[1j, 0], [0, 1]], "expected real numbers"),
    ],
)
def test_bad_matrices_are_named(form: Any, message: str) -> None:
    with pytest.raises(GeometryError, match=message):
        Ellipse.from_quadratic_form(form)


@pytest.mark.parametrize(
    ("covariance", "message"),
    [
        ([[1.0, 1.0], [1.0, 1.0]], "singular: it has rank 1 in 2 dimensions"),
        ([[1.0, 2.0], [2.0, 1.0]], "no covariance: no variance is negative"),
        ([[0.0, 0.0], [0.0, 0.0]], "singular: it has rank 0"),
    ],
)
def test_bad_covariances_are_named(covariance: Any, message: str) -> None:
    with pytest.raises(GeometryError, match=message):
        Ellipse.from_covariance([0.0, 0.0], covariance)


def test_other_bad_input_is_named() -> None:
    with pytest.raises(GeometryError, match="maps an ellipse to a line segment"):
        Ellipse.circle(1.0).image([[1.0, 2.0], [2.0, 4.0]])
    with pytest.raises(GeometryError, match="maps an ellipse to a point"):
        Ellipse.circle(1.0).image(np.zeros((2, 2)))
    with pytest.raises(GeometryError, match="confidence is 1"):
        Ellipse.from_covariance([0.0, 0.0], np.eye(2), 1.0)
    with pytest.raises(GeometryError, match="the long one first"):
        Ellipse((0.0, 0.0), (1.0, 2.0), 0.0)
    with pytest.raises(GeometryError, match="angle_rad is 3"):
        Ellipse((0.0, 0.0), (2.0, 1.0), 3.0)
    with pytest.raises(GeometryError, match="a hyperboloid"):
        Ellipsoid.from_quadratic_form(np.diag([1.0, 1.0, -1.0]))
