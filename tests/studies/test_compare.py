"""Comparisons whose trials train in this process or end badly; see conftest.py."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import wattlab
from wattlab.errors import RunError, UserError
from wattlab.records.lock import FolderLock
from wattlab.studies import rounds as rounds_module
from wattlab.studies.agreement import failed
from wattlab.studies.compare import StudyInterrupted, resume
from wattlab.studies.plan import line_up, round_order
from wattlab.studies.rows import make_rows
from wattlab.studies.store import StudyStore
from wattlab.studies.study import Study
from wattlab.studies.timing import epoch_s, samples_per_epoch
from wattlab.studies.verify import Verifier
from wattlab.training import train

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.recipe import Recipe

    from .conftest import Trials, Watcher  # type: ignore[import-not-found,unused-ignore]

SIZES = {"batch_size": [16, 32]}


def epoch_seconds(run: Any) -> float:
    """Return what a row counts for a run, in other words than the library's."""
    return float(np.median([*(run.history["shuffle_s"] + run.history["batches_s"])][1:]))


def test_every_candidate_runs_once_a_round_and_the_first_twice(
    compare: Callable[..., Study], trials: Trials, watcher: Watcher
) -> None:
    study = compare(vary=SIZES, rounds=3, order_seed=5, observer=watcher)
    assert [row.label for row in study.rows] == ["batch_size 16", "batch_size 16 (again)", "batch_size 32"]
    assert [row.verdict for row in study.rows] == ["baseline", "control", "unknown"]
    assert study.complete
    assert (study.title, study.rounds, len(study.trials)) == ("tiny: batch_size 16, batch_size 32", 3, 9)
    names = [
        ("0-batch_size-16", "1-batch_size-16-again", "2-batch_size-32")[row] + f"-round-{number + 1}"
        for number in range(3)
        for row in round_order(5, number, 3)
    ]
    assert trials.started == names
    assert Counter(one[0] for one in watcher.told) == {"running": 9, "finished": 9, "ended": 1}
    assert watcher.plan is not None
    assert (watcher.plan.n_trials, watcher.plan.n_done, watcher.plan.rounds) == (9, 0, 3)


def test_a_row_holds_medians_of_what_the_runs_say(compare: Callable[..., Study], tmp_path: Path) -> None:
    study = compare(vary=SIZES, rounds=5)
    folder = tmp_path / "studies" / study.id / "runs"
    runs = [wattlab.Run(folder / f"2-batch_size-32-round-{number}") for number in range(1, 6)]
    first = [wattlab.Run(folder / f"0-batch_size-16-round-{number}") for number in range(1, 6)]
    seconds, row = [epoch_seconds(run) for run in runs], study["batch_size 32"]
    assert row.epoch is not None
    assert (row.epoch.median, row.epoch.low, row.epoch.high) == (
        np.median(seconds),
        min(seconds),
        max(seconds),
    )
    assert (row.epoch.n, row.epoch.level, row.epoch.unit) == (5, 0.9375, "s")
    ratios = [a / epoch_seconds(run) for a, run in zip(seconds, first, strict=True)]
    assert row.ratio is not None
    assert row.ratio.median == pytest.approx(np.median(ratios))
    assert row.verdict == ("better" if max(ratios) < 1 else "worse" if min(ratios) > 1 else "unknown")
    assert row.samples is not None
    assert row.samples.median == pytest.approx(96 / np.median(seconds))
    assert row.score is not None
    assert row.score.median == runs[0].record.test_score
    assert row.total is not None
    assert row.total.n == 5
    assert row.start_up is not None
    assert row.start_up.median < row.total.median
    assert row.compile is None  # nothing was compiled
    assert row.peak_memory is not None
    assert row.peak_memory.provenance == "measured"
    assert row.energy is not None
    assert row.energy.interval is not None
    assert row.engine["precision"] == "float32"
    assert row.recipe["training"]["batch_size"] == 32
    assert study["batch_size 16"].ratio is None
    assert study["batch_size 16 (again)"].ratio is not None


def test_the_study_is_on_disk_and_loads_as_it_was(compare: Callable[..., Study], tmp_path: Path) -> None:
    study = compare(rounds=2)
    assert Study.load(tmp_path / "studies" / study.id) == study
    assert StudyStore(tmp_path / "studies").load("last") == study
    assert json.loads(study.to_json())["rows"][0]["label"] == "tiny"


@pytest.mark.parametrize(
    ("fate", "failure"),
    [
        ("segfault", "it crashed with a segmentation fault (SIGSEGV)"),
        ("killed", "memory ran out"),
        ("memory", "memory ran out: MemoryError: Unable to allocate 9 EiB"),
        ("nothing", "it ended without leaving a run"),
    ],
)
def test_a_crash_costs_its_own_row_only(
    fate: str, failure: str, compare: Callable[..., Study], trials: Trials
) -> None:
    trials.fates = {"batch_size-32": fate}
    study = compare(vary=SIZES, rounds=2)
    assert [row.verdict for row in study.rows] == ["baseline", "control", "failed"]
    row = study["batch_size 32"]
    assert len(row.failures) == 1
    assert failure in row.failures[0]
    assert row.epoch is None
    assert row.recipe["training"]["batch_size"] == 32
    # It is not tried again, and the study is complete without.
    assert row.notes[-1] == "not tried again after it had failed"
    assert sum("batch_size-32" in name for name in trials.started) == 1
    assert study.complete
    assert study["batch_size 16"].epoch is not None


def test_a_trial_that_hangs_is_ended_in_time(compare: Callable[..., Study], trials: Trials) -> None:
    trials.fates = {"batch_size-32": "hangs"}
    study = compare(vary=SIZES, rounds=1, timeout_s=1.0)
    assert "took longer than 1.00 s" in study["batch_size 32"].failures[0]


def test_one_bad_round_is_a_failure_of_that_round(compare: Callable[..., Study], trials: Trials) -> None:
    trials.fates = {"0-batch_size-16-round-2": "segfault"}
    study = compare(vary=SIZES, rounds=3)
    assert len(study["batch_size 16"].failures) == 1
    assert study["batch_size 16"].verdict == "baseline"
    ratio = study["batch_size 32"].ratio
    assert ratio is not None
    assert ratio.n == 2  # rounds that both finished


def test_a_crash_after_the_run_was_written_is_only_told(
    compare: Callable[..., Study], trials: Trials, watcher: Watcher
) -> None:
    trials.fates = {"0-tiny": "late"}
    study = compare(rounds=1, observer=watcher)
    assert study["tiny"].failures == ()
    assert study["tiny"].epoch is not None
    (warning,) = [one[1] for one in watcher.told if one[0] == "warning"]
    assert "its process did not end well: it crashed" in warning


def test_a_baseline_that_fails_leaves_no_ratios(compare: Callable[..., Study], trials: Trials) -> None:
    trials.fates = {"batch_size-16": "killed"}
    study = compare(vary=SIZES, rounds=1)
    assert [row.verdict for row in study.rows] == ["failed", "failed", "unknown"]
    assert study["batch_size 32"].ratio is None
    assert any("no ratios" in note for note in study.notes)


def test_if_nothing_finishes_the_study_says_why(compare: Callable[..., Study], trials: Trials) -> None:
    trials.fates = {"": "segfault"}
    study = compare(vary=SIZES, rounds=3)
    assert {row.verdict for row in study.rows} == {"failed"}
    assert all(row.failures == ("it crashed with a segmentation fault (SIGSEGV)",) for row in study.rows)
    assert len(trials.started) == 2
    assert study.complete


def test_divergence_is_a_failure(compare: Callable[..., Study], tiny_recipe: Recipe) -> None:
    wild = {"optimizer.kind": "sgd", "loss.kind": "mse", "network.layers[1].activation": "identity"}
    recipe = tiny_recipe.with_changes(wild)
    study = compare(recipe, vary={"learning_rate": [0.01, 1e30]}, rounds=1)
    assert study["learning_rate 0.01"].verdict == "baseline"
    assert "diverged" in study["learning_rate 1e+30"].failures[0]


def test_a_candidate_that_is_refused_is_a_row(compare: Callable[..., Study], trials: Trials) -> None:
    study = compare(vary={"precision": ["float8", "float32"]}, rounds=1)
    assert [(row.label, row.verdict) for row in study.rows] == [
        ("float32", "baseline"),
        ("float32 (again)", "control"),
        ("float8", "failed"),
    ]
    assert "engine.precision is 'float8'" in study["float8"].failures[0]
    assert any("float32 is the baseline, because float8" in note for note in study.notes)
    assert len(trials.started) == 2


def test_rows_say_that_nothing_was_verified(compare: Callable[..., Study]) -> None:
    study = compare(rounds=1)
    assert all("not verified: it may do other work" in row.notes for row in study.rows)
    assert all(row.verification is None for row in study.rows)


def test_a_busy_machine_is_flagged(compare: Callable[..., Study], monkeypatch: pytest.MonkeyPatch) -> None:
    loads = iter([0.05, 0.34])
    train_now = rounds_module.Rounds._trial

    def busy(self: Any, number: int, row: int) -> Any:
        self._load = lambda _: next(loads)
        return train_now(self, number, row)

    monkeypatch.setattr(rounds_module.Rounds, "_trial", busy)
    study = compare(rounds=1)
    assert [trial.foreign_load for trial in study.trials] in ([0.05, 0.34], [0.34, 0.05])
    flagged = [note for row in study.rows for note in row.notes if "busy" in note]
    assert flagged == ["other processes kept the machine busy: 34% in round 1"]


def test_notes_say_what_is_alike_and_what_is_not(compare: Callable[..., Study], tiny_recipe: Recipe) -> None:
    notes = " ".join(compare(epochs=2, rounds=1, threads=1, changes={"training.batch_size": 96}).notes)
    assert "Threads: at most 1 for each candidate." in notes
    assert "trained for 2 epochs at most" in notes
    assert "stop" not in notes
    own = [tiny_recipe.with_changes({"name": f"with-{count}", "engine.threads": count}) for count in (1, 2)]
    study = compare([*own, tiny_recipe.with_changes({"stop.target": 2.0})], rounds=1)
    notes = " ".join(study.notes)
    assert "Threads differ, as recipes or engines have it; at most: with-1 1, with-2 2, tiny " in notes
    assert "tiny chose its own number of threads" in notes  # batches of 16
    assert "tiny may stop before the last epoch" in notes
    assert "modelled" in notes or all(row.energy.provenance == "measured" for row in study.rows if row.energy)


def interrupted(
    compare: Callable[..., Study], trials: Trials, after: int, recipe: Recipe | None = None, **options: Any
) -> StudyInterrupted:
    """Begin a study and interrupt it after so many trials; those that follow run."""
    trials.interrupt_after = after
    with pytest.raises(StudyInterrupted) as caught:
        compare(recipe, **options)
    trials.interrupt_after = None
    return caught.value


def test_ctrl_c_keeps_what_is_finished_and_resume_does_the_rest(
    compare: Callable[..., Study], trials: Trials, watcher: Watcher, tmp_path: Path
) -> None:
    interrupt = interrupted(compare, trials, 4, vary=SIZES, rounds=3, observer=watcher)
    partial = interrupt.study
    assert not partial.complete
    assert len(partial.trials) == 4
    assert watcher.told[-1] == ("ended",)
    folder = interrupt.folder
    assert Study.load(folder) == partial
    done = {
        trial.run_id: (folder / "runs" / str(trial.run_id) / "record.json").read_bytes()
        for trial in partial.trials
    }
    study = resume(partial.id, studies=tmp_path / "studies", observer=watcher)
    assert study.complete
    assert len(study.trials) == 9
    assert len(trials.started) == len(set(trials.started)) == 9
    assert set(partial.trials) <= set(study.trials)
    for name, content in done.items():
        assert (folder / "runs" / str(name) / "record.json").read_bytes() == content
    assert watcher.plan is not None
    assert watcher.plan.n_done == 4
    # Once more: nothing is left to do.
    assert resume(str(folder)).rows == study.rows
    assert len(trials.started) == 9


def test_a_file_of_data_is_found_when_resumed_from_another_folder(
    compare: Callable[..., Study],
    trials: Trials,
    tiny_recipe: Recipe,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = [f"{index % 7},{index % 5},{'ab'[index % 2]}" for index in range(40)]
    (tmp_path / "mine.csv").write_text("\n".join(["one,two,label", *lines]))
    mine = tiny_recipe.with_changes({"data": {"dataset": "mine.csv"}})
    folder = interrupted(compare, trials, 1, mine, rounds=1).folder
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    study = resume(str(folder))
    assert [row.failures for row in study.rows] == [(), ()]


def test_last_goes_on_with_the_newest_that_is_not_complete(
    compare: Callable[..., Study], trials: Trials, tmp_path: Path
) -> None:
    folder = interrupted(compare, trials, 1, rounds=1).folder
    later = compare(vary=SIZES, rounds=1)
    study = resume("last", studies=tmp_path / "studies")
    assert (study.id, study.complete) == (folder.name, True)
    newest = max((tmp_path / "studies").iterdir(), key=lambda path: (path / "plan.json").stat().st_mtime)
    assert resume("last", studies=tmp_path / "studies").id == newest.name == later.id


def test_what_a_killed_trial_left_is_no_hindrance(
    compare: Callable[..., Study], trials: Trials, tmp_path: Path
) -> None:
    runs = interrupted(compare, trials, 1, vary=SIZES, rounds=1).folder / "runs"
    for name in ("0-batch_size-16-round-1", "1-batch_size-16-again-round-1", "2-batch_size-32-round-1"):
        if name not in trials.started:
            (runs / f"{name}.partial").mkdir()
            (runs / f"{name}.partial" / "recipe.toml").write_text("half")
            (runs / name).mkdir()
    assert resume("last", studies=tmp_path / "studies").complete


def test_a_trial_that_still_runs_is_left_alone(
    compare: Callable[..., Study], trials: Trials, tmp_path: Path
) -> None:
    runs = interrupted(compare, trials, 0, rounds=1).folder / "runs"
    partial = [runs / f"{name}-round-1.partial" for name in ("0-tiny", "1-tiny-again")]
    for path in partial:
        path.mkdir()
    locks = [FolderLock.take(path) for path in partial]
    with pytest.raises(RunError, match="a process of its own still trains"):
        resume("last", studies=tmp_path / "studies")
    assert all(path.is_dir() for path in partial)
    for lock in locks:
        assert lock is not None
        lock.release()


def test_a_study_that_is_being_run_is_not_run_twice(compare: Callable[..., Study], tmp_path: Path) -> None:
    folder = tmp_path / "studies" / compare(rounds=1).id
    lock = FolderLock.take(folder)
    assert lock is not None
    with pytest.raises(RunError, match="being run by another process"):
        resume(str(folder))
    lock.release()
    resume(str(folder))


def edit(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))


def test_another_machine_is_refused(compare: Callable[..., Study], tmp_path: Path) -> None:
    study = compare(rounds=1)
    folder = tmp_path / "studies" / study.id
    run = folder / "runs" / "1-tiny-again-round-1" / "record.json"
    edit(run, lambda record: record["machine"].update(id="0badcafe", line="an abacus"))
    with pytest.raises(RunError, match=r"another machine \(an abacus\)"):
        Study.load(folder)
    store = StudyStore(tmp_path / "studies")
    opened = store.reopen(study.id)
    plan = opened.plan()
    with pytest.raises(RunError, match="another machine"):
        make_rows(opened, plan, line_up(plan, {}), study.trials, {})
    opened.close()
    edit(folder / "plan.json", lambda plan: plan["machine"].update(id="0badcafe", line="an abacus"))
    with pytest.raises(RunError, match=r"begun on another machine \(an abacus\)"):
        resume(study.id, studies=tmp_path / "studies")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda plan: plan["machine"].update(usable_cores=977), "begun with 977 usable cores, and here are"),
        (lambda plan: plan.update(wattlab_version="0.0.977"), r"begun by wattlab 0\.0\.977, and this is"),
    ],
)
def test_other_conditions_are_refused(
    change: Callable[[dict[str, Any]], None], message: str, compare: Callable[..., Study], tmp_path: Path
) -> None:
    study = compare(rounds=1)
    edit(tmp_path / "studies" / study.id / "plan.json", change)
    with pytest.raises(RunError, match=message):
        resume(study.id, studies=tmp_path / "studies")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rounds": 0}, "rounds is 0"),
        ({"verify_steps": -1}, "steps is -1"),
        ({"order_seed": -1}, "order_seed is -1"),
        ({"timeout_s": 0}, "timeout is 0 s"),
        ({"epochs": 0}, r"training\.epochs is 0"),
    ],
)
def test_a_wrong_option_leaves_no_folder(
    options: dict[str, int], message: str, compare: Callable[..., Study], tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=message):
        compare(**options)
    assert not (tmp_path / "studies").exists()


def test_a_candidate_that_does_other_work_is_not_timed(
    compare: Callable[..., Study], trials: Trials, monkeypatch: pytest.MonkeyPatch, watcher: Watcher
) -> None:
    def judged(self: Verifier, label: str, recipe: Recipe) -> Any:
        good = failed(label, "float64", 5, "").model_copy(
            update={"passed": True, "computed": True, "loss_deviation": 1e-12, "weight_deviation": 1e-12}
        )
        bad = good.model_copy(update={"passed": False, "loss_deviation": 0.1, "message": "other work"})
        wrong = recipe.training.batch_size == 32
        crashed = failed(label, "float32", 5, "it crashed")
        if recipe.training.batch_size == 64:
            return (good, crashed)
        return (bad if wrong else good, good.model_copy(update={"precision": "float32"}))

    monkeypatch.setattr(Verifier, "verify", judged)
    study = compare(vary={"batch_size": [16, 32, 64]}, rounds=1, verify_steps=5, observer=watcher)
    assert [row.label for row in study.rows][2:] == ["batch_size 32", "batch_size 64"]
    wrong, lost = study["batch_size 32"], study["batch_size 64"]
    assert (wrong.verdict, lost.verdict) == ("failed", "failed")
    assert wrong.verification is not None
    assert wrong.verification.message == "other work"
    assert wrong.failures == ("other work",)
    assert lost.failures == ("it crashed",)
    assert watcher.plan is not None
    assert (watcher.plan.n_trials, watcher.n_trials) == (4, 2)
    good = study["batch_size 16"].verification
    assert good is not None
    assert (good.precision, good.passed) == ("float32", True)
    assert len(trials.started) == 2


def test_verification_is_not_repeated_when_it_is_resumed(
    compare: Callable[..., Study], trials: Trials, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[str] = []

    def interrupted(self: Verifier, label: str, recipe: Recipe) -> tuple[()]:
        seen.append(label)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return ()

    monkeypatch.setattr(Verifier, "verify", interrupted)
    with pytest.raises(StudyInterrupted) as caught:
        compare(vary=SIZES, rounds=1, verify_steps=5)
    assert not caught.value.study.complete
    assert [row.verdict for row in caught.value.study.rows] == ["unknown"] * 3
    assert trials.started == []
    assert resume("last", studies=tmp_path / "studies").complete
    assert seen == ["batch_size 16", "batch_size 32", "batch_size 32"]


def test_steady_state_leaves_the_first_epoch_out(tiny_recipe: Recipe, tmp_path: Path) -> None:
    run = train(
        tiny_recipe.with_changes({"training.last_batch": "drop", "training.batch_size": 36}), runs=tmp_path
    )
    seconds = run.history["shuffle_s"] + run.history["batches_s"]
    assert epoch_s(run) == pytest.approx(float(np.median(seconds[1:])))
    assert samples_per_epoch(run) == 72
    single = train(tiny_recipe.with_changes({"training.epochs": 1}), runs=tmp_path)
    assert epoch_s(single) == single.history["shuffle_s"][0] + single.history["batches_s"][0]
