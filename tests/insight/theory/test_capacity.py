"""The decomposition of the expected error: against what is measured, and against closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wattlab.errors import ParameterError
from wattlab.insight.theory import CapacityCurve, capacity_curve
from wattlab.insight.theory.capacity import sine


@pytest.fixture(scope="module")
def found() -> CapacityCurve:
    return capacity_curve(max_degree=9, samples=20, repeats=400, seed=1)


def test_bias_variance_and_noise_add_up_to_the_measured_error(found: CapacityCurve) -> None:
    total = found.bias + found.variance + found.noise
    assert (np.abs(found.expected_error - total) < 4 * found.standard_error).all()
    np.testing.assert_allclose(found.approximation_error + found.estimation_error, total)


def test_they_add_up_for_random_inputs_too() -> None:
    drawn = capacity_curve(max_degree=3, samples=20, repeats=40, inputs="random", seed=2)
    total = drawn.bias + drawn.variance + drawn.noise
    assert (np.abs(drawn.expected_error - total) < 4 * drawn.standard_error).all()
    assert (drawn.variance > found_variance(3, 20, 0.3)).all()


def found_variance(max_degree: int, samples: int, noise: float) -> Any:
    """Return σ² E φ(x)ᵀ (ΦᵀΦ)⁻¹ φ(x) for even inputs: the variance of least squares in closed form."""
    x, where = np.linspace(-1, 1, samples), np.linspace(-1, 1, 4001)
    found = []
    for degree in range(max_degree + 1):
        design, at = (np.polynomial.legendre.legvander(one, degree) for one in (x, where))
        leverage = np.einsum("ij,jk,ik->i", at, np.linalg.inv(design.T @ design), at)
        found.append(noise**2 * np.trapezoid(leverage, where) / 2)
    return np.array(found)


def test_the_variance_is_that_of_the_closed_form(found: CapacityCurve) -> None:
    np.testing.assert_allclose(found.variance, found_variance(9, 20, 0.3), rtol=0.25)


def test_the_bias_is_that_of_a_fit_without_noise(found: CapacityCurve) -> None:
    x, where = np.linspace(-1, 1, 20), np.linspace(-1, 1, 4001)
    for degree in (0, 1, 3, 5):
        fit = np.polynomial.Polynomial.fit(x, sine(x), degree)
        expected = np.trapezoid((fit(where) - sine(where)) ** 2, where) / 2
        assert found.bias[degree] == pytest.approx(expected, rel=1e-3)


def test_no_polynomial_of_the_degree_is_nearer_than_the_best(found: CapacityCurve) -> None:
    where = np.linspace(-1, 1, 4001)
    for degree in (1, 3):
        nearest = np.polynomial.Polynomial.fit(where, sine(where), degree)
        expected = np.trapezoid((nearest(where) - sine(where)) ** 2, where) / 2 + 0.09
        assert found.approximation_error[degree] == pytest.approx(expected, rel=1e-3)
    assert (found.estimation_error > 0).all()


def test_the_training_error_falls_as_degrees_of_freedom_are_used_up(found: CapacityCurve) -> None:
    assert (np.diff(found.training_error) < 0).all()
    # Without bias it is σ² (n − p) / n.
    assert found.training_error[9] == pytest.approx(0.09 * (20 - 10) / 20, rel=0.1)
    assert 3 <= found.best <= 7


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"max_degree": 40}, "the largest degree is 40"),
        ({"samples": 10}, "needs at least 16"),
        ({"noise": 0.0}, "the noise is 0"),
        ({"noise": 1e200}, "at most 1e\\+06"),
        ({"samples": 10**9}, "expected at most 10000"),
        ({"repeats": 1}, "expected 2 to 10000"),
        ({"seed": -1}, "the seed is -1"),
        ({"inputs": "odd"}, "expected 'even' or 'random'"),
    ],
)
def test_numbers_out_of_range(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        capacity_curve(**asked)
