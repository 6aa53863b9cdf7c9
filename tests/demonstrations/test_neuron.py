"""The single neuron, against torch's gradient and scikit-learn's scaling."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.preprocessing import StandardScaler

from wattlab.demonstrations.neuron import FEATURES, TARGETS, cost, demonstrate_neuron, descend, gradient


@pytest.mark.parametrize("weights", [(0.0, 0.0), (0.01, -0.02), (-0.003, 0.004)])
def test_cost_and_gradient_are_torchs(weights: tuple[float, float]) -> None:
    w = torch.tensor(weights, dtype=torch.float64, requires_grad=True)
    outputs = torch.sigmoid(torch.from_numpy(FEATURES) @ w)
    total = 0.5 * ((torch.from_numpy(TARGETS) - outputs) ** 2).sum()
    total.backward()  # type: ignore[no-untyped-call]
    assert w.grad is not None
    assert cost(weights) == pytest.approx(total.item(), rel=1e-13)
    np.testing.assert_allclose(gradient(weights), w.grad.numpy(), rtol=1e-10)


def test_the_targets_follow_from_the_ranges_of_the_source() -> None:
    large_first = (FEATURES[:, 0] > 100) & (FEATURES[:, 1] < 35)
    large_second = (FEATURES[:, 0] <= 25) & (FEATURES[:, 1] > 100)
    assert (large_first | large_second).all()
    np.testing.assert_array_equal(TARGETS, np.where(large_first, 0.3, 0.7))


def test_a_step_is_the_gradient_times_the_rate() -> None:
    start = np.array([[0.01, -0.01], [0.0, 0.002]])
    weights, costs = descend(start, FEATURES, 1e-4, 1)
    np.testing.assert_allclose(weights, start - 1e-4 * gradient(start), rtol=1e-14)
    np.testing.assert_allclose(costs, np.stack([cost(start), cost(weights)], axis=1), rtol=1e-14)


def test_scaling_cures_what_no_learning_rate_does() -> None:
    found = demonstrate_neuron(epochs=300)
    raw, standard, min_max = found.descents
    assert (raw.n_reached, standard.n_reached, min_max.n_reached) == (0, 36, 36)
    assert raw.saturated.mean() == 1.0
    assert standard.saturated.mean() == 0.0
    # From zero weights the raw neuron gets there: it is the start that is saturated, not the task that is too hard.
    assert raw.least < 0.0175
    assert "0 of 36 starts" in found.sentence


def test_standard_scaling_is_scikit_learns() -> None:
    found = demonstrate_neuron(epochs=1)
    scaled = StandardScaler().fit_transform(FEATURES)
    np.testing.assert_allclose(found.descents[1].z, found.starts @ scaled.T, atol=1e-12)
