"""Weights by epoch: those that a run has kept, or those of the same training done again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from wattlab.errors import RunError
from wattlab.insight.epochs.again import trained_again
from wattlab.insight.epochs.weights import choose_epochs, epoch_weights
from wattlab.records.run import Run
from wattlab.training import Observer, train

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.recipe import Recipe
    from wattlab.training import EpochReport


def files_of(run: Run) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in run.path.rglob("*")}


def test_kept_weights_are_taken_as_they_are(tiny_recipe: Recipe, tmp_path: Path) -> None:
    run = train(tiny_recipe, runs=tmp_path, keep_weights=1)
    with epoch_weights(run) as found:
        assert (found.epochs, found.is_again, found.difference) == ((0, 1, 2, 3, 4), False, 0.0)
        assert found.note == "weights kept by the run"
        features = np.ones((3, 2))
        np.testing.assert_array_equal(found.model_at(2).outputs(features), run.model_at(2).outputs(features))


def test_the_same_training_is_done_again_to_the_bit_and_the_run_stays(
    tiny_recipe: Recipe, tmp_path: Path
) -> None:
    kept = train(tiny_recipe, runs=tmp_path, name="kept", keep_weights=1)
    run = train(tiny_recipe, runs=tmp_path, name="plain")
    before = files_of(run)
    with epoch_weights(run) as found:
        assert (found.epochs, found.is_again, found.difference) == ((0, 1, 2, 3, 4), True, 0.0)
        for epoch in range(5):
            for name, array in kept.weights_by_epoch[epoch].items():
                np.testing.assert_array_equal(found.kept[epoch][name], array)
        assert found.note.endswith(
            "trained again with its recipe and seed, final weights equal to the run's to the bit"
        )
    assert files_of(run) == before
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["kept", "plain"]


@pytest.mark.parametrize(
    "stops",
    [{"stop.target": 0.1, "training.epochs": 9}, {"stop.time_budget_s": 1e-9, "training.epochs": 9}],
    ids=["target", "time budget"],
)
def test_a_run_that_ended_early_is_trained_as_far_as_it_went(
    tiny_recipe: Recipe, tmp_path: Path, stops: dict[str, float]
) -> None:
    run = train(tiny_recipe.with_changes({**stops, "schedule.kind": "cosine"}), runs=tmp_path)
    assert run.record.epochs == 1
    with epoch_weights(run) as found:
        assert (found.epochs, found.difference) == ((0, 1), 0.0)


def test_other_engines_are_trained_again_as_well(tiny_recipe: Recipe, tmp_path: Path) -> None:
    sgd = {"optimizer.kind": "sgd", "optimizer.learning_rate": 0.05, "network.layers[0].activation": "tanh"}
    run = train(tiny_recipe.with_changes({**sgd, "engine": {"name": "sklearn"}}), runs=tmp_path)
    with epoch_weights(run) as found:
        assert found.difference <= 1e-6


def test_a_difference_is_told(tiny_recipe: Recipe, tmp_path: Path) -> None:
    run = train(tiny_recipe, runs=tmp_path)
    other = train(tiny_recipe.with_changes({"seed": 1}), runs=tmp_path)
    (run.path / "weights.safetensors").write_bytes((other.path / "weights.safetensors").read_bytes())
    with epoch_weights(Run(run.path)) as found:
        assert found.difference > 0
        assert found.note.endswith(f"final weights within {found.difference:.2g} of the run's")


def test_a_warm_start_needs_the_run_it_began_with(tiny_recipe: Recipe, tmp_path: Path) -> None:
    first = train(tiny_recipe, runs=tmp_path, name="first")
    run = train(tiny_recipe, runs=tmp_path, name="second", start_from="first")
    with epoch_weights(run) as found:
        assert found.difference == 0.0
        for name, array in first.model.weights().items():
            np.testing.assert_array_equal(found.kept[0][name], array)
    first.path.rename(tmp_path / "elsewhere")
    with (
        pytest.raises(
            RunError, match=r"'second' has kept no weights .* it began with the weights of 'first'"
        ),
        epoch_weights(run),
    ):
        pass


def test_an_observer_is_told_and_may_interrupt(tiny_recipe: Recipe, tmp_path: Path) -> None:
    run = train(tiny_recipe, runs=tmp_path)
    seen = list[int]()

    class Watching(Observer):
        def epoch(self, report: EpochReport) -> None:
            seen.append(report.epoch)
            if len(seen) == 6:
                raise KeyboardInterrupt

    with epoch_weights(run, observer=Watching()):
        assert seen == [1, 2, 3, 4]
    with pytest.raises(KeyboardInterrupt), trained_again(run, 1, Watching()):
        pass
    assert seen == [1, 2, 3, 4, 1, 2]


def test_a_run_without_a_finished_epoch_is_refused(tiny_recipe: Recipe, tmp_path: Path) -> None:
    changes = {"optimizer.learning_rate": 1e38, "network.layers[0].activation": "relu", "loss.kind": "mse"}
    changes["network.layers[1].activation"] = "identity"
    run = train(tiny_recipe.with_changes(changes), runs=tmp_path, name="wild")
    with pytest.raises(RunError, match=r"'wild' has no finished epoch \(diverged\)"), epoch_weights(run):
        pass


def test_no_more_epochs_than_asked_for(tiny_recipe: Recipe, tmp_path: Path) -> None:
    run = train(tiny_recipe.with_changes({"training.epochs": 25}), runs=tmp_path, keep_weights=1)
    kept = run.weights_by_epoch
    assert choose_epochs(kept, 1, 100) == tuple(range(26))
    assert choose_epochs(kept, 10, 100) == (0, 10, 20, 25)
    assert choose_epochs(kept, 1, 3) == (0, 12, 25)
    assert choose_epochs(kept, 30, 100) == (0, 25)
    plain = train(tiny_recipe.with_changes({"training.epochs": 25}), runs=tmp_path)
    with epoch_weights(plain, most=7) as found:
        assert found.epochs == (0, 5, 10, 15, 20, 25)
    with epoch_weights(plain, every=4, most=5) as found:
        assert found.epochs == (0, 8, 16, 24, 25)
    with epoch_weights(plain, most=2) as found:
        assert found.epochs == (0, 25)
