"""Saturation against derivatives by torch, and against forward passes written out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from wattlab import Recipe, train
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.errors import ParameterError, RunError
from wattlab.insight.inside.saturation import activity_of, find_saturation
from wattlab.insight.subject import open_subject

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("name", "steepest"), [("sigmoid", 0.25), ("tanh", 1.0)])
def test_flat_is_where_torchs_derivative_is_small(name: str, steepest: float) -> None:
    z = torch.from_numpy(np.random.default_rng(0).normal(0, 4, (50, 6))).requires_grad_()
    outputs = getattr(torch, name)(z)
    (slope,) = torch.autograd.grad(outputs.sum(), z)
    flat = (slope < 0.05 * steepest).numpy()
    found = activity_of("h", name, outputs.detach().numpy())
    assert found.saturated == pytest.approx(flat.mean())
    assert found.low == pytest.approx((flat & (z.detach().numpy() < 0)).mean())
    assert found.shares.sum() == pytest.approx(1.0)


def test_dead_units_never_leave_the_flat_end() -> None:
    outputs = np.array([[0.0, 0.0, 1.0, 2.0], [0.0, 3.0, 0.0, 2.0]])
    assert activity_of("h", "relu", outputs).dead == 0.25
    assert np.isnan(activity_of("h", "relu", outputs).saturated)
    assert activity_of("h", "sigmoid", [[0.001, 0.5], [0.999, 0.999]]).dead == 0.5
    assert np.isnan(activity_of("h", "softmax", [[0.1, 0.9]]).dead)


def test_both_ends_of_a_training_are_forward_passes_with_their_weights(tiny_recipe: Recipe) -> None:
    network = [
        {"units": 5, "activation": "tanh"},
        {"units": 4, "activation": "relu"},
        {"activation": "softmax"},
    ]
    run = train(tiny_recipe.with_changes({"network.layers": network}))
    found = find_saturation(run, n_samples=10_000)
    features = open_subject(run).part("training").features
    seen = run.model.transform.apply(features, np.float64)
    begun = initial_weights(run.recipe.network, Inputs(features.shape[1]), 3, run.recipe.seed)
    for weights, layers in ((begun, found.initial), (run.model.weights(), found.final)):
        hidden = np.tanh(seen @ weights["layers.0.weights"] + weights["layers.0.biases"])
        z = hidden @ weights["layers.1.weights"] + weights["layers.1.biases"]
        assert layers[0].saturated == pytest.approx((1 - hidden**2 < 0.05).mean(), abs=1e-3)
        assert layers[1].dead == (z <= 0).all(axis=0).mean()
        counts, _ = np.histogram(np.maximum(z, 0), layers[1].edges)
        np.testing.assert_allclose(layers[1].shares, counts / z.size, atol=2e-3)
    assert (found.n_samples, found.part, found.notes) == (len(features), "training", ())


def test_a_run_that_began_with_anothers_weights_has_no_initial_ones(tiny_recipe: Recipe) -> None:
    first = train(tiny_recipe)
    found = find_saturation(train(tiny_recipe, start_from=first.id), n_samples=20)
    assert (found.initial, found.n_samples) == ((), 20)
    assert repr(first.id) in found.notes[0]


def test_what_cannot_be_asked(tiny_recipe: Recipe, tmp_path: Path) -> None:
    linear = train(Recipe.named("linear-regression").with_changes({"training.epochs": 1}))
    with pytest.raises(RunError, match="no layer with an activation"):
        find_saturation(linear)
    for wrong in ({"flat": 1.0}, {"n_samples": 0}):
        with pytest.raises(ParameterError, match=f"{next(iter(wrong))} is"):
            find_saturation(linear, **wrong)
    closed = train(tiny_recipe.with_changes({"evaluation.test": False}))
    with pytest.raises(RunError, match="take --part training"):
        find_saturation(closed, "test")


def test_layers_without_an_activation_are_named(tiny_recipe: Recipe) -> None:
    layers = [{"name": "code", "units": 2}, {"units": 3, "activation": "tanh"}, {"activation": "softmax"}]
    run = train(tiny_recipe.with_changes({"network.layers": layers}))
    assert find_saturation(run).notes == ("Not shown, as without an activation nothing saturates: code.",)
