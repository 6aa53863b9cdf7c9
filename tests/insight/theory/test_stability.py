"""Stable rates: eigenvalues against numpy and torch, bounds against the recursions themselves."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.autograd.functional import hessian

from wattlab.errors import ParameterError
from wattlab.insight.theory import (
    Formula,
    LeastSquares,
    around_bound,
    curvature_at,
    descend,
    make_optimizer,
    stable_rate,
    talk,
)
from wattlab.insight.theory.objective import minimum_of

BOUNDED = [("gd", 0.0), ("sgd", 0.0)] + [
    (kind, gamma) for kind in ("momentum", "nesterov", "momentum-one-step") for gamma in (0.0, 0.3, 0.9)
]


def _recursion(kind: str, gamma: float, step: float) -> float:
    """Return the spectral radius of what a step does along an eigenvector, step = ηλ."""
    matrices = {
        "gd": [[1 - step]],
        "sgd": [[1 - step]],
        "momentum": [[1 + gamma - step, -gamma], [1, 0]],
        "nesterov": [[(1 + gamma) * (1 - step), -gamma * (1 - step)], [1, 0]],
        "momentum-one-step": [[1 - step, -gamma * step], [1, 0]],
    }
    return float(np.abs(np.linalg.eigvals(np.array(matrices[kind]))).max())


@pytest.mark.parametrize(("kind", "gamma"), BOUNDED)
def test_the_bound_is_where_the_recursion_leaves_the_unit_circle(kind: str, gamma: float) -> None:
    curvature = curvature_at(Formula.of("x**2 + 4*y**2"), np.zeros(2))
    bound = stable_rate(make_optimizer(kind, 1.0, gamma), curvature).rate
    assert bound is not None
    assert _recursion(kind, gamma, bound * 8) == pytest.approx(1.0, abs=1e-9)
    assert _recursion(kind, gamma, 0.999 * bound * 8) < 1.0 < _recursion(kind, gamma, 1.001 * bound * 8)


@pytest.mark.parametrize(("kind", "gamma"), BOUNDED)
def test_paths_grow_above_the_bound_and_fall_below(kind: str, gamma: float) -> None:
    found = around_bound(
        Formula.of("x**2 + 4*y**2"), [2.0, 1.5], make_optimizer(kind, 1.0, gamma), 150, factors=(0.9, 1.1)
    )
    below, above = found.paths
    assert below.losses[-1] < 1e-2 * below.losses[0]
    assert above.diverged
    assert above.losses[-1] > 1e2 * above.losses[0]


def test_the_regression_bends_by_its_largest_singular_value() -> None:
    loss, start = talk(seed=0)
    curvature = curvature_at(loss, start)
    assert curvature.exact
    assert curvature.largest == pytest.approx(2 * np.linalg.norm(loss.design, 2) ** 2, rel=1e-12)
    assert curvature.condition == pytest.approx(np.linalg.cond(loss.design) ** 2, rel=1e-9)
    mean, _ = talk(reduction="mean", seed=0)
    assert curvature_at(mean, start).largest == pytest.approx(curvature.largest / 50, rel=1e-12)


def test_the_summed_loss_of_the_talk_diverges_for_20_of_20_seeds() -> None:
    bounds = []
    for seed in range(20):
        loss, start = talk(seed=seed)
        assert descend(loss, start, make_optimizer("gd", 0.01), 100).diverged
        bound = stable_rate(make_optimizer("gd", 0.01), curvature_at(loss, start)).rate
        assert bound is not None
        assert not descend(loss, start, make_optimizer("gd", 0.99 * bound), 100).diverged
        bounds.append(bound)
    # The sources: stable below about 0.0008 to 0.0017.
    assert (min(bounds), max(bounds)) == pytest.approx((0.0008, 0.0017), rel=0.05)


def test_the_mean_loss_of_the_talk_is_stable_and_slow_for_20_of_20_seeds() -> None:
    for seed in range(20):
        loss, start = talk(reduction="mean", seed=seed)
        path = descend(loss, start, make_optimizer("gd", 0.01), 100)
        assert not path.diverged
        assert path.losses[-1] > 0.1


def test_the_minimum_of_the_talk_is_what_the_data_was_made_of() -> None:
    loss, start = talk(seed=1)
    found = minimum_of(loss, start)
    assert found is not None
    np.testing.assert_allclose(found, [4.0, -5.0, 3.0, 2.0], atol=1e-9)
    noisy, _ = talk(noise=0.5, seed=1)
    best, *_ = np.linalg.lstsq(noisy.design, noisy.targets, rcond=None)
    np.testing.assert_allclose(minimum_of(noisy, start), best, atol=1e-9)  # type: ignore[arg-type]


def test_local_curvature_is_that_of_torch() -> None:
    loss = Formula.of("(1 - x)**2 + 5*(y - x**2)**2 + exp(x*y)")
    point = np.array([0.3, -0.2])

    def value(at: torch.Tensor) -> torch.Tensor:
        x, y = at
        found: torch.Tensor = (1 - x) ** 2 + 5 * (y - x**2) ** 2 + torch.exp(x * y)
        return found

    expected = hessian(value, torch.tensor(point))  # type: ignore[no-untyped-call]
    curvature = curvature_at(loss, point)
    np.testing.assert_allclose(curvature.eigenvalues, np.linalg.eigvalsh(expected.numpy()), rtol=1e-12)
    assert not curvature.exact
    assert minimum_of(loss, point) is None


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        ("x**2 - y**2", "gd", "bends down"),
        ("x + y", "momentum", "does not bend"),
        ("x**2 + y**2", "adam", "divided by the size of the gradient"),
    ],
)
def test_there_may_be_no_bound(text: str, kind: str, reason: str) -> None:
    bound = stable_rate(make_optimizer(kind, 0.1), curvature_at(Formula.of(text), np.ones(2)))
    assert bound.rate is None
    assert reason in bound.reason
    with pytest.raises(ParameterError, match="has no stable rate"):
        around_bound(Formula.of(text), [1.0, 1.0], make_optimizer(kind, 0.1), 5)


@pytest.mark.parametrize(
    ("text", "exact"), [("(x - y)**2 + 3*x", True), ("abs(x) + y", False), ("x**2 + relu(y - 50)", False)]
)
def test_only_polynomials_bend_the_same_everywhere(text: str, exact: bool) -> None:
    assert curvature_at(Formula.of(text), np.ones(2)).exact is exact


def test_a_curvature_that_is_not_finite_sets_no_bound() -> None:
    curvature = curvature_at(Formula.of("x**1.5 + y**1.5"), np.zeros(2))
    assert np.isnan(curvature.eigenvalues).all()
    assert "not a finite number" in stable_rate(make_optimizer("gd", 0.1), curvature).reason


def test_a_flat_valley_has_no_condition_number() -> None:
    loss = LeastSquares(np.array([[1.0, 1.0]]), np.ones(1), intercept=False)
    assert curvature_at(loss, np.zeros(2)).condition is None
    assert minimum_of(loss, np.zeros(2)) is None
