"""Weights by epoch: kept whole, the training the same to the bit, and going on after an interrupt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from safetensors.numpy import load_file
from tests.training.test_resume import Interrupting, same

from wattlab.data.catalog import load
from wattlab.data.preparation import prepare
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.errors import ParameterError, RunError, StorageError
from wattlab.records import kept_weights
from wattlab.records.kept_weights import WeightsKeeper
from wattlab.records.run import Run
from wattlab.training import Observer, TrainingInterrupted, resume, train

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.engines.base import Weights
    from wattlab.recipe import Recipe


def assert_equal(weights: Weights, others: Weights) -> None:
    assert weights.keys() == others.keys()
    for name, array in weights.items():
        assert array.tobytes() == others[name].tobytes()


def test_each_epoch_has_the_weights_of_a_training_that_ends_there(
    tiny_recipe: Recipe, tmp_path: Path
) -> None:
    run = train(tiny_recipe, runs=tmp_path, name="kept", keep_weights=1)
    assert list(run.weights_by_epoch) == [0, 1, 2, 3, 4]
    assert 4 in run.weights_by_epoch
    assert 5 not in run.weights_by_epoch
    for epochs in (1, 3):
        shorter = train(tiny_recipe.with_changes({"training.epochs": epochs}), runs=tmp_path)
        assert_equal(run.weights_by_epoch[epochs], shorter.model.weights())


def test_the_training_is_the_same_to_the_bit_with_and_without(tiny_recipe: Recipe, tmp_path: Path) -> None:
    same(train(tiny_recipe, runs=tmp_path, keep_weights=1), train(tiny_recipe, runs=tmp_path))


def test_epoch_0_has_the_initial_weights(tiny_recipe: Recipe, tmp_path: Path) -> None:
    run = train(tiny_recipe, runs=tmp_path, keep_weights=3)
    prepared = prepare(load(tiny_recipe.data), tiny_recipe.preparation, np.dtype(np.float32))
    wanted = initial_weights(tiny_recipe.network, Inputs.of(prepared), 3, tiny_recipe.seed)
    kept = run.weights_by_epoch[0]
    for name, array in wanted.items():
        np.testing.assert_array_equal(kept[name], array.astype(np.float32))


def test_every_second_epoch_and_the_last_one(tiny_recipe: Recipe, tmp_path: Path) -> None:
    run = train(tiny_recipe.with_changes({"training.epochs": 5}), runs=tmp_path, keep_weights=2)
    assert list(run.weights_by_epoch) == [0, 2, 4, 5]
    assert len(run.weights_by_epoch) == 4
    assert repr(run.weights_by_epoch) == "KeptWeights(epochs 0, 2, 4, 5)"
    assert_equal(run.weights_by_epoch[5], run.model.weights())
    files = sorted(path.name for path in (run.path / "epochs").iterdir())
    assert files == ["000000.safetensors", "000002.safetensors", "000004.safetensors"]
    assert_equal(load_file(run.path / "epochs" / files[1]), run.weights_by_epoch[2])


def test_the_model_of_an_epoch_predicts_as_a_training_that_ends_there(
    tiny_recipe: Recipe, tmp_path: Path
) -> None:
    run = train(tiny_recipe, runs=tmp_path, name="kept", keep_weights=1)
    shorter = train(tiny_recipe.with_changes({"training.epochs": 2}), runs=tmp_path)
    features = load(tiny_recipe.data).test.features
    np.testing.assert_array_equal(run.model_at(2).outputs(features), shorter.model.outputs(features))
    with pytest.raises(
        RunError, match="'kept' has kept no weights of epoch 9, only of 0, 1, 2, 3, 4; train with"
    ):
        run.model_at(9)


def test_without_the_option_only_the_last_are_there(tiny_recipe: Recipe, tmp_path: Path) -> None:
    run = train(tiny_recipe, runs=tmp_path)
    assert list(run.weights_by_epoch) == [4]
    assert not (run.path / "epochs").exists()


@pytest.mark.parametrize("after", [0, 2, 3])
def test_an_interrupted_training_goes_on_keeping(tiny_recipe: Recipe, tmp_path: Path, after: int) -> None:
    whole = train(tiny_recipe, runs=tmp_path, name="whole", keep_weights=1)
    with pytest.raises(TrainingInterrupted):
        train(tiny_recipe, runs=tmp_path, name="cut", keep_weights=1, observer=Interrupting(after))
    run = resume("cut", runs=tmp_path)
    assert list(run.weights_by_epoch) == [0, 1, 2, 3, 4]
    for epoch, weights in whole.weights_by_epoch.items():
        assert_equal(run.weights_by_epoch[epoch], weights)


def test_a_diverged_training_has_kept_what_was_finite(tiny_recipe: Recipe, tmp_path: Path) -> None:
    wild = {"optimizer.learning_rate": 100.0, "network.layers[0].activation": "relu", "loss.kind": "mse"}
    wild |= {"network.layers[1].activation": "identity", "optimizer.kind": "sgd"}
    run = train(tiny_recipe.with_changes(wild), runs=tmp_path, keep_weights=1)
    assert run.record.stop_reason == "diverged"
    assert list(run.weights_by_epoch) == list(range(run.record.epochs + 1))
    assert_equal(run.weights_by_epoch[run.record.epochs], run.model.weights())


def test_a_full_disk_costs_the_kept_weights_and_not_the_training(
    tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warnings = list[str]()

    class Watching(Observer):
        def warning(self, message: str) -> None:
            warnings.append(message)

    def full(path: Path, content: bytes) -> None:
        raise StorageError("no space left on device")

    monkeypatch.setattr(kept_weights, "write_atomically", full)
    run = train(tiny_recipe, runs=tmp_path, keep_weights=1, observer=Watching())
    assert list(run.weights_by_epoch) == [4]
    assert warnings == [
        "the weights of epoch 0 could not be saved, the training goes on: no space left on device"
    ]


def test_weights_of_an_epoch_after_the_last_do_not_count(tiny_recipe: Recipe, tmp_path: Path) -> None:
    run = train(tiny_recipe, runs=tmp_path, keep_weights=2)
    folder = run.path / "epochs"
    (folder / "000006.safetensors").write_bytes((folder / "000002.safetensors").read_bytes())
    assert list(Run(run.path).weights_by_epoch) == [0, 2, 4]


def test_a_damaged_file_is_named(tiny_recipe: Recipe, tmp_path: Path) -> None:
    run = train(tiny_recipe, runs=tmp_path, keep_weights=1)
    (run.path / "epochs" / "000002.safetensors").write_bytes(b"not weights")
    with pytest.raises(RunError, match=r"000002.safetensors' cannot be read .* delete that file"):
        Run(run.path).weights_by_epoch[2]


def test_a_number_below_0_is_refused_before_anything_is_written(tiny_recipe: Recipe, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="keep_weights is -1; expected a whole number of epochs"):
        train(tiny_recipe, runs=tmp_path / "none", keep_weights=-1)
    assert not (tmp_path / "none").exists()


def test_when_weights_are_due(tmp_path: Path) -> None:
    assert [epoch for epoch in range(7) if WeightsKeeper(tmp_path, 3).is_due(epoch)] == [0, 3, 6]
    assert not WeightsKeeper(tmp_path, 0).is_due(0)
