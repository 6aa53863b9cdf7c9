"""Ellipsoids in n dimensions: forms, images, shadows, samples."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from wattlab.errors import GeometryError
from wattlab.insight.geometry import Ellipse, Ellipsoid, shear, shear_3d

quick = settings(max_examples=25, deadline=None)


def some(seed: int, n: int) -> Ellipsoid:
    random = np.random.default_rng(seed)
    return Ellipsoid.sphere(1.5, n, random.normal(size=n)).image(random.normal(size=(n, n)) + 2 * np.eye(n))


@quick
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_each_form_leads_back(seed: int, n: int) -> None:
    found = some(seed, n)
    for again in (
        Ellipsoid.from_quadratic_form(2.0 * found.quadratic_form(), 2.0, found.centre),
        Ellipsoid.from_axes(found.axes[::-1], found.centre),
        Ellipsoid.from_covariance(found.centre, found.covariance(0.7), 0.7),
    ):
        assert again.semi_axes == pytest.approx(found.semi_axes, rel=1e-5)
        assert again.covariance() == pytest.approx(found.covariance(), rel=1e-6, abs=1e-9)


@quick
@given(st.integers(0, 10_000), st.integers(2, 5))
def test_the_quadratic_form_of_an_image_is_that_of_the_sources(seed: int, n: int) -> None:
    found, matrix = some(seed, n), np.eye(n) + np.triu(np.random.default_rng(seed).normal(size=(n, n)), 1)
    inverse = np.linalg.inv(matrix)
    expected = inverse.T @ found.quadratic_form() @ inverse
    assert found.image(matrix).quadratic_form() == pytest.approx(
        expected, rel=1e-5, abs=1e-8 * expected.max()
    )


def test_two_dimensions_are_an_ellipse() -> None:
    flat, solid = Ellipse.circle(2.0).image(shear(2.0)), Ellipsoid.sphere(2.0, 2).image(shear(2.0))
    assert solid.semi_axes == pytest.approx(flat.semi_axes, rel=1e-12)
    assert solid.volume == pytest.approx(flat.area)
    assert solid.extremal_points()[1, 0] == pytest.approx([4.0, 2.0], rel=1e-12)
    shadow = solid.shadow()
    assert shadow.semi_axes == pytest.approx(flat.semi_axes)
    assert shadow.angle_rad == pytest.approx(flat.angle_rad)


def test_a_shadow_is_the_hull_of_the_projected_surface() -> None:
    solid = Ellipsoid.sphere(1.0, 3).image(shear_3d(1.5, 0.5, 0.3))
    points = solid.sample_on(20_000, seed=1)[:, [0, 2]]
    shadow = solid.shadow((0, 2))
    assert shadow.contains(points / 1.000001).all()
    assert ConvexHull(points).volume == pytest.approx(shadow.area, rel=0.01)


def test_volume_and_extremal_points() -> None:
    assert Ellipsoid.sphere(2.0, 3).volume == pytest.approx(4 / 3 * math.pi * 8)
    solid = some(5, 4)
    reach = solid.extremal_points()
    inside = solid.sample_inside(4000, seed=2)
    assert (inside <= reach[np.arange(4), 0, np.arange(4)]).all()
    assert (inside >= reach[np.arange(4), 1, np.arange(4)]).all()


def test_samples_inside_fill_the_volume_evenly() -> None:
    solid = some(7, 3)
    half = Ellipsoid(solid.centre, solid.semi_axes / 2, solid.directions)
    points = solid.sample_inside(20_000, seed=3)
    assert solid.contains(points).all()
    assert half.contains(points).mean() == pytest.approx(1 / 8, abs=0.01)
    assert np.array_equal(points[:5], solid.sample_inside(20_000, seed=3)[:5])


def test_samples_on_a_spheroid_are_even_over_its_surface() -> None:
    """An oblate spheroid: the share of the area between the equator and half the height, by the area's integral."""
    a, c = 2.0, 0.5
    solid = Ellipsoid.from_axes(np.diag([a, a, c]))
    points = solid.sample_on(20_000, seed=4)
    assert np.square(points / [a, a, c]).sum(axis=1) == pytest.approx(np.ones(20_000))
    z = np.linspace(0.0, c, 20_001)
    density = np.sqrt(1 + z**2 * (a**2 - c**2) / c**4)
    share = density[z <= c / 2].sum() / density.sum()
    assert (np.abs(points[:, 2]) <= c / 2).mean() == pytest.approx(share, abs=0.012)


def test_a_positive_determinant_is_not_enough() -> None:
    form = np.diag([-1.0, -1.0, 2.0])
    assert np.linalg.det(form) > 0
    with pytest.raises(GeometryError, match="a hyperboloid, not an ellipsoid: of the 3 eigenvalues"):
        Ellipsoid.from_quadratic_form(form)


@pytest.mark.parametrize(
    ("signs", "delta", "name"),
    [
        ((1, 1, 0), 1.0, "an elliptic cylinder"),
        ((1, -1, 0), 1.0, "a hyperbolic cylinder"),
        ((1, 0, 0), 1.0, "a pair of parallel planes"),
        ((1, -1, 0), 0.0, "a pair of crossing planes"),
        ((1, 1, -1), 0.0, "a cone"),
        ((1, 1, 1), 0.0, "a point"),
        ((1, 1, 1), -1.0, "the empty set"),
        ((0, 0, 0), 0.0, "the whole space"),
    ],
)
def test_what_is_no_ellipsoid_is_named(signs: tuple[int, ...], delta: float, name: str) -> None:
    with pytest.raises(GeometryError, match=name):
        Ellipsoid.from_quadratic_form(np.diag(np.array(signs, float)), delta)


def test_flat_figures_are_refused() -> None:
    with pytest.raises(GeometryError, match="of rank 2 in 3 dimensions"):
        Ellipsoid.sphere(1.0, 3).image(np.diag([1.0, 1.0, 0.0]))
    with pytest.raises(GeometryError, match="length 0"):
        Ellipsoid.from_axes(np.diag([1.0, 0.0]))
    with pytest.raises(GeometryError, match="right angles"):
        Ellipsoid.from_axes([[1.0, 0.0], [1.0, 1.0]])
    with pytest.raises(GeometryError, match="two different coordinates from 0 to 2"):
        Ellipsoid.sphere(1.0, 3).shadow((0, 3))
