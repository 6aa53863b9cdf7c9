"""Networks for images from the training to the file and back: resumed, loaded, predicting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from wattlab.data import load
from wattlab.recipe import Recipe
from wattlab.recipe.engine import engine_changes
from wattlab.records.store import RunStore
from wattlab.training import Observer, TrainingInterrupted, resume, train

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.training import EpochReport

SMALL = {
    "data.dataset": "synthetic-images",
    "data.options": {"samples": 60, "test_samples": 20, "rows": 8, "columns": 8, "channels": 3},
    "training.batch_size": 20,
    "engine.threads": 1,
}
BRANCH = [{"kind": "conv2d", "filters": 4, "kernel": 3, "padding": "same"}, {"kind": "batch-norm"}]
CLASSIFIER = [
    {"kind": "conv2d", "filters": 4, "kernel": [3, 2], "padding": "same", "activation": "relu"},
    {"kind": "residual", "layers": BRANCH},
    {"kind": "conv2d-transpose", "filters": 2, "kernel": 3},
    {"kind": "flatten"},
    {"kind": "dropout", "rate": 0.5},
    {"activation": "softmax"},
]


class Interrupting(Observer):
    def epoch(self, report: EpochReport) -> None:
        if report.epoch == 1:
            raise KeyboardInterrupt


def test_a_network_for_images_resumes_bit_for_bit_with_augmentation_and_dropout(tmp_path: Path) -> None:
    recipe = Recipe.named("cifar10-cnn").with_changes(
        {**SMALL, "network.layers": CLASSIFIER, "augmentation.shift": 2, "training.epochs": 3}
    )
    whole = train(recipe, runs=tmp_path, name="whole")
    with pytest.raises(TrainingInterrupted):
        train(recipe, runs=tmp_path, name="cut", observer=Interrupting())
    resumed = resume("cut", runs=tmp_path)
    np.testing.assert_array_equal(resumed.history["batch_cost"], whole.history["batch_cost"])
    others = resumed.model.weights()
    assert {name: array.tobytes() for name, array in whole.model.weights().items()} == {
        name: array.tobytes() for name, array in others.items()
    }


@pytest.mark.parametrize(
    "layers",
    [
        [{"units": 4, "activation": "relu"}, {"activation": "sigmoid"}],
        [{"kind": "flatten"}, {"units": 4}, {"kind": "sampling"}, {"activation": "sigmoid"}],
    ],
    ids=["dense, by the native engine", "variational, by torch"],
)
def test_an_autoencoder_read_back_reconstructs_as_its_record_says(
    layers: list[dict[str, Any]], tmp_path: Path
) -> None:
    changes = {**SMALL, "network.layers": layers, "training.epochs": 1}
    run = train(Recipe.named("mnist-vae").with_changes(changes), runs=tmp_path, name="a")
    pixels = load(run.recipe.data).test.features
    found = RunStore(tmp_path).find("a").model.predict(pixels)
    wanted = pixels / 255
    score = 1 - ((wanted - found) ** 2).sum() / ((wanted - wanted.mean(axis=0)) ** 2).sum()
    assert (run.record.score_name, run.record.dataset.classes) == ("R²", None)
    assert run.record.test_score == pytest.approx(score, abs=1e-5)


@pytest.mark.parametrize("preparation", ["bytes", "min-max"])
@pytest.mark.parametrize("engine", ["native", "native:torch", "native:compiled"])
def test_a_dense_autoencoder_learns_alike_on_our_engine_and_torch(
    engine: str, preparation: str, tmp_path: Path
) -> None:
    layers = [{"units": 4, "activation": "tanh"}, {"activation": "sigmoid"}]
    changes = {
        **SMALL,
        "network.layers": layers,
        "training.epochs": 1,
        "preparation.after": preparation,
        "engine.precision": "float64",
    }
    recipe = Recipe.named("mnist-vae").with_changes(changes)
    ours, torchs = (
        train(recipe.with_changes(engine_changes(name)), runs=tmp_path, name=str(place))
        for place, name in enumerate((engine, "torch"))
    )
    for name, weights in torchs.model.weights().items():
        np.testing.assert_allclose(ours.model.weights()[name], weights, rtol=1e-9, atol=1e-12, err_msg=name)
    assert ours.record.test_score == pytest.approx(torchs.record.test_score, abs=1e-9)


def test_features_left_out_before_a_batch_normalisation(tmp_path: Path) -> None:
    changes = {
        "data.dataset": "digits",
        "data.options": {},
        "preparation.after": "standard",
        "preparation.reduction.kind": "drop-constant",
        "network.layers": [{"kind": "batch-norm"}, {"activation": "softmax"}],
        "training.epochs": 1,
        "engine.threads": 1,
    }
    run = train(Recipe.named("moons-graph").with_changes(changes), runs=tmp_path)
    predicted = run.model.predict(load("digits").test.features)
    assert run.record.dataset.n_features_used == 61
    assert (predicted == load("digits").test.labels).mean() == pytest.approx(run.record.test_score, abs=1e-6)
