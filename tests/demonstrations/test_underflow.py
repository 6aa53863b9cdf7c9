"""What float16 loses of gradients, against casts by NumPy and torch, and gradients against torch's autograd."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from wattlab.demonstrations import training, underflow
from wattlab.demonstrations.formats import FORMATS
from wattlab.demonstrations.training import BATCHES, collect_gradients, train_briefly
from wattlab.demonstrations.underflow import Underflow, demonstrate_underflow, losses
from wattlab.recipe import Recipe


@pytest.fixture(scope="module")
def found() -> Underflow:
    return demonstrate_underflow(epochs=2)


def test_shares_are_those_of_real_casts() -> None:
    values = np.abs(np.ldexp(*(one(2, 5000) for one in (_digits, _exponents))))
    scales = (-8, 0, 10, 24)
    half, brain = (losses(values, "made up", FORMATS[name], scales) for name in ("float16", "bfloat16"))
    for place, scale in enumerate(scales):
        with np.errstate(over="ignore"):
            cast = np.ldexp(values, scale).astype(np.float16)
        tiny = np.finfo(np.float16).smallest_normal
        assert half.zero[place] == (cast == 0).mean()
        assert half.overflow[place] == np.isinf(cast).mean()
        assert half.subnormal[place] == ((cast > 0) & (cast < tiny)).mean()
        wide = torch.from_numpy(np.ldexp(values, scale)).to(torch.bfloat16)
        assert brain.zero[place] == float((wide == 0).double().mean())


def _digits(seed: int, n: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.random.default_rng(seed).random(n) + 0.5


def _exponents(seed: int, n: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.random.default_rng(seed + 1).integers(-40, 10, n)


def test_gradients_are_those_of_autograd() -> None:
    recipe = Recipe.named(training.RECIPE).with_changes({"training.epochs": 1, "engine.precision": "float64"})
    with training._training(recipe) as (data, trainer):
        deltas, gradient = next(training._backward(trainer))
        weights = {name: torch.from_numpy(one).requires_grad_() for name, one in trainer.weights().items()}
        rows = len(deltas[-1]) // data.n_outputs
        features = torch.from_numpy(data.train.features[:rows].astype(np.float64))
        labels = torch.from_numpy(data.train.labels[:rows].astype(np.int64))
    hidden = features @ weights["layers.0.weights"] + weights["layers.0.biases"]
    hidden.retain_grad()
    outputs = torch.relu(hidden) @ weights["layers.1.weights"] + weights["layers.1.biases"]
    outputs.retain_grad()
    torch.nn.functional.cross_entropy(outputs, labels).backward()  # type: ignore[no-untyped-call]
    by_weights = [
        weights[f"layers.{layer}.{kind}"].grad for kind in ("weights", "biases") for layer in (0, 1)
    ]
    flat = np.concatenate([np.asarray(one).ravel() for one in by_weights])
    np.testing.assert_allclose(gradient, flat, atol=1e-14)
    for ours, theirs in zip(deltas, (hidden.grad, outputs.grad), strict=True):
        np.testing.assert_allclose(ours, np.asarray(theirs).ravel(), atol=1e-15)


def test_magnitudes_of_every_epoch_are_kept() -> None:
    gradients = collect_gradients(2)
    n_activations, n_weights = 32 * (64 + 10), 64 * 64 + 64 + 64 * 10 + 10
    assert 0 < len(gradients.activations) <= 2 * BATCHES * n_activations
    assert 0 < len(gradients.weights) <= 2 * BATCHES * n_weights
    assert gradients.activations.min() > 0


def test_histograms_hold_all_gradients(found: Underflow) -> None:
    assert found.activations.sum() == pytest.approx(1.0)
    assert found.weights.sum() == pytest.approx(1.0)
    half = found.loss_of("weights", "float16")
    below = found.weights[found.exponents < -25].sum()
    assert half.zero[found.scales.index(0)] == pytest.approx(below, abs=1e-6)


def test_scaling_trades_underflow_for_overflow(found: Underflow) -> None:
    half, brain = (found.loss_of("activations", name) for name in ("float16", "bfloat16"))
    assert (np.diff(half.zero) <= 0).all()
    assert (np.diff(half.overflow) >= 0).all()
    assert (half.zero[0], brain.zero.max(), brain.overflow.max()) == (pytest.approx(1.0, abs=0.01), 0, 0)


def test_trainings_end_by_their_scale(found: Underflow) -> None:
    by = {one.label: one.trained for one in found.trainings}
    assert by["2^24"].n_skipped == by["2^24"].n_steps == 90
    assert by["2^-24"].n_skipped == 0
    assert by["dynamic"].loss < by["2^-24"].loss
    assert by["dynamic"].loss == pytest.approx(by["float32"].loss, rel=0.2)
    assert by["dynamic"].accuracy > 0.8 > by["2^24"].accuracy
    assert "dynamic" in " ".join(found.notes)


def test_without_torch_the_notes_say_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(underflow, "find_spec", lambda _: None)
    found = demonstrate_underflow(epochs=1)
    assert found.trainings == ()
    assert "torch, which emulates it here, is not installed" in found.notes[-1]
    assert found.loss_of("weights", "float16").zero[0] > 0.5


def test_a_training_in_float32_is_the_recipes() -> None:
    trained = train_briefly(2, {})
    assert (trained.n_steps, trained.n_skipped) == (90, 0)
    assert trained.accuracy > 0.8
