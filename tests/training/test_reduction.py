"""Trainings on fewer features: what is saved predicts for new samples, and what the reduction takes is counted."""

from __future__ import annotations

from time import sleep
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import wattlab
from wattlab.data.reduction.clusters import fit_clusters
from wattlab.records.run import Run
from wattlab.training.observer import Observer

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.recipe import Recipe

KINDS: tuple[dict[str, Any], ...] = (
    {"kind": "drop-constant"},
    {"kind": "clusters", "n_clusters": 20},
    {"kind": "pca", "n_components": 20, "whiten": True},
    {"kind": "pool", "factor": 2},
    {"kind": "random-projection", "n_components": 30, "matrix": "sparse"},
)
INPUTS = (61, 20, 20, 16, 30)
CONVOLUTION = [
    {"kind": "conv2d", "filters": 4, "kernel": 3, "activation": "relu"},
    {"kind": "flatten"},
    {"units": 10, "activation": "softmax"},
]


def digits(reduction: dict[str, Any], **changes: Any) -> Recipe:
    return wattlab.Recipe.named("digits").with_changes(
        {"preparation": {"reduction": reduction, "after": "standard"}, "training.epochs": 2, **changes}
    )


@pytest.mark.parametrize(("reduction", "n_inputs"), list(zip(KINDS, INPUTS, strict=True)))
def test_a_saved_run_reduces_new_samples(reduction: dict[str, Any], n_inputs: int, tmp_path: Path) -> None:
    run = wattlab.train(digits(reduction), name="reduced", runs=tmp_path, phases=False)
    assert run.record.dataset.n_features_used == n_inputs
    test = wattlab.load("digits").test
    outputs = run.model.outputs(test.features)
    assert (outputs.argmax(axis=1) == test.labels).mean() == pytest.approx(run.record.test_score)
    again = Run(tmp_path / "reduced").model
    assert np.array_equal(again.outputs(test.features), outputs)
    assert np.allclose(again.outputs(test.features[0]), outputs[:1], rtol=1e-3, atol=1e-5)


def test_convolutions_see_the_smaller_image(tmp_path: Path) -> None:
    changes = {"network": {"layers": CONVOLUTION}, "engine": {"name": "torch"}}
    run = wattlab.train(digits({"kind": "pool"}, **changes), name="small", runs=tmp_path, phases=False)
    assert run.model.weights()["layers.2.weights"].shape == (2 * 2 * 4, 10)  # of 4 × 4 pixels
    features = wattlab.load("digits").test.features
    again = Run(tmp_path / "small").model
    assert np.array_equal(again.outputs(features), run.model.outputs(features))


def test_the_reduction_counts_in_the_cost_and_in_the_time_to_target(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*asked: Any) -> Any:
        sleep(0.4)
        return fit_clusters(*asked)

    monkeypatch.setattr("wattlab.data.reduction.fitting.fit_clusters", slow)
    recipe = digits(KINDS[1], **{"stop.target": 0.2})
    record = wattlab.train(recipe, runs=tmp_path, phases=False).record
    assert record.reached_target
    assert record.cost.data.wall.value is not None
    assert record.cost.data.wall.value >= 0.4
    assert record.time_to_target_s is not None
    assert record.time_to_target_s >= 0.4
    assert record.energy_to_target is not None
    assert record.energy_to_target.value is not None
    assert record.cost.data.energy.value is not None
    assert record.energy_to_target.value >= record.cost.data.energy.value


def test_a_run_that_learned_from_the_test_part_says_so(tmp_path: Path) -> None:
    class Listener(Observer):
        def __init__(self) -> None:
            self.heard: list[str] = []

        def warning(self, message: str) -> None:
            self.heard.append(message)

    listener = Listener()
    stacked = digits({**KINDS[1], "fit_on": "train-and-test"})
    run = wattlab.train(stacked, runs=tmp_path, observer=listener, phases=False)
    assert "scores on the test part are optimistic" in run.record.message
    assert run.record.message in listener.heard
