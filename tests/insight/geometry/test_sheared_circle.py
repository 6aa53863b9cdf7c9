"""The sources' numbers for λ = 2 and a = 2, their formulas for every λ, and the misprints with the right form."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattlab.errors import GeometryError
from wattlab.insight.geometry import Conic, Ellipse, shear, shear_circle, sheared_circle

amounts = st.floats(-50.0, 50.0)
quick = settings(max_examples=25, deadline=None)


def close(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_the_sources_numbers_of_lambda_2_and_radius_2() -> None:
    root = math.sqrt(2.0)
    found = sheared_circle(2.0, 2.0)
    assert found.xi == close((3 - 2 * root, 3 + 2 * root))
    assert found.xi == pytest.approx((0.17157, 5.82843), abs=5e-6)
    assert found.eta == close([one / (1 + one) for one in found.xi])
    assert found.semi_axes == close((2 * (root + 1), 2 * (root - 1)))
    assert math.degrees(found.angle_rad) == close(22.5)
    assert found.highest == (4.0, 2.0)
    published = [[4.46088, 1.84776], [-4.46088, -1.84776], [0.31703, -0.76537], [-0.31703, 0.76537]]
    assert np.abs(found.end_points - published).max() < 5e-6


def test_the_ellipse_of_lambda_2_has_the_same_numbers_without_the_formulas() -> None:
    found = shear_circle(2.0, 2.0)
    assert found.after.semi_axes == close((2 * (math.sqrt(2) + 1), 2 * (math.sqrt(2) - 1)))
    assert math.degrees(found.after.angle_rad) == close(22.5)
    assert found.extremal_points.highest == close([4.0, 2.0])
    assert found.limits == close(np.array([[4.0, 2.0], [-4.0, -2.0]]))
    assert np.prod(found.after.semi_axes) == close(4.0)
    assert found.after.angle_rad == close(math.atan(2.0 / 2.0) / 2.0)


def test_a_negative_lambda_swaps_the_axes_of_the_formulas() -> None:
    found = sheared_circle(-2.0, 2.0)
    assert found.semi_axes[0] == close(2 * (math.sqrt(2) - 1))
    assert math.degrees(found.angle_rad) == close(67.5)
    assert math.degrees(found.ellipse.angle_rad) == close(-22.5)
    assert found.ellipse.semi_axes == sheared_circle(2.0, 2.0).ellipse.semi_axes


def test_lambda_0_leaves_a_circle_whose_angle_is_0_by_definition() -> None:
    found = sheared_circle(0.0, 2.0)
    assert found.semi_axes == (2.0, 2.0)
    assert math.degrees(found.angle_rad) == pytest.approx(45.0)
    assert found.ellipse == Ellipse((0.0, 0.0), (2.0, 2.0), 0.0)
    assert shear_circle(0.0, 2.0).after == found.ellipse


@quick
@given(amounts, st.floats(0.01, 100.0))
def test_formulas_are_the_singular_value_decomposition(lam: float, radius: float) -> None:
    found = sheared_circle(lam, radius)
    left, factors, _ = np.linalg.svd(radius * shear(lam))
    ellipse = found.ellipse
    assert ellipse.semi_axes == pytest.approx(factors, rel=1e-9)
    assert np.sqrt(found.xi) == pytest.approx(np.array(found.semi_axes)[::-1] / radius, rel=1e-12)
    if abs(lam) > 1e-3:
        cosine = abs(left[:, 0] @ [math.cos(ellipse.angle_rad), math.sin(ellipse.angle_rad)])
        assert cosine == pytest.approx(1.0, rel=1e-12)


@quick
@given(amounts)
def test_end_points_begin_on_the_circle_where_eta_says(lam: float) -> None:
    found = sheared_circle(lam, 2.0)
    begun = found.end_points @ np.linalg.inv(shear(lam)).T
    expected = 2.0 * np.sqrt(np.repeat(found.eta, 2))
    assert np.abs(begun[:, 0]) == pytest.approx(expected, rel=1e-6, abs=1e-9)
    assert np.linalg.norm(begun, axis=1) == pytest.approx(np.full(4, 2.0), rel=1e-6)


def test_the_misprinted_quadratic_form_misses_what_the_right_one_meets() -> None:
    """The sources divide the cross term by 1 + λ²; at (4, 2), on the figure, that gives 29.6 instead of a² = 4."""
    right = Conic(1.0, 0.0, 1.0, 4.0).sheared(2.0)
    assert right == Conic(1.0, -4.0, 5.0, 4.0)
    misprinted = right._replace(beta=-4.0 / 5.0)
    assert (right.residual([[4.0, 2.0]]) + 4.0).tolist() == [4.0]
    assert (misprinted.residual([[4.0, 2.0]]) + 4.0)[0] == pytest.approx(29.6)


def test_the_right_quadratic_supplement_holds_on_the_figure() -> None:
    """[y − λ/(1 + λ²)·x]² = (a²(1 + λ²) − x²)/(1 + λ²)², with x, not x²."""
    x, y = shear_circle(2.0, 2.0).after.points(97).T
    assert (y - 0.4 * x) ** 2 == pytest.approx((20.0 - x**2) / 25.0, abs=1e-12)


def test_the_rotated_system_scales_by_singular_values_not_by_semi_axes() -> None:
    """The sources scale by a_s and b_s; that is right for a radius of 1 only."""
    found = shear_circle(2.0, 2.0)
    assert found.decomposition.factors * 2.0 == close(found.after.semi_axes)


def test_very_strong_shears_keep_area_and_precision() -> None:
    found = shear_circle(1e6, 1.0)
    assert found.after.semi_axes[0] * found.after.semi_axes[1] == close(1.0)
    assert found.after.semi_axes == close(sheared_circle(1e6).ellipse.semi_axes)


@pytest.mark.parametrize("lam", [math.nan, math.inf, "two", None])
def test_lambda_has_to_be_a_finite_number(lam: Any) -> None:
    with pytest.raises(GeometryError, match="lambda is"):
        sheared_circle(lam)


@pytest.mark.parametrize("radius", [0.0, -1.0])
def test_a_radius_has_to_be_above_0(radius: float) -> None:
    with pytest.raises(GeometryError, match="radius is"):
        sheared_circle(1.0, radius)
