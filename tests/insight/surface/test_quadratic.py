"""What quadratic functions are, against the sources' example, numpy and scikit-learn's polynomial features."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattlab.insight.expression import parse
from wattlab.insight.surface import quadratic
from wattlab.insight.surface.polynomial import polynomial


@pytest.mark.parametrize(
    ("text", "shape", "contours"),
    [
        ("-0.5*x**2 + 4*y**2", "saddle", "hyperbolas"),
        ("0.5*x**2 + 4*y**2", "bowl", "ellipses"),
        ("-x**2 - 4*y**2 + x", "dome", "ellipses"),
        ("(x - 1)**2 + (y + 2)**2", "bowl", "circles"),
        ("x*y", "saddle", "hyperbolas"),
        ("(x + 2*y)**2", "trough", "parallel lines"),
        ("1 - (x + 2*y)**2", "ridge", "parallel lines"),
        ("x**2 + y", "parabolic", "parabolas"),
        ("(x + y)**2 + x + y", "trough", "parallel lines"),
        ("(x + y)**2 + x", "parabolic", "parabolas"),
        ("2*x - y", "plane", "parallel lines"),
        ("3 + 0*x", "constant", "none"),
        ("(x + y)**2 - x*(x + 2*y)", "trough", "parallel lines"),
        ("(0.1*x + 0.2*y)**2/3", "trough", "parallel lines"),
    ],
)
def test_a_quadratic_function_is_what_its_eigenvalues_say(text: str, shape: str, contours: str) -> None:
    found = quadratic(parse(text))
    assert found is not None
    assert (found.shape, found.contours) == (shape, contours)


@pytest.mark.parametrize(
    "text", ["x**3", "sin(x)", "x**2*y", "1/x", "x**0.5", "2**x", "abs(x)", "x**99", "1e300*1e300*x*x"]
)
def test_other_functions_are_none(text: str) -> None:
    with np.errstate(all="ignore"):
        found = quadratic(parse(text)) if "1e300" not in text else quadratic(parse("1e300*x*(1e300*x)"))
    assert found is None


def test_the_sources_first_example_is_a_saddle_and_its_sister_has_ellipses() -> None:
    saddle, sister = quadratic(parse("-0.5*x**2 + 4*y**2")), quadratic(parse("0.5*x**2 + 4*y**2"))
    assert saddle is not None
    assert sister is not None
    assert saddle.eigenvalues.tolist() == [-1.0, 8.0]
    assert saddle.centre is not None
    assert saddle.centre.tolist() == [0.0, 0.0]
    # The long axis lies along x: it ends at x = sqrt(2 level), the short one at y = sqrt(level / 4).
    assert sister.axis_ratio == pytest.approx(np.sqrt(8.0), rel=1e-15)
    assert sister.angle_deg == 0.0


numbers = st.integers(-5, 5).map(float)


@settings(max_examples=60, deadline=None)
@given(st.lists(numbers, min_size=6, max_size=6), numbers, numbers)
def test_its_parts_give_the_function_and_its_derivatives(factors: list[float], x: float, y: float) -> None:
    a, b, c, d, e, f = factors
    expression = parse(f"{a}*x**2 + {b}*x*y + {c}*y**2 + {d}*x + {e}*y + {f}")
    found, place = quadratic(expression), np.array([x, y])
    assert found is not None
    value = found.constant + found.slope @ place + 0.5 * place @ found.hessian @ place
    assert value == pytest.approx(float(expression(x, y)), abs=1e-9)
    np.testing.assert_allclose(found.hessian @ place + found.slope, expression.gradient(x, y), atol=1e-9)
    np.testing.assert_allclose(found.hessian, expression.hessian(x, y), atol=1e-9)
    discriminant = b * b - 4.0 * a * c
    kinds = {1: {"saddle"}, -1: {"bowl", "dome"}, 0: {"trough", "ridge", "parabolic", "plane", "constant"}}
    assert found.shape in kinds[int(np.sign(discriminant))]


@pytest.mark.parametrize("angle", [-60.0, -10.0, 0.0, 30.0, 45.0, 90.0])
def test_an_ellipse_that_is_turned_by_an_angle_has_it(angle: float) -> None:
    turn = np.radians(angle)
    along, across = f"({np.cos(turn)}*x + {np.sin(turn)}*y)", f"({-np.sin(turn)}*x + {np.cos(turn)}*y)"
    found = quadratic(parse(f"{along}**2/9 + {across}**2/4"))
    assert found is not None
    assert found.angle_deg == pytest.approx(angle, abs=1e-9)
    assert found.axis_ratio == pytest.approx(1.5)


def test_powers_are_multiplied_out_as_numpy_does() -> None:
    terms = polynomial(parse("(2*x - 1)**5"))
    expected = np.polynomial.Polynomial([-1.0, 2.0]) ** 5
    assert terms == {(power, 0): factor for power, factor in enumerate(expected.coef.tolist())}
