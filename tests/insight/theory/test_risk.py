"""Empirical risk against scikit-learn; surfaces against formulas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import log_loss, mean_absolute_error, mean_squared_error, zero_one_loss

from wattlab.errors import DataError, ParameterError
from wattlab.insight.theory import Formula, empirical_risk, loss_surface, risk_surface, talk
from wattlab.insight.theory.surface import risen_levels

DRAWS = np.random.default_rng(0)
TARGETS, OUTPUTS = DRAWS.normal(size=(2, 30))
LABELS, CLASSES = DRAWS.integers(0, 2, (2, 30))


@pytest.mark.parametrize(
    ("cost", "outputs", "y", "expected"),
    [
        ("squared", OUTPUTS, TARGETS, mean_squared_error(TARGETS, OUTPUTS)),
        ("absolute", OUTPUTS, TARGETS, mean_absolute_error(TARGETS, OUTPUTS)),
        ("zero-one", CLASSES, LABELS, zero_one_loss(LABELS, CLASSES)),
        ("logistic", OUTPUTS, LABELS, log_loss(LABELS, 1 / (1 + np.exp(-OUTPUTS)))),
    ],
)
def test_costs_are_those_of_scikit_learn(cost: Any, outputs: Any, y: Any, expected: float) -> None:
    assert empirical_risk(outputs, y, cost) == pytest.approx(expected, rel=1e-12)


def test_the_risk_of_a_line_is_least_where_least_squares_is() -> None:
    x = np.linspace(-1, 1, 20)
    y = 2 * x - 1 + 0.1 * np.random.default_rng(1).normal(size=20)
    slope, offset = np.polyfit(x, y, 1)
    found = risk_surface(
        lambda p, x: p[0] * x + p[1],
        x,
        y,
        {"a": (slope - 1, slope + 1), "b": (offset - 2, offset + 2)},
        n_points=5,
    )
    assert found.losses.shape == (5, 5)
    assert found.losses.argmin() == 2 * 5 + 2
    assert found.losses[0, 4] == pytest.approx(np.mean((found.x[4] * x + found.y[0] - y) ** 2))  # type: ignore[index]


def test_a_surface_holds_the_other_parameters_still() -> None:
    loss, _ = talk(seed=0)
    at = np.array([4.0, -5.0, 3.0, 2.0])
    found = loss_surface(loss, at, (2, 3), [(2.0, 4.0), (1.0, 3.0)], 3)
    assert found.names == ("a3", "b")
    assert found.held == {"a1": 4.0, "a2": -5.0}
    assert found.losses[1, 1] == pytest.approx(0.0, abs=1e-20)
    assert found.losses[0, 2] == pytest.approx(loss.values(np.array([[4.0, -5.0, 4.0, 1.0]]))[0])


def test_a_surface_is_empty_outside_the_domain() -> None:
    found = loss_surface(Formula.of("log(x) + y"), np.ones(2), (0, 1), [(-1.0, 1.0), (0.0, 1.0)], 5)
    assert np.isnan(found.losses[:, :3]).all()
    assert np.isfinite(found.losses[:, 3:]).all()


def test_levels_rise_from_the_lowest_loss_by_about_equal_factors_and_are_round() -> None:
    levels = np.array(risen_levels(np.array([[2.0, np.nan], [3.0, 102.0]])))
    ends = 2 + np.geomspace(0.1, 100.0, 14)
    assert (ends[:-1] < levels).all()
    assert (levels < ends[1:]).all()
    assert [f"{level:.3g}" for level in levels] == [f"{level:.12g}" for level in levels]
    assert risen_levels(np.ones((2, 2))) == ()


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({}, "0 parameters are to be shown"),
        ({"a": (0, 1), "b": (0, 1), "c": (0, 1)}, "3 parameters"),
        ({"a": (1, 0)}, "a goes from 1 to 0"),
        ({"a": (0, np.inf)}, "expected finite numbers"),
    ],
)
def test_spans_that_are_none(over: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        risk_surface(lambda p, x: p[0] * x, OUTPUTS, TARGETS, over)


def test_a_loss_that_is_nowhere_finite_is_refused() -> None:
    with pytest.raises(ParameterError, match="nowhere a finite number"):
        loss_surface(Formula.of("log(x)"), np.ones(1), (0,), [(-2.0, -1.0)])


def test_costs_and_data_that_do_not_fit() -> None:
    with pytest.raises(ParameterError, match="did you mean 'squared'"):
        empirical_risk(OUTPUTS, TARGETS, "square")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="labels 0 and 1"):
        empirical_risk(OUTPUTS, TARGETS, "logistic")
    with pytest.raises(DataError, match="expected the same"):
        empirical_risk(OUTPUTS[:, None], TARGETS)
