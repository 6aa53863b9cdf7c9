"""The loop: what is evaluated and noted when, and what ends a training."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import wattlab
from wattlab.data.dataset import Dataset
from wattlab.data.preparation import prepare
from wattlab.engines.native.engine import NativeTrainer
from wattlab.errors import DataError, RecipeError, RunError, UnsupportedError, WeightsError
from wattlab.meter.quantity import measured, missing, modelled
from wattlab.meter.sensors import Absent, Facts, Reading, Sensor, SensorLost, Sensors
from wattlab.recipe import Recipe
from wattlab.training import Observer, Start, TrainingInterrupted, train
from wattlab.training.spending import Spending

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wattlab.data.preparation import PreparedPart
    from wattlab.engines.base import Score, Weights
    from wattlab.records.run import Run
    from wattlab.training import EpochReport

POLITE = [signal.Signals[name] for name in ("SIGTERM", "SIGHUP") if name in signal.Signals.__members__]
STILL = {"optimizer.learning_rate": 1e-30}
"""So small a step that no weight changes."""


@pytest.fixture
def exact(tiny_recipe: Recipe) -> Recipe:
    """The tiny recipe in float64, with everything evaluated."""
    changes = {"engine.precision": "float64", "evaluation.train": "full", "data.validation_fraction": 0.2}
    return tiny_recipe.with_changes(changes)


def parts(run: Run) -> dict[str, tuple[Any, Any]]:
    """Features as they came, and labels, of every part."""
    return {
        role: (part.features, part.labels) for role, part in wattlab.load(run.recipe.data).parts().items()
    }


def cross_entropy(outputs: Any, labels: Any) -> float:
    return float(-np.log(outputs[np.arange(len(labels)), labels]).mean())


# What is noted down


def test_scores_and_costs_are_those_of_the_last_weights(exact: Recipe) -> None:
    run = train(exact)
    columns = {"training": "train", "validation": "validation", "test": "test"}
    for role, (features, labels) in parts(run).items():
        outputs = run.model.outputs(features)
        score = float((outputs.argmax(axis=1) == labels).mean())
        assert run.history[f"{columns[role]}_score"][-1] == pytest.approx(score, rel=1e-12)
        assert run.history[f"{columns[role]}_cost"][-1] == pytest.approx(
            cross_entropy(outputs, labels), rel=1e-9
        )
        assert getattr(run.record, f"{columns[role]}_score") == pytest.approx(score, rel=1e-12)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_share_of_regularisation_is_that_of_its_formula(exact: Recipe, reduction: str) -> None:
    l1, l2 = 0.01, 0.02
    changes = {"regularisation.l1": l1, "regularisation.l2": l2, "loss.reduction": reduction}
    run = train(exact.with_changes({**changes, "optimizer.learning_rate": 0.001}))
    weights = [array for name, array in run.model.weights().items() if name.endswith("weights")]
    term = sum(l1 * np.abs(array).sum() + l2 / 2 * np.square(array).sum() for array in weights)
    features, labels = parts(run)["training"]
    loss = cross_entropy(run.model.outputs(features), labels) * (len(labels) if reduction == "sum" else 1)
    assert run.history["train_cost"][-1] == pytest.approx(loss + term, rel=1e-9)
    assert run.history["train_regularisation_share"][-1] == pytest.approx(term / (loss + term), rel=1e-9)
    assert run.history["test_cost"][-1] > 0


def test_without_regularisation_its_share_is_nothing(exact: Recipe) -> None:
    history = train(exact).history
    assert not history["train_regularisation_share"].any()
    assert not history["batch_regularisation"].any()


def test_batch_columns_hold_every_batch(exact: Recipe) -> None:
    run = train(exact.with_changes({"training.batch_size": "all", "training.epochs": 1, **STILL}))
    features, labels = parts(run)["training"]
    outputs = run.model.outputs(features)
    truth = np.eye(3)[labels]
    assert run.history["batch_cost"].shape == (1, 1)
    assert run.history["batch_cost"][0, 0] == pytest.approx(cross_entropy(outputs, labels), rel=1e-9)
    assert run.history["batch_mean_abs_error"][0, 0] == pytest.approx(
        np.abs(truth - outputs).mean(), rel=1e-9
    )
    small = train(exact).history
    assert small["batch_cost"].shape == (4, 5)
    np.testing.assert_allclose(small["mean_batch_cost"], small["batch_cost"].mean(axis=1), rtol=1e-12)


def test_mean_weight_is_that_of_each_layer_without_biases(exact: Recipe) -> None:
    run = train(exact)
    weights = run.model.weights()
    expected = [np.abs(weights[f"layers.{index}.weights"]).mean() for index in range(2)]
    np.testing.assert_allclose(run.history["mean_abs_weight"][-1], expected, rtol=1e-12)


def test_learning_rate_and_momentum_are_those_of_the_epochs_last_step(tiny_recipe: Recipe) -> None:
    history = train(
        tiny_recipe.with_changes({"schedule.kind": "step", "schedule.every": 2, "schedule.factor": 0.5})
    ).history
    assert history["learning_rate"].tolist() == [0.05, 0.05, 0.025, 0.025]
    assert np.isnan(history["momentum"]).all()
    cycle = train(
        tiny_recipe.with_changes({"schedule.kind": "one-cycle", "schedule.momentum": [0.8, 0.95]})
    ).history
    assert cycle["momentum"][-1] == pytest.approx(0.95)
    assert cycle["momentum"].min() >= 0.8
    assert cycle["learning_rate"][-1] == pytest.approx(0.05 / 25 / 1e4)


def test_times_and_energy_only_grow(tiny_recipe: Recipe) -> None:
    run = train(tiny_recipe)
    for name in ("elapsed_s", "energy_J"):
        assert (np.diff(run.history[name]) > 0).all()
    spent_s = run.history["shuffle_s"] + run.history["batches_s"] + run.history["evaluation_s"]
    assert (spent_s > 0).all()
    assert spent_s.sum() < run.history["elapsed_s"][-1]
    assert run.history["forward_s"].shape == (4, 0)


def test_layer_times_are_kept_if_asked_for(tiny_recipe: Recipe) -> None:
    history = train(tiny_recipe.with_changes({"engine.layer_times": True})).history
    for name in ("forward_s", "backward_s"):
        assert history[name].shape == (4, 2)
        assert (history[name] > 0).all()


@pytest.mark.parametrize(("last_batch", "n_batches", "seen"), [("keep", 6, 96), ("drop", 6, 96)])
def test_a_last_batch_that_is_whole_is_never_dropped(
    tiny_recipe: Recipe, last_batch: str, n_batches: int, seen: int
) -> None:
    run = train(tiny_recipe.with_changes({"training.last_batch": last_batch}))
    assert run.record.dataset.n_train == seen
    assert run.history["batch_cost"].shape == (4, n_batches)


@pytest.mark.parametrize(("last_batch", "n_batches", "seen"), [("keep", 4, 96), ("drop", 3, 87)])
def test_a_short_last_batch_is_kept_or_dropped(
    tiny_recipe: Recipe, last_batch: str, n_batches: int, seen: int
) -> None:
    changes = {"training.last_batch": last_batch, "training.batch_size": 29, "engine.precision": "float64"}
    run = train(tiny_recipe.with_changes({**changes, **STILL}))
    assert run.history["batch_cost"].shape == (4, n_batches)
    assert run.record.steps == 4 * n_batches
    # The accuracy is a share of the samples that were seen.
    correct = run.history["train_score"] * seen
    np.testing.assert_allclose(correct, correct.round(), atol=1e-9)
    if last_batch == "keep":
        features, labels = parts(run)["training"]
        assert run.history["train_score"][-1] == pytest.approx((run.model.predict(features) == labels).mean())


def test_accuracy_from_batches_is_that_of_a_full_pass_if_no_weight_moves(exact: Recipe) -> None:
    full = train(exact.with_changes(STILL)).history
    batches = train(exact.with_changes({**STILL, "evaluation.train": "batches"})).history
    np.testing.assert_allclose(batches["train_score"], full["train_score"], rtol=1e-12)
    assert np.isnan(batches["train_cost"]).all()
    none = train(exact.with_changes({**STILL, "evaluation.train": "none"}))
    assert np.isnan(none.history["train_score"]).all()
    assert none.record.train_score is None


def test_evaluations_come_as_often_as_asked(exact: Recipe) -> None:
    changes = {
        "training.epochs": 6,
        "evaluation.train_every": 2,
        "evaluation.test_every": 3,
        "evaluation.validation_every": 4,
    }
    history = train(exact.with_changes(changes)).history
    assert history.known("train_score")[0].tolist() == [2, 4, 6]
    assert history.known("train_cost")[0].tolist() == [2, 4, 6]
    assert history.known("test_score")[0].tolist() == history.known("test_cost")[0].tolist() == [3, 6]
    assert history.known("validation_score")[0].tolist() == [4]


def test_the_test_part_is_always_evaluated_at_the_end(tiny_recipe: Recipe) -> None:
    run = train(tiny_recipe.with_changes({"evaluation.test_every": 0}))
    assert np.isnan(run.history["test_score"]).all()
    features, labels = parts(run)["test"]
    assert run.record.test_score == pytest.approx((run.model.predict(features) == labels).mean())


def test_scores_in_the_record_are_of_the_last_epoch_or_absent(exact: Recipe) -> None:
    changes = {"evaluation.train_every": 3, "evaluation.validation_every": 3}
    run = train(exact.with_changes(changes))
    assert run.history.known("train_score")[0].tolist() == [3]
    assert run.record.train_score is None
    features, labels = parts(run)["validation"]
    assert run.record.validation_score == pytest.approx((run.model.predict(features) == labels).mean())
    assert run.record.validation_score != run.history["validation_score"][2]


def test_accuracy_from_batches_costs_a_regression_no_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    full_passes: list[str] = []
    evaluate = NativeTrainer.evaluate

    def noting(trainer: NativeTrainer, part: PreparedPart) -> Score:
        if part is trainer.data.train:
            full_passes.append("training")
        return evaluate(trainer, part)

    monkeypatch.setattr(NativeTrainer, "evaluate", noting)
    changes = {"training.epochs": 3, "evaluation.train": "batches", "evaluation.train_every": 1}
    run = train(Recipe.named("linear-regression").with_changes(changes))
    assert np.isnan(run.history["train_score"]).all()
    assert run.record.train_score is None
    assert full_passes == []
    full = train(Recipe.named("linear-regression").with_changes({**changes, "evaluation.train": "full"}))
    assert np.isfinite(full.history["train_score"]).all()
    assert len(full_passes) == 3


def test_regression_is_scored_by_its_share_of_explained_variance() -> None:
    recipe = Recipe.named("linear-regression").with_changes(
        {"training.epochs": 300, "engine.precision": "float64"}
    )
    run = train(recipe)
    features, labels = parts(run)["test"]
    residual = labels[:, 0] - run.model.predict(features)
    expected = 1 - np.square(residual).sum() / np.square(labels - labels.mean()).sum()
    assert run.record.score_name == "R²"
    assert run.record.test_score == pytest.approx(expected, rel=1e-9)
    assert run.history["test_cost"][-1] == pytest.approx(np.square(residual).sum() / 2, rel=1e-9)
    assert (run.record.test_accuracy, run.record.confusion) == (None, None)


def test_one_seed_gives_one_training_and_another_another(tiny_recipe: Recipe) -> None:
    first, again = train(tiny_recipe), train(tiny_recipe)
    other = train(tiny_recipe.with_changes({"seed": 1}))
    for name, array in first.model.weights().items():
        assert array.tobytes() == again.model.weights()[name].tobytes()
        assert array.tobytes() != other.model.weights()[name].tobytes()


# What ends a training


def test_the_target_stops_a_training(tiny_recipe: Recipe) -> None:
    record = train(tiny_recipe.with_changes({"stop.target": 0.0})).record
    assert (record.stop_reason, record.epochs, record.target_epoch) == ("target", 1, 1)
    assert (record.reached_target, record.target_part) == (True, "test")
    assert record.time_to_target_s is not None
    assert 0 < record.time_to_target_s < (record.cost.total.wall.value or 0)
    assert record.energy_to_target is not None
    assert record.energy_to_target.unit == "J"


def test_a_target_that_does_not_stop_is_noted(tiny_recipe: Recipe) -> None:
    record = train(tiny_recipe.with_changes({"stop.target": 0.0, "stop.at_target": False})).record
    assert (record.stop_reason, record.epochs, record.target_epoch) == ("epochs", 4, 1)
    assert record.reached_target is True


def test_a_missed_target_is_said_to_be_missed(tiny_recipe: Recipe) -> None:
    record = train(tiny_recipe.with_changes({"stop.target": 1.5})).record
    assert (record.stop_reason, record.reached_target, record.target_epoch) == ("epochs", False, None)
    assert (record.time_to_target_s, record.energy_to_target) == (None, None)


@pytest.mark.parametrize("test_every", [0, 3])
def test_the_evaluation_at_the_end_is_judged_too(tiny_recipe: Recipe, test_every: int) -> None:
    changes = {"evaluation.test_every": test_every, "stop.at_target": False}
    score = train(tiny_recipe).record.test_score
    scores = train(tiny_recipe).history["test_score"]
    assert scores[2] < score, "the tiny recipe must get better in its last epoch for this test"
    record = train(tiny_recipe.with_changes({**changes, "stop.target": score})).record
    assert (record.reached_target, record.target_epoch) == (True, 4)


def test_validation_at_the_end_is_judged_too(exact: Recipe) -> None:
    changes = {"stop.target": 0.0, "stop.at_target": False, "evaluation.validation_every": 3}
    record = train(exact.with_changes({**changes, "training.epochs": 2})).record
    assert (record.reached_target, record.target_epoch) == (True, 2)
    assert train(exact.with_changes({**changes, "training.epochs": 4})).record.target_epoch == 3


def test_what_the_evaluation_at_the_end_took_counts_as_spent_to_the_target(
    tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, counter = count(0, 10), count(0, 100)
    monkeypatch.setattr(Spending, "elapsed_s", lambda spending: float(next(clock)))
    monkeypatch.setattr(Spending, "energy", lambda spending: measured(float(next(counter)), "J", "fake"))
    record = train(tiny_recipe.with_changes({"evaluation.test_every": 0, "stop.target": 0.0})).record
    assert record.time_to_target_s == 50
    assert record.energy_to_target is not None
    assert record.energy_to_target.value == 500


@pytest.mark.parametrize("patience", [1, 2])
def test_patience_ends_what_gets_no_better(tiny_recipe: Recipe, patience: int) -> None:
    changes = {"stop.patience": patience, "training.epochs": 9, **STILL}
    record = train(tiny_recipe.with_changes(changes)).record
    assert (record.stop_reason, record.epochs) == ("patience", 1 + patience)


def test_patience_counts_evaluations_not_epochs(tiny_recipe: Recipe) -> None:
    changes = {"stop.patience": 2, "training.epochs": 20, "evaluation.test_every": 3, **STILL}
    assert train(tiny_recipe.with_changes(changes)).record.epochs == 9


def test_a_time_budget_ends_a_training(tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = count(0, 10)
    monkeypatch.setattr(Spending, "elapsed_s", lambda spending: float(next(clock)))
    run = train(tiny_recipe.with_changes({"stop.time_budget_s": 30.0}))
    assert (run.record.stop_reason, run.record.epochs) == ("time budget", 3)
    assert run.history["elapsed_s"].tolist() == [10, 20, 30]


def test_an_energy_budget_ends_a_training(tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    counter = count(0, 100)
    monkeypatch.setattr(Spending, "energy", lambda spending: measured(float(next(counter)), "J", "fake"))
    run = train(tiny_recipe.with_changes({"stop.energy_budget_J": 150.0}))
    assert (run.record.stop_reason, run.record.epochs) == ("energy budget", 2)
    assert run.history["energy_J"].tolist() == [100, 200]


def test_the_smallest_budget_still_gives_one_epoch(tiny_recipe: Recipe) -> None:
    record = train(tiny_recipe.with_changes({"stop.time_budget_s": 1e-9})).record
    assert (record.stop_reason, record.epochs) == ("time budget", 1)


def test_an_energy_budget_needs_an_energy(
    tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wattlab.meter import Meter

    monkeypatch.setattr(Meter, "energy_since_start", lambda meter: missing("J", "no sensor"))
    with pytest.raises(
        UnsupportedError, match=r"stop.energy_budget_J cannot be kept, as the energy is missing"
    ):
        train(tiny_recipe.with_changes({"stop.energy_budget_J": 150.0}))
    assert not (tmp_path / "wattlab-runs").exists()


def test_a_missing_energy_is_nan_in_the_history(tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Spending, "energy", lambda spending: missing("J", "no sensor"))
    assert np.isnan(train(tiny_recipe).history["energy_J"]).all()


@pytest.mark.parametrize(
    ("part", "judged"), [("auto", "validation"), ("validation", "validation"), ("test", "test")]
)
def test_the_validation_part_decides_where_there_is_one(exact: Recipe, part: str, judged: str) -> None:
    run = train(
        exact.with_changes(
            {"stop.part": part, "stop.target": 0.5, "stop.at_target": False, "training.epochs": 6}
        )
    )
    assert run.record.target_part == judged
    reached = np.flatnonzero(run.history[f"{judged}_score"] >= 0.5)
    assert run.record.target_epoch == (reached[0] + 1 if reached.size else None)


class Counter(Sensor):
    """Counts 100 J a second, and may be lost after some readings."""

    def __init__(self, lost_after: float = float("inf")) -> None:
        self.facts = Facts("rapl:package-0", "package-0", "measured", resolution_s=1e-6, max_power_W=500.0)
        self.lost_after = lost_after

    def read(self) -> Reading:
        self.lost_after -= 1
        if self.lost_after < 0:
            msg = "driver reloaded"
            raise SensorLost(msg)
        now_s = Start.now().wall_s
        return Reading(now_s, 100.0 * now_s)


def count_with(sensor: Sensor, monkeypatch: pytest.MonkeyPatch) -> None:
    sensors = Sensors((sensor,), idle=modelled(10.0, "W", "model:idle", (5.0, 20.0)))
    monkeypatch.setattr("wattlab.meter.meter._discovered", lambda settings: sensors)


def test_a_total_that_a_counter_counted_is_measured(
    tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    count_with(Counter(), monkeypatch)
    now = Start.now()
    cost = train(tiny_recipe, start=Start(now.wall_s - 10.0, now.cpu_s)).record.cost
    total = cost.total.energy
    assert (total.provenance, total.sensor) == ("measured", "rapl:package-0")
    assert "start-up before the meter: mean power of what followed it" in total.note
    assert cost.price.provenance == "measured"
    assert total.value is not None
    assert total.interval is not None
    # The clock and the counter are read one after the other, on a machine that may be busy.
    assert total.value == pytest.approx(100 * (cost.total.wall.value or 0), rel=0.3)
    assert total.interval[0] < total.value - 500
    assert total.interval[1] > total.value + 500
    assert (cost.start_up.energy.provenance, cost.training.energy.provenance) == ("modelled", "measured")


def test_a_lost_sensor_ends_a_training_with_an_energy_budget(
    tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    count_with(Counter(lost_after=30), monkeypatch)
    record = train(tiny_recipe.with_changes({"stop.energy_budget_J": 1e9, "training.epochs": 99})).record
    assert record.stop_reason == "energy budget"
    assert 0 < record.epochs < 99
    assert (
        f"the energy sensor was lost by the end of epoch {record.epochs} (driver reloaded" in record.message
    )
    count_with(Counter(lost_after=30), monkeypatch)
    assert train(tiny_recipe).record.stop_reason == "epochs"


# Divergence


def test_the_stable_step_finds_the_talks_plane() -> None:
    run = train("linear-regression")
    assert run.record.stop_reason == "epochs"
    weights = run.model.weights()
    np.testing.assert_allclose(weights["layers.0.weights"][:, 0], [4, -5, 3], atol=5e-4)
    np.testing.assert_allclose(weights["layers.0.biases"], [2], atol=5e-4)
    assert run.record.test_score > 0.999999


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_the_talks_step_diverges_and_says_so(precision: str) -> None:
    recipe = Recipe.named("linear-regression")
    run = train(recipe.with_changes({"optimizer.learning_rate": 0.01, "engine.precision": precision}))
    record = type(run)(run.path).record
    assert record.stop_reason == "diverged"
    assert f"the weights after epoch {record.epochs} are kept" in record.message
    assert f"in batch 1 of epoch {record.epochs + 1}" in record.message
    assert "Lower optimizer.learning_rate (now 0.01), or set training.clip_norm" in record.message
    assert 5 < record.epochs < 4000
    assert run.history.n_epochs == record.epochs
    assert all(np.isfinite(array).all() for array in run.model.weights().values())
    norms = run.history["mean_abs_weight"][:, 0]
    kept = run.model.weights()["layers.0.weights"]
    assert np.abs(kept).mean() == pytest.approx(norms[-1], rel=1e-6)
    assert run.history["batch_cost"][-1, 0] > run.history["batch_cost"][0, 0]
    assert str(run)


def test_what_diverges_at_once_keeps_the_initial_weights(tiny_recipe: Recipe) -> None:
    still = train(tiny_recipe.with_changes({**STILL, "training.epochs": 1}))
    changes = {"optimizer.learning_rate": 1e38, "network.layers[0].activation": "relu", "loss.kind": "mse"}
    changes["network.layers[1].activation"] = "identity"
    run = train(tiny_recipe.with_changes(changes))
    assert (run.record.stop_reason, run.record.epochs, run.record.steps) == ("diverged", 0, 0)
    assert "the initial weights are kept" in run.record.message
    assert run.history.n_epochs == 0
    assert (run.record.train_score, run.record.samples_per_s) == (None, 0.0)
    name = "layers.0.weights"
    assert run.model.weights()[name].tobytes() == still.model.weights()[name].tobytes()
    assert "stopped: diverged" in str(run)
    assert repr(wattlab.runs())


def test_a_divergence_says_nothing_of_a_target(tiny_recipe: Recipe) -> None:
    changes = {"optimizer.learning_rate": 1e38, "network.layers[0].activation": "relu", "loss.kind": "mse"}
    changes |= {"network.layers[1].activation": "identity", "stop.target": 0.0}
    record = train(tiny_recipe.with_changes(changes)).record
    assert (record.stop_reason, record.reached_target) == ("diverged", False)


# Where it begins


def test_a_training_begins_with_the_weights_of_another(tiny_recipe: Recipe) -> None:
    first = train(tiny_recipe, name="first")
    second = train(tiny_recipe.with_changes(STILL), start_from="first", name="second")
    for name, array in first.model.weights().items():
        assert array.tobytes() == second.model.weights()[name].tobytes()
    assert second.record.start_from == "first"
    assert train(tiny_recipe, start_from="last").record.start_from == "second"
    assert train(tiny_recipe, start_from="wattlab-runs/first").record.start_from == "first"


def test_weights_of_another_shape_are_refused(tiny_recipe: Recipe, tmp_path: Path) -> None:
    train(tiny_recipe, name="first")
    wider = tiny_recipe.with_changes({"network.layers[0].units": 6})
    with pytest.raises(
        WeightsError, match=r"layers.0.weights has shape \(2, 5\), but this network needs \(2, 6\)"
    ):
        train(wider, start_from="first")
    with pytest.raises(RunError, match="there is no run 'second'"):
        train(tiny_recipe, start_from="second")
    assert [path.name for path in (tmp_path / "wattlab-runs").iterdir()] == ["first"]


@pytest.mark.parametrize(
    ("changes", "error", "complaint"),
    [
        ({"network.layers[1].units": 2}, RecipeError, "units is 2, but the data has 3 classes"),
        ({"training.batch_size": 97}, DataError, "has 96 samples, fewer than one batch of 97"),
        ({"data.dataset": "blob"}, DataError, "there is no data set 'blob'; did you mean 'blobs'"),
        ({"data.options.sample": 9}, DataError, "has no option 'sample'; allowed are samples, classes"),
        ({"data.options.samples": "9"}, DataError, "option samples is '9'; expected a whole number"),
        ({"data.options.samples": True}, DataError, "option samples is True; expected a whole number"),
        ({"preparation.after": "bytes"}, DataError, "bytes"),
        ({"engine.name": "nativ"}, RecipeError, "engine.name is 'nativ'; expected one of 'native', 'torch'"),
        (
            {"engine.compiled": True, "engine.layer_times": True},
            UnsupportedError,
            "engine.compiled does not go",
        ),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_written(
    tiny_recipe: Recipe, tmp_path: Path, changes: dict[str, Any], error: type[Exception], complaint: str
) -> None:
    with pytest.raises(error, match=complaint):
        train(tiny_recipe.with_changes(changes))
    assert not (tmp_path / "wattlab-runs").exists()


def test_recipes_are_taken_by_name_and_path(tiny_toml: str, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(tiny_toml)
    assert train("mine.toml").record.recipe_name == "tiny"


# Whom it tells, and what it leaves alone


def test_the_observer_hears_of_every_epoch(tiny_recipe: Recipe) -> None:
    class Listening(Observer):
        def __init__(self) -> None:
            self.heard: list[Any] = []

        def started(self, plan: Any) -> None:
            self.heard.append(
                (plan.run_id, plan.first_epoch, plan.n_batches, plan.n_samples, plan.n_parameters)
            )

        def epoch(self, report: EpochReport) -> None:
            self.heard.append(report)

        def ended(self) -> None:
            self.heard.append("ended")

    observer = Listening()
    run = train(tiny_recipe, observer=observer, name="heard")
    started, *reports, ended = observer.heard
    assert (started, ended) == (("heard", 0, 6, 96, 33), "ended")
    assert [(one.epoch, one.epochs) for one in reports] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert [one.test_score for one in reports] == run.history["test_score"].tolist()
    assert [one.loss for one in reports] == run.history["mean_batch_cost"].tolist()
    assert all(one.validation_score is None and one.samples_per_s > 0 for one in reports)
    assert {one.power.unit for one in reports} == {"W"}


class Signalling(Observer):
    """Sends this process a signal after the second epoch."""

    def __init__(self, number: signal.Signals) -> None:
        self.number = number

    def epoch(self, report: EpochReport) -> None:
        if report.epoch == 2:
            os.kill(os.getpid(), self.number)


def test_a_training_may_run_beside_the_main_thread(tiny_recipe: Recipe) -> None:
    runs: list[Run] = []
    thread = threading.Thread(target=lambda: runs.append(train(tiny_recipe)))
    thread.start()
    thread.join()
    assert runs[0].record.epochs == 4


def test_signal_handlers_and_prepared_data_are_left_as_they_were(tiny_recipe: Recipe) -> None:
    before = signal.getsignal(signal.SIGTERM)
    data = wattlab.load(tiny_recipe.data)
    fingerprint = data.fingerprint
    train(tiny_recipe)
    assert signal.getsignal(signal.SIGTERM) is before
    assert wattlab.load(tiny_recipe.data).fingerprint == fingerprint
    assert prepare(data, tiny_recipe.preparation, np.float32).train.features.dtype == np.float32


@pytest.mark.parametrize("number", POLITE)
def test_what_is_ignored_does_not_interrupt(tiny_recipe: Recipe, number: signal.Signals) -> None:
    before = signal.signal(number, signal.SIG_IGN)  # as nohup does
    try:
        run = train(tiny_recipe, observer=Signalling(number))
    finally:
        signal.signal(number, before)
    assert run.record.epochs == 4


@pytest.mark.parametrize("number", POLITE)
def test_a_polite_end_and_a_closed_terminal_interrupt(tiny_recipe: Recipe, number: signal.Signals) -> None:
    with pytest.raises(TrainingInterrupted):
        train(tiny_recipe, observer=Signalling(number))


def test_a_start_before_the_imports_counts(tiny_recipe: Recipe) -> None:
    early = Start(Start.now().wall_s - 100, Start.now().cpu_s - 7)
    record = train(tiny_recipe, start=early, name="early").record
    assert 100 < (record.cost.start_up.wall.value or 0) < 130
    assert (record.cost.total.cpu.value or 0) > 7
    assert record.cost.total.energy.interval is not None
    assert wattlab.runs()[0].history["elapsed_s"][0] > 100


def test_the_fingerprint_of_the_data_is_part_of_its_cost(
    tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Dataset] = []

    def fingerprint(dataset: Dataset) -> str:
        if not any(dataset is one for one in found):
            found.append(dataset)
            time.sleep(0.2)
        return "0" * 64

    monkeypatch.setattr(Dataset, "fingerprint", property(fingerprint))
    assert (train(tiny_recipe).record.cost.data.wall.value or 0) >= 0.2


def test_an_epoch_copies_its_weights_once(tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    copies: list[int] = []
    weights = NativeTrainer.weights

    def noting(trainer: NativeTrainer) -> Weights:
        copies.append(1)
        return weights(trainer)

    monkeypatch.setattr(NativeTrainer, "weights", noting)

    def copied(epochs: int) -> int:
        copies.clear()
        train(tiny_recipe.with_changes({"training.epochs": epochs}))
        return len(copies)

    assert copied(7) - copied(2) == 5


@pytest.mark.parametrize(
    ("default", "batch_size", "chosen", "expected"),
    [(3, 64, None, 3), (None, 64, None, None), (1, 64, 2, 2), (3, 8, None, 1), (3, 8, 2, 2)],
)
def test_threads_are_those_of_the_recipe_else_of_the_engine_else_of_the_quota(
    tiny_recipe: Recipe,
    monkeypatch: pytest.MonkeyPatch,
    default: int | None,
    batch_size: int,
    chosen: int | None,
    expected: int | None,
) -> None:
    asked: list[int | None] = []

    @contextmanager
    def limit(threads: int | None) -> Iterator[None]:
        asked.append(threads)
        yield

    monkeypatch.setattr("wattlab.engines.base.default_threads", lambda: default)
    monkeypatch.setattr("wattlab.engines.base.limit_threads", limit)
    changes = {"training.batch_size": batch_size} | ({"engine.threads": chosen} if chosen else {})
    train(tiny_recipe.with_changes(changes))
    assert asked == [expected]


class Steady(Sensor):
    """A counter at 20 W, on the real clock."""

    def __init__(self) -> None:
        self.facts = Facts("rapl:package-0", "package-0", "measured", 0.001, 500.0)

    def read(self) -> Reading:
        now_s = time.perf_counter()
        return Reading(now_s, 20.0 * now_s)


def test_the_baseline_is_measured_first_and_is_no_part_of_the_training(
    tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wattlab.meter.meter._discovered", lambda _: Sensors((Steady(),)))
    started_s = time.perf_counter()
    run = train(tiny_recipe, baseline_s=1.5)
    total = run.record.cost.total
    assert total.wall.value is not None
    assert total.wall.value < time.perf_counter() - started_s - 1.5
    assert "idle baseline measured over " in total.idle.note
    assert total.net.provenance == "measured"
    assert total.net.value == pytest.approx(0.0, abs=0.5)
    elapsed_s = run.history["elapsed_s"][-1]
    assert elapsed_s <= total.wall.value


def test_what_would_make_the_figures_better_is_told_once(
    tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Listening(Observer):
        def __init__(self) -> None:
            self.heard: list[str] = []

        def warning(self, message: str) -> None:
            self.heard.append(message)

    plug = Absent("plug:tasmota", "the plug does not answer", "check url in [plug]", closed=True)
    monkeypatch.setattr("wattlab.meter.meter._discovered", lambda _: Sensors((Steady(),), absent=(plug,)))
    observer = Listening()
    train(tiny_recipe, observer=observer)
    assert observer.heard == ["not measured by plug:tasmota: the plug does not answer; check url in [plug]"]
