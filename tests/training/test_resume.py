"""An interrupted training goes on bit for bit as if it had never stopped."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from wattlab.errors import RunError, StorageError
from wattlab.recipe import Recipe
from wattlab.records.checkpoint import Checkpoint
from wattlab.records.store import OpenRun, RunStore
from wattlab.training import Observer, TrainingInterrupted, resume, train
from wattlab.training.judge import Judge

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.records.run import Run
    from wattlab.training import EpochReport, Plan

EPOCHS = 5
TIMES = {"shuffle_s", "batches_s", "evaluation_s", "elapsed_s", "energy_J", "forward_s", "backward_s"}


class Interrupting(Observer):
    """Interrupts after an epoch, and notes what it was told."""

    def __init__(self, after: int | None = None) -> None:
        self.after, self.epochs, self.plan, self.n_ended = after, list[int](), None, 0

    plan: Plan | None

    def started(self, plan: Plan) -> None:
        self.plan = plan
        if self.after == 0:
            raise KeyboardInterrupt

    def epoch(self, report: EpochReport) -> None:
        self.epochs.append(report.epoch)
        if report.epoch == self.after:
            raise KeyboardInterrupt

    def ended(self) -> None:
        self.n_ended += 1


def same(run: Run, other: Run) -> None:
    """Compare all but times and names."""
    weights, others = run.model.weights(), other.model.weights()
    assert weights.keys() == others.keys()
    for name, array in weights.items():
        assert array.tobytes() == others[name].tobytes()
    assert run.history.arrays.keys() == other.history.arrays.keys()
    for name in run.history.arrays.keys() - TIMES:
        np.testing.assert_array_equal(run.history[name], other.history[name])
    facts = ("stop_reason", "epochs", "steps", "test_score", "train_score", "validation_score", "confusion")
    judged = ("reached_target", "target_epoch", "start_from", "recipe", "message")
    for name in (*facts, *judged):
        assert getattr(run.record, name) == getattr(other.record, name)


def interrupted(recipe: Recipe, folder: Path, after: int, **options: Any) -> str:
    observer = Interrupting(after)
    with pytest.raises(TrainingInterrupted) as caught:
        train(recipe, runs=folder, name=f"cut{after}", observer=observer, **options)
    assert (caught.value.run_id, caught.value.epochs) == (f"cut{after}", after)
    assert (observer.epochs, observer.n_ended) == (list(range(1, after + 1)), 1)
    return caught.value.run_id


CASES: dict[str, dict[str, Any]] = {
    "momentum": {},
    "adam, one-cycle": {
        "optimizer.kind": "adam",
        "schedule.kind": "one-cycle",
        "schedule.momentum": [0.8, 0.95],
    },
    "one-step, inverse-time": {
        "optimizer.kind": "momentum-one-step",
        "schedule.kind": "inverse-time",
        "schedule.decay": 0.1,
    },
    "nesterov, one-cycle, last batch dropped": {
        "optimizer.kind": "nesterov",
        "schedule.kind": "one-cycle",
        "schedule.momentum": [0.8, 0.95],
        "training.last_batch": "drop",
    },
    "rmsprop, regularised, clipped, float64": {
        "optimizer.kind": "rmsprop",
        "optimizer.learning_rate": 0.01,
        "regularisation.l1": 0.001,
        "regularisation.l2": 0.01,
        "training.clip_norm": 0.5,
        "engine.precision": "float64",
    },
    "adagrad, cosine, not shuffled": {
        "optimizer.kind": "adagrad",
        "schedule.kind": "cosine",
        "training.shuffle": False,
    },
    "adamw, validation, patience": {
        "optimizer.kind": "adamw",
        "data.validation_fraction": 0.2,
        "stop.patience": 2,
        "stop.target": 0.5,
        "stop.at_target": False,
        "evaluation.test_every": 2,
        "evaluation.train": "full",
    },
}


@pytest.mark.parametrize("changes", CASES.values(), ids=CASES.keys())
def test_resuming_after_any_epoch_is_as_never_having_stopped(
    tiny_recipe: Recipe, tmp_path: Path, changes: dict[str, Any]
) -> None:
    recipe = tiny_recipe.with_changes({"training.epochs": EPOCHS, **changes})
    whole = train(recipe, runs=tmp_path, name="whole")
    assert whole.record.epochs > 1
    for after in range(whole.record.epochs + 1):
        name = interrupted(recipe, tmp_path, after)
        observer = Interrupting()
        resumed = resume(name, runs=tmp_path, observer=observer)
        same(resumed, whole)
        assert observer.epochs == list(range(after + 1, whole.record.epochs + 1))
        assert observer.plan is not None
        assert observer.plan.first_epoch == after
        assert resumed.record.sessions == 2
        assert sorted(path.name for path in resumed.path.iterdir()) == [
            "history.npz",
            "recipe.toml",
            "record.json",
            "weights.safetensors",
        ]


def test_a_training_may_be_interrupted_after_every_epoch(tiny_recipe: Recipe, tmp_path: Path) -> None:
    recipe = tiny_recipe.with_changes({"optimizer.kind": "adam"})
    whole = train(recipe, runs=tmp_path, name="whole")
    name = interrupted(recipe, tmp_path, 1)
    for after in (2, 3):
        with pytest.raises(TrainingInterrupted):
            resume(name, runs=tmp_path, observer=Interrupting(after))
    resumed = resume(name, runs=tmp_path)
    same(resumed, whole)
    assert resumed.record.sessions == 4
    elapsed_s = resumed.history["elapsed_s"]
    assert (np.diff(elapsed_s) > 0).all()
    assert (np.diff(resumed.history["energy_J"]) > 0).all()
    assert elapsed_s[-1] < (resumed.record.cost.total.wall.value or 0.0)


def test_what_has_reached_its_target_does_not_go_on(tiny_recipe: Recipe, tmp_path: Path) -> None:
    recipe = tiny_recipe.with_changes({"stop.target": 0.0})
    resumed = resume(interrupted(recipe, tmp_path, 1), runs=tmp_path)
    assert (resumed.record.stop_reason, resumed.record.epochs) == ("target", 1)
    same(resumed, train(recipe, runs=tmp_path, name="whole"))


def test_an_interrupt_within_an_epoch_keeps_the_finished_ones(
    tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal may come between any two instructions: here while the history is being written."""
    from wattlab.records.history import HistoryWriter

    whole = train(tiny_recipe, runs=tmp_path, name="whole")
    append = HistoryWriter.append

    def cut_short(writer: HistoryWriter, *args: Any) -> None:
        if writer.n_epochs == 2:
            writer._columns["learning_rate"].append(0.0)
            raise KeyboardInterrupt
        append(writer, *args)

    with monkeypatch.context() as patch:
        patch.setattr(HistoryWriter, "append", cut_short)
        with pytest.raises(TrainingInterrupted, match="'cut' was interrupted after 2 epochs"):
            train(tiny_recipe, runs=tmp_path, name="cut")
    same(resume("cut", runs=tmp_path), whole)


@pytest.mark.parametrize("where", ["Judge.see", "Model.save", "_confusion"])
def test_an_interrupt_anywhere_else_loses_nothing_either(
    tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    from wattlab.records.model import Model
    from wattlab.training import outcome

    def interrupt(*args: object) -> None:
        raise KeyboardInterrupt

    whole = train(tiny_recipe, runs=tmp_path, name="whole")
    owner, _, name = where.rpartition(".")
    with monkeypatch.context() as patch:
        patch.setattr({"Judge": Judge, "Model": Model, "": outcome}[owner], name, interrupt)
        with pytest.raises(TrainingInterrupted) as caught:
            train(tiny_recipe, runs=tmp_path, name="cut")
        assert caught.value.epochs == (0 if owner == "Judge" else 4)
    same(resume("cut", runs=tmp_path), whole)


def test_checkpoints_are_written_as_often_as_asked(
    tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[int] = []
    save = Checkpoint.save

    def noting(checkpoint: Checkpoint, path: Path) -> None:
        saved.append(len(checkpoint.history["learning_rate"]))
        save(checkpoint, path)

    monkeypatch.setattr(Checkpoint, "save", noting)
    for every, every_s, expected in [
        (0, None, []),
        (2, None, [2, 4]),
        (3, None, [3]),
        (0, 1e-9, [1, 2, 3, 4]),
    ]:
        saved.clear()
        train(
            tiny_recipe.model_copy(
                update={
                    "checkpoint": tiny_recipe.checkpoint.model_copy(
                        update={"every": every, "every_s": every_s}
                    )
                }
            ),
            runs=tmp_path,
        )
        assert saved == expected


class Failing(Observer):
    """Raises after the third epoch, and notes the warnings."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error, self.warnings = error, list[str]()

    def epoch(self, report: EpochReport) -> None:
        if report.epoch == 3 and self.error:
            raise self.error

    def warning(self, message: str) -> None:
        self.warnings.append(message)


def full_disk(*_: object) -> None:
    msg = "the disk is full"
    raise StorageError(msg)


def test_a_crash_goes_on_from_the_last_checkpoint(
    tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Crashing(Failing):
        def epoch(self, report: EpochReport) -> None:
            if report.epoch == 3:  # nothing is written from here on
                patch.setattr(OpenRun, "save_checkpoint", full_disk)
            super().epoch(report)

    recipe = tiny_recipe.with_changes({"checkpoint.every": 2})
    with monkeypatch.context() as patch, pytest.raises(RuntimeError, match="power"):
        train(recipe, runs=tmp_path, name="crashed", observer=Crashing(RuntimeError("the power went off")))
    observer = Interrupting()
    resumed = resume("crashed", runs=tmp_path, observer=observer)
    assert observer.epochs == [3, 4]
    same(resumed, train(recipe, runs=tmp_path, name="whole"))


def test_other_data_is_not_resumed(tiny_toml: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(60, 2)), np.arange(60) % 3
    np.savez(tmp_path / "mine.npz", X=features, y=labels)
    text = tiny_toml.replace('dataset = "blobs"', f'dataset = "{tmp_path}/mine.npz"')
    recipe = Recipe.from_toml(text.replace("options = { samples = 120, classes = 3, spread = 3.0 }", ""))
    name = interrupted(recipe, tmp_path / "runs", 2)
    np.savez(tmp_path / "mine.npz", X=features + 1e-9, y=labels)
    with pytest.raises(RunError, match=r"data set '.*mine.npz' has changed since the training began"):
        resume(name, runs=tmp_path / "runs")
    np.savez(tmp_path / "mine.npz", X=features, y=labels)
    assert resume(name, runs=tmp_path / "runs").record.epochs == 4


def test_without_a_checkpoint_or_with_a_damaged_one_nothing_is_resumed(
    tiny_recipe: Recipe, tmp_path: Path
) -> None:
    name = interrupted(tiny_recipe, tmp_path, 2)
    checkpoint = tmp_path / f"{name}.partial" / "checkpoint.safetensors"
    checkpoint.write_bytes(checkpoint.read_bytes()[:-9])
    with pytest.raises(RunError, match=r"checkpoint.safetensors' is damaged"):
        resume(name, runs=tmp_path)
    checkpoint.unlink()
    with pytest.raises(RunError, match="has no checkpoint: nothing was finished"):
        resume(name, runs=tmp_path)
    assert [(one.id, one.in_use) for one in RunStore(tmp_path).list()[1]] == [(name, False)]


def test_a_checkpoint_that_lacks_something_is_damaged(tiny_recipe: Recipe, tmp_path: Path) -> None:
    name = interrupted(tiny_recipe, tmp_path, 2)
    path = tmp_path / f"{name}.partial" / "checkpoint.safetensors"
    whole = Checkpoint.load(path)
    for lost in whole.progress.keys() - {"start", "keep_weights"}:  # which older ones lack
        rest = {key: value for key, value in whole.progress.items() if key != lost}
        Checkpoint(whole.state, whole.history, rest).save(path)
        with pytest.raises(RunError, match="is damaged"):
            resume(name, runs=tmp_path)
    Checkpoint(whole.state, {"test_score": np.zeros(2)}, whole.progress).save(path)
    with pytest.raises(RunError, match="is damaged"):
        resume(name, runs=tmp_path)


def test_a_judge_survives_json(tiny_recipe: Recipe) -> None:
    from wattlab.meter.quantity import measured

    judge = Judge(tiny_recipe.stop.model_copy(update={"target": 0.5, "patience": 3}))
    assert Judge.from_dict(judge.stop, json.loads(json.dumps(judge.to_dict()))) == judge
    for epoch, score in enumerate([0.1 + 0.2, 0.7, 0.6]):
        judge.see(epoch, score, 1.5 * epoch, measured(3.0, "J", "test"))
    assert Judge.from_dict(judge.stop, json.loads(json.dumps(judge.to_dict()))) == judge


def test_an_epoch_that_is_judged_but_not_kept_is_judged_once(
    tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = {"stop.patience": 3, "training.epochs": 9, "optimizer.learning_rate": 1e-30}
    recipe = tiny_recipe.with_changes(changes)
    whole = train(recipe, runs=tmp_path, name="whole")
    see = Judge.see

    def cut_short(judge: Judge, epoch: int, *args: Any) -> None:
        see(judge, epoch, *args)
        if epoch == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Judge, "see", cut_short)
        with pytest.raises(TrainingInterrupted, match="after 1 epochs"):
            train(recipe, runs=tmp_path, name="cut")
    same(resume("cut", runs=tmp_path), whole)


@pytest.mark.parametrize("error", [RuntimeError("a bug"), MemoryError(), SystemExit(1)])
def test_an_error_keeps_the_finished_epochs(
    tiny_recipe: Recipe, tmp_path: Path, error: BaseException
) -> None:
    with pytest.raises(type(error)) as caught:
        train(tiny_recipe, runs=tmp_path, name="failed", observer=Failing(error))
    assert caught.value is error
    observer = Interrupting()
    resumed = resume("failed", runs=tmp_path, observer=observer)
    assert observer.epochs == [4]
    same(resumed, train(tiny_recipe, runs=tmp_path, name="whole"))


def test_an_error_while_the_run_is_written_keeps_all_epochs(
    tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(OpenRun, "finish", full_disk)
        with pytest.raises(StorageError, match="full"):
            train(tiny_recipe, runs=tmp_path, name="failed")
    observer = Interrupting()
    resumed = resume("failed", runs=tmp_path, observer=observer)
    assert observer.epochs == []
    same(resumed, train(tiny_recipe, runs=tmp_path, name="whole"))


def test_an_error_before_the_first_epoch_is_over_leaves_no_checkpoint(
    tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        msg = "a bug"
        raise RuntimeError(msg)

    monkeypatch.setattr(Judge, "see", fail)
    with pytest.raises(RuntimeError, match="a bug"):
        train(tiny_recipe, runs=tmp_path, name="failed")
    assert not (tmp_path / "failed.partial" / "checkpoint.safetensors").exists()


def test_a_full_disk_costs_a_checkpoint_and_not_the_training(
    tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OpenRun, "save_checkpoint", full_disk)
    observer = Failing()
    recipe = tiny_recipe.with_changes({"checkpoint.every": 1})
    run = train(recipe, runs=tmp_path, observer=observer)
    assert (run.record.stop_reason, run.record.epochs) == ("epochs", 4)
    assert observer.warnings == [
        "a checkpoint could not be saved, the training goes on: the disk is full",
    ]
    train(recipe, runs=tmp_path, observer=Observer())
