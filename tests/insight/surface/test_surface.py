"""A function over a rectangle: values, levels, gaps, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from wattlab.errors import ExpressionError, ParameterError
from wattlab.insight.expression import parse
from wattlab.insight.surface import compute_surface, surface_from_values
from wattlab.insight.surface.given import parse_levels, parse_pair
from wattlab.insight.surface.levels import find_levels


def test_values_are_those_of_the_function() -> None:
    surface = compute_surface("x + 10*y", (-1.0, 1.0), (0.0, 4.0), n_points=5)
    assert surface.x.tolist() == [-1.0, -0.5, 0.0, 0.5, 1.0]
    assert surface.y.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    np.testing.assert_array_equal(surface.z, surface.x + 10.0 * surface.y[:, None])
    assert (surface.lowest, surface.highest) == ((-1.0, 0.0, -1.0), (1.0, 4.0, 41.0))
    assert surface.gap_share == 0.0


def test_a_part_without_values_is_a_gap() -> None:
    surface = compute_surface("log(x) + 1/y", n_points=101)
    assert np.isnan(surface.z[:, :51]).all()
    assert np.isnan(surface.z[50]).all()
    assert np.isfinite(surface.z[:50, 51:]).all()
    assert surface.gap_share == pytest.approx(1.0 - 50 * 100 / 101**2)


@pytest.mark.parametrize("text", ["log(-x**2 - 1)", "1e200*(x**2 + 1)", "sqrt(x - 9)"])
def test_a_function_without_values_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError, match="no finite value"):
        compute_surface(text)


@pytest.mark.parametrize(
    ("n_areas", "low", "high"),
    [(1, 0.0, 1.0), (12, -12.5, 100.0), (7, 1e-9, 2e-9), (200, -1e99, 1e99)],
)
def test_levels_cover_the_values_with_a_line_more_than_areas(n_areas: int, low: float, high: float) -> None:
    levels = find_levels(n_areas, low, high)
    assert len(levels) - 1 <= n_areas
    assert levels[0] <= low
    assert levels[-1] >= high
    np.testing.assert_allclose(np.diff(levels), levels[1] - levels[0], rtol=1e-6)


def test_one_value_has_no_levels() -> None:
    assert len(find_levels(5, 3.0, 3.0)) == 0


def test_given_levels_are_sorted() -> None:
    assert compute_surface("x", levels=[3, 1, 1.5]).levels.tolist() == [1.0, 1.5, 3.0]
    assert compute_surface("x", levels=np.array([2.0])).levels.tolist() == [2.0]


@pytest.mark.parametrize("levels", [0, 201, [], [1.0, 1.0], [float("nan")], list(range(300))])
def test_impossible_levels_are_refused(levels: int | list[float]) -> None:
    with pytest.raises(ParameterError, match="levels"):
        compute_surface("x", levels=levels)


@pytest.mark.parametrize(
    "span", [(1.0, 1.0), (2.0, 1.0), (0.0, float("inf")), (float("nan"), 1.0), (1e9, 1e9 + 1e-3)]
)
def test_an_impossible_span_is_refused(span: tuple[float, float]) -> None:
    with pytest.raises(ParameterError, match=r"y \(--y\) goes from"):
        compute_surface("x", y=span)


def test_other_impossible_input_is_refused() -> None:
    with pytest.raises(ParameterError, match="2 to 2000"):
        compute_surface("x", n_points=1)
    with pytest.raises(ParameterError, match="two variables"):
        compute_surface(parse("w**2", ("w",)))


def test_values_of_ones_own_are_taken_in_any_order_and_as_a_mesh() -> None:
    x, y = np.array([2.0, 0.0, 1.0]), np.array([5.0, 4.0])
    z = x + 10.0 * y[:, None]
    columns, rows = np.meshgrid(x, y)
    found, meshed = surface_from_values(x, y, z), surface_from_values(columns, rows, z, text="height")
    assert found.x.tolist() == [0.0, 1.0, 2.0]
    np.testing.assert_array_equal(found.z, [[40.0, 41.0, 42.0], [50.0, 51.0, 52.0]])
    np.testing.assert_array_equal(meshed.z, found.z)
    assert (found.points, found.quadratic, meshed.text) == (None, None, "height")


@pytest.mark.parametrize(
    ("x", "y", "z", "told"),
    [
        ([0, 1], [0, 1], [[1, 2, 3], [4, 5, 6]], r"x has the shape \(2,\)"),
        ([0, 1], [0, 1], [1, 2], "z has the shape"),
        ([0, 1], [0, 0], [[1, 2], [3, 4]], "stand twice"),
        ([0, 1], [0, 1], [[np.nan, np.inf]] * 2, "no finite value"),
        ([[0, 1], [0, 2]], [0, 1], [[1, 2], [3, 4]], "mesh of straight lines"),
    ],
)
def test_values_that_do_not_fit_are_refused(x: object, y: object, z: object, told: str) -> None:
    with pytest.raises(ParameterError, match=told):
        surface_from_values(x, y, z)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["5", "a:b", "1:2:3", "1:", "1:inf", ""])
def test_a_pair_is_two_numbers(text: str) -> None:
    with pytest.raises(ParameterError, match="--x is"):
        parse_pair(text, "--x", ":")


@pytest.mark.parametrize("text", ["", ",", "1.5", "-3", "a", "1,a", "1,inf"])
def test_levels_are_a_count_or_a_list(text: str) -> None:
    with pytest.raises(ParameterError, match="--levels is"):
        parse_levels(text)
