"""Critical points against the literature's functions, and against roots that are known."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from wattlab.insight.expression import parse
from wattlab.insight.surface import find_critical_points

SQUARE = ((-5.0, 5.0), (-5.0, 5.0))


def test_himmelblaus_function_has_nine() -> None:
    found = find_critical_points(parse("(x**2 + y - 11)**2 + (x + y**2 - 7)**2"), *SQUARE)
    assert Counter(point.kind for point in found) == {"minimum": 4, "saddle": 4, "maximum": 1}
    # D. M. Himmelblau, Applied Nonlinear Programming, 1972.
    minima = [(-3.779310, -3.283186), (-2.805118, 3.131312), (3.0, 2.0), (3.584428, -1.848127)]
    places = sorted((point.x, point.y) for point in found if point.kind == "minimum")
    np.testing.assert_allclose(places, minima, atol=2e-6)
    assert found[-1].value == pytest.approx(181.617, abs=1e-3)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("-0.5*x**2 + 4*y**2", {"saddle": 1}),
        ("0.5*x**2 + 4*y**2", {"minimum": 1}),
        ("exp(-x**2 - y**2)", {"maximum": 1}),
        ("x**3/3 - x + y**2", {"minimum": 1, "saddle": 1}),
        ("x**4 + y**4", {"minimum": 1}),
        ("-x**4 - (y - 1)**6", {"maximum": 1}),
        ("x**3 - 3*x*y**2", {"saddle": 1}),
        ("x**3 + y**2", {"saddle": 1}),
        ("x**3", {"inflection": 1}),
        ("x**2", {"valley": 1}),
        ("(x**2 + y**2 - 4)**2", {"valley": 1, "maximum": 1}),
        ("sin(x)", {"valley": 1, "ridge": 1}),
        ("sin(x)*sin(y)", {"minimum": 8, "maximum": 8, "saddle": 9}),
        ("(1 - x)**2 + 100*(y - x**2)**2", {"minimum": 1}),
        ("1e-9*(x**2 - y**2)", {"saddle": 1}),
        ("1e80*(x - 1)**2 + 1e80*y**2", {"minimum": 1}),
        ("log(x)*y", {"saddle": 1}),
        ("3", {"flat": 1}),
        ("relu(x)", {"flat": 1}),
        ("x + y", {}),
        ("1/x", {}),
        ("1/(x**2 + y**2)", {}),
        ("maximum(x, y)", {}),
    ],
)
def test_kinds_are_those_of_the_function(text: str, kinds: dict[str, int]) -> None:
    assert Counter(point.kind for point in find_critical_points(parse(text), *SQUARE)) == kinds


@pytest.mark.parametrize(
    ("text", "kind", "place"),
    [
        ("abs(x - 0.3) + abs(y)", "minimum", (0.3, 0.0)),
        ("sqrt(x**2 + y**2)", "minimum", (0.0, 0.0)),
        ("abs(x) + abs(y)", "minimum", (0.0, 0.0)),
        ("1 - abs(x + 1) - (y - 2.03)**2", "maximum", (-1.0, 2.03)),
    ],
)
def test_a_kink_is_found_and_has_no_eigenvalues(text: str, kind: str, place: tuple[float, float]) -> None:
    (point,) = find_critical_points(parse(text), *SQUARE)
    assert (point.kind, point.eigenvalues) == (kind, None)
    np.testing.assert_allclose((point.x, point.y), place, atol=1e-6)


def test_what_lies_on_an_edge_is_inside_and_what_is_beyond_is_not() -> None:
    bowl = parse("x**2 + y**2")
    assert len(find_critical_points(bowl, (0.0, 1.0), (0.0, 1.0))) == 1
    assert not find_critical_points(bowl, (0.01, 1.0), (0.01, 1.0))


def test_gradients_are_zero_where_it_says() -> None:
    expression = parse("sin(x)*cos(y) + 0.1*x")
    found = find_critical_points(expression, *SQUARE)
    assert len(found) > 5
    for point in found:
        np.testing.assert_allclose(expression.gradient(point.x, point.y), 0.0, atol=1e-9)
        assert point.eigenvalues == pytest.approx(np.linalg.eigvalsh(expression.hessian(point.x, point.y)))
