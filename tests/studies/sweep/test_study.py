"""Whole sweeps, whose processes are made up but for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wattlab.cluster.step_report import DataUsed
from wattlab.errors import RunError, UserError
from wattlab.meter.quantity import measured
from wattlab.studies.sweep import store, trainings
from wattlab.studies.sweep.answer import Sweep, TrainedCell
from wattlab.studies.sweep.notes import odd_sizes
from wattlab.studies.sweep.study import SweepInterrupted, resume, sweep
from wattlab.studies.sweep.trainings import check_real_data

from .invented import Steps, asked_for, install, make_report

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.recipe import Recipe
    from wattlab.studies.sweep.plan import SweepPlan
    from wattlab.studies.sweep.store import SweepFolder


def test_ratios_are_at_equal_batch_size_and_verdicts_need_the_whole_interval(
    tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = Steps()
    install(monkeypatch, steps)
    found = sweep(asked_for(tiny_recipe))
    assert found.complete
    assert len(steps.done) == 12  # four cells in three rounds
    assert sorted(steps.done[:4]) == sorted(steps.done[4:8])
    slow = found.row(precision="float64", batch_size=32)
    assert slow.ratio is not None
    assert slow.ratio.median == pytest.approx(2.0)
    assert (slow.verdict, slow.n_steps) == ("worse", 150)
    assert found.row(precision="float32", batch_size=32).verdict == "baseline"
    assert slow.step is not None
    assert slow.step.median == pytest.approx(0.0064 * 1.002)
    assert slow.samples is not None
    assert slow.samples.median == pytest.approx(32 / slow.step.median)
    # 10 W for 6.4 ms a step of 32 samples.
    assert slow.energy is not None
    assert slow.energy.value == pytest.approx(10 * 0.0064 * 1.002 / 32)
    assert slow.energy.provenance == "modelled"
    assert any("Energy is modelled" in note for note in found.notes)
    assert Sweep.load(store.find("wattlab-studies", "last")) == found
    assert Sweep.model_validate_json(found.to_json()) == found


def test_one_cells_failure_touches_no_other(tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    fates = {"batch_size = 48": "out of memory", "batch_size = 24": "timed out", "batch_size = 12": "crashed"}
    steps = Steps(fates)
    install(monkeypatch, steps)
    vary: dict[str, list[Any]] = {"precision": ["tf32", "float32", "float64"], "batch_size": [48, 24, 12, 16]}
    found = sweep(asked_for(tiny_recipe, vary))
    states = [found.row(precision="float64", batch_size=size).state for size in (48, 24, 12, 16)]
    assert states == ["out of memory", "timed out", "crashed", "timed"]
    assert {row.state for row in found.rows if row.values["precision"] == "tf32"} == {"refused"}
    assert found.complete
    # What failed and never finished is not tried again.
    assert len(steps.done) == 2 * (1 + 1 + 1 + 3)
    assert found.row(precision="float64", batch_size=48).failures == ("it out of memory",)
    assert any("baseline is float32, because tf32" in note for note in found.notes)


def test_without_its_baseline_a_size_has_no_ratio(
    tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, Steps({'precision = "float32"': "out of memory"}))
    found = sweep(asked_for(tiny_recipe))
    row = found.row(precision="float64", batch_size=16)
    assert (row.state, row.ratio, row.verdict) == ("timed", None, "none")
    assert any(note.startswith("No ratio where the baseline could not be timed") for note in found.notes)


def test_an_interrupted_sweep_goes_on_where_it_stopped(
    tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    steps = Steps()
    steps.interrupt_after = 5
    install(monkeypatch, steps)
    with pytest.raises(SweepInterrupted) as stopped:
        sweep(asked_for(tiny_recipe), studies=tmp_path)
    assert (stopped.value.n_done, stopped.value.answer.complete) == (5, False)
    before, steps.interrupt_after = list(steps.done), None
    found = resume("last", studies=tmp_path)
    assert found.complete
    assert len(steps.done) == 12
    assert steps.done[:5] == before
    assert resume("last", studies=tmp_path) == found
    assert len(steps.done) == 12


def test_it_goes_on_on_the_same_machine_only(
    tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    steps = Steps()
    install(monkeypatch, steps)
    found = sweep(asked_for(tiny_recipe, rounds=1), studies=tmp_path)
    plan = tmp_path / found.id / store.PLAN
    plan.write_text(plan.read_text().replace(f'"{found.machine["id"]}"', '"00000000"'))
    with pytest.raises(RunError, match="on another machine"):
        resume("last", studies=tmp_path)


def test_trainings_set_accuracy_beside_speed(tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    trained: list[tuple[int, int]] = []

    def train(folder: SweepFolder, plan: SweepPlan, cell: int, seed: int) -> TrainedCell:
        assert plan.epochs == 3
        trained.append((cell, seed))
        if plan.cells[cell].values["precision"] == "float64" and seed == 1:
            return TrainedCell(cell=cell, seed=seed, score=None, failure="it diverged")
        return TrainedCell(
            cell=cell, seed=seed, score=0.9 + 0.01 * seed - 0.02 * (cell > 1), score_name="accuracy"
        )

    install(monkeypatch, Steps(), train=train)
    found = sweep(asked_for(tiny_recipe, rounds=1, epochs=3, seeds=3))
    # At the recipe's own batch size, seed by seed.
    assert {cell for cell, _ in trained} == {0, 2}
    assert [seed for _, seed in trained] == [0, 0, 1, 1, 2, 2]
    row = found.row(precision="float64", batch_size=16)
    assert row.score is not None
    assert row.score.mean == pytest.approx(0.89)
    assert row.score.n == 2
    assert row.score_change is not None
    assert row.score_change.mean == pytest.approx(-0.02)
    assert found.row(precision="float64", batch_size=32).score is None
    assert (found.score_name, found.epochs) == ("accuracy", 3)
    assert any("at batch size 16" in note for note in found.notes)


def test_accuracy_takes_real_data(tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    check_real_data(tiny_recipe)
    monkeypatch.setattr(trainings, "stand_in", lambda data, _: data)
    with pytest.raises(UserError, match="'blobs' is not on this machine"):
        sweep(asked_for(tiny_recipe, epochs=2))


def test_a_reader_learns_of_synthetic_data_and_of_what_went_on_beside(
    tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = DataUsed(name="imagenette", synthetic=True, n_train=256, n_features=3)
    facts: dict[str, Any] = {"data": data, "skipped_steps": 2, "allocation_retries": 4, "notes": ("a note",)}

    class Noted(Steps):
        def __call__(self, recipe: Recipe, *_: Any) -> Any:
            return make_report(16, 0.001, **facts)

    install(monkeypatch, Noted())
    found = sweep(asked_for(tiny_recipe, {"precision": ["float32"]}, rounds=2))
    assert any("synthetic samples" in note for note in found.notes)
    notes = found.rows[0].notes
    assert "4 steps were left out because a gradient overflowed" in notes
    assert "device memory was so short that torch freed its cache 8 times" in notes
    assert notes.count("a note") == 1


def test_data_that_came_while_a_sweep_was_interrupted_is_told(
    tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Coming(Steps):
        def __call__(self, *_: Any) -> Any:
            self.done.append(("", 0))
            data = DataUsed(name="imagenette", synthetic=len(self.done) < 3, n_train=256, n_features=3)
            return make_report(16, 0.001, data=data)

    install(monkeypatch, Coming())
    found = sweep(asked_for(tiny_recipe, {"precision": ["float32"]}, rounds=2))
    assert not any("begin anew" in note for note in found.notes)
    found = sweep(asked_for(tiny_recipe, {"precision": ["float32"]}, rounds=2))
    assert not any("synthetic" in note for note in found.notes)
    install(monkeypatch, Coming())
    found = sweep(asked_for(tiny_recipe, {"precision": ["float32"]}, rounds=4))
    assert any("Some trials had 'imagenette' itself" in note for note in found.notes)


def test_rows_are_found_by_any_kind_of_value(tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Steps())
    found = sweep(asked_for(tiny_recipe, {"shuffle": [True, False]}, rounds=1))
    assert found.row(shuffle=False).values == {"shuffle": "false"}
    with pytest.raises(KeyError):
        found.row(shuffle="maybe")


def test_widths_that_half_precision_does_not_like_are_named(
    tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert odd_sizes(tiny_recipe) == ["layers.0 5 → 8"]
    install(monkeypatch, Steps())
    vary: dict[str, list[Any]] = {"precision": ["float32", "float16"], "batch_size": [12, 16]}
    half = {"engine.emulated": True, "engine.arrays": "torch"}
    found = sweep(asked_for(tiny_recipe, vary, changes=half, rounds=1))
    assert any("layers (layers.0 5 → 8) and batch sizes (12)" in note for note in found.notes)
    plain = sweep(asked_for(tiny_recipe, rounds=1))
    assert not any("multiples of 8" in note for note in plain.notes)


def test_others_on_the_machine_are_told(tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Steps(), load=lambda _: 0.4)
    found = sweep(asked_for(tiny_recipe, rounds=1))
    assert "other processes kept the machine busy: 40% in round 1" in found.rows[0].notes


def test_a_training_in_a_process_of_its_own(
    tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    install(monkeypatch, Steps())
    vary = {"precision": ["float64"]}
    stopping = tiny_recipe.with_changes({"stop.target": 0.1})
    found = sweep(asked_for(stopping, vary, rounds=1, epochs=2, seeds=1), studies=tmp_path)
    (one,) = found.trainings
    assert (one.epochs, one.failure, one.score_name) == (2, None, "accuracy")
    assert one.wall is not None
    assert one.wall.unit == measured(1.0, "s", "clock").unit
    assert found.rows[0].score is not None
