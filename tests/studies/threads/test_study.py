"""Whole studies of threads on a made-up quad-core with two hardware threads a core."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import pytest

from wattlab.errors import RunError
from wattlab.meter.quantity import measured
from wattlab.studies.threads import store
from wattlab.studies.threads.answer import Threads
from wattlab.studies.threads.asked import ThreadsAsked
from wattlab.studies.threads.study import ThreadsInterrupted, resume, threads
from wattlab.studies.threads.trainings import whole_training

from .invented import POWER_W, QUAD_CORE, Steps, install

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.recipe import Recipe


@pytest.fixture
def recipe(tiny_recipe: Recipe) -> Recipe:
    """Return a recipe that takes all threads if it says nothing."""
    return tiny_recipe.with_changes({"training.batch_size": 96})


def test_an_optimum_below_all_threads_is_found(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = Steps()
    install(monkeypatch, steps)
    found = threads(ThreadsAsked(recipe))
    assert (found.counts, found.all_threads, found.complete) == ((1, 2, 4, 8), 8, True)
    assert len(steps.done) == 20
    assert sorted(steps.done[:4]) == sorted(steps.done[4:8])
    assert [row.verdict for row in found.rows] == ["worse", "worse", "better", "baseline"]
    four = found.row("native", 4)
    assert four.ratio is not None
    assert four.ratio.median == pytest.approx(QUAD_CORE[4] / QUAD_CORE[8])
    assert four.speed_up is not None
    assert four.speed_up.median == pytest.approx(QUAD_CORE[1] / QUAD_CORE[4], rel=5e-3)
    assert four.efficiency == pytest.approx(QUAD_CORE[1] / QUAD_CORE[4] / 4, rel=5e-3)
    assert four.cpu is not None
    assert four.cpu.value == pytest.approx(0.95 * 4 * QUAD_CORE[4] * 1e-3 / 96, rel=5e-3)
    (suggestion,) = found.suggestions
    assert suggestion.lines == ("engine.threads = 4",)
    assert "× the time" in suggestion.reason
    assert suggestion.reason.endswith("of 8 threads, which it has if the recipe stays as it is")
    assert Threads.load(store.find("wattlab-studies", "last")) == found
    assert Threads.model_validate_json(found.to_json()) == found


def test_modelled_energy_ranks_nothing(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Steps())
    found = threads(ThreadsAsked(recipe))
    assert not found.ranked_by_energy
    assert [(one.by, one.threads) for one in found.best] == [("time", 4), ("processor time", 1)]
    assert all(row.energy_ratio is None for row in found.rows)
    assert all(row.energy is not None and row.energy.provenance == "modelled" for row in found.rows)
    assert any("no number of threads is called the cheapest" in note for note in found.notes)
    assert any("8 logical cores are hardware threads of 4 cores" in note for note in found.notes)


def test_where_energy_is_measured_fewer_cores_for_longer_can_be_cheaper(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, Steps(sensor="measured"))
    found = threads(ThreadsAsked(recipe))
    assert found.ranked_by_energy
    # 20 W × 8 ms, 27 W × 4.4 ms, 45 W × 3 ms, 50 W × 3.9 ms: two threads take 1.47 times as long as four.
    energies = {count: POWER_W[count] * QUAD_CORE[count] for count in POWER_W}
    assert min(energies, key=energies.__getitem__) == 2
    assert [(one.by, one.threads) for one in found.best] == [("time", 4), ("energy", 2)]
    two = found.row("native", 2)
    assert two.energy_ratio is not None
    assert two.energy_ratio.median == pytest.approx(energies[2] / energies[8])
    assert two.power is not None
    assert two.power.value == pytest.approx(27.0)
    (suggestion,) = found.suggestions
    assert suggestion.threads == 2
    assert suggestion.reason.startswith("0.609")


def test_as_quick_with_fewer_threads_is_shown_and_not_assumed(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, Steps({1: 8.0, 2: 4.0, 4: 3.95, 8: 3.93}))
    found = threads(ThreadsAsked(recipe))
    quickest = found.best[0]
    assert (quickest.threads, quickest.equal, quickest.undecided) == (8, (2, 4), ())
    assert [one.threads for one in found.suggestions] == [2]
    # The same in noise: four threads and eight are not told apart, and nothing is suggested.
    install(monkeypatch, Steps({1: 8.0, 2: 4.0, 4: 3.95, 8: 3.93}, noise=0.2))
    found = threads(ThreadsAsked(recipe))
    assert (found.best[0].undecided, found.best[0].equal) == ((4,), ())
    assert found.suggestions == ()


def test_one_round_gives_no_verdict(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Steps())
    found = threads(ThreadsAsked(recipe, rounds=1))
    assert (found.best, found.suggestions, found.verdicts) == ((), (), ())
    assert {row.verdict for row in found.rows} == {"unknown", "baseline"}


def test_a_limit_that_is_not_obeyed_is_a_finding(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = Steps()
    steps.busy, steps.reported = {2: 3.4, 4: 4.1}, {8: 6}
    install(monkeypatch, steps)
    found = threads(ThreadsAsked(recipe, rounds=2))
    assert found.row("native", 1).limits == found.row("native", 4).limits == ()
    assert found.row("native", 2).limits == (
        "asked for 2 threads, kept 3.40 cores busy: the limit does not hold",
    )
    assert found.row("native", 8).limits == ("asked for 8 threads, the engine computes with 6",)


def test_what_fails_touches_no_other_and_more_threads_than_cores_are_named_so(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = Steps()
    steps.fates = {4: "crashed"}
    install(monkeypatch, steps, usable=2, physical=2, logical=2)
    found = threads(ThreadsAsked(recipe, counts=[8, 1, 4], rounds=2))
    assert (found.counts, found.all_threads) == ((1, 4, 8), 1)
    assert [row.state for row in found.rows] == ["timed", "crashed", "timed"]
    assert [row.oversubscribed for row in found.rows] == [False, True, True]
    assert any(note.startswith("Oversubscribed (8)") for note in found.notes)
    assert any(
        "as many as the 2 cores that this process may use were not tried" in note for note in found.notes
    )
    assert [count for _, count in steps.done].count(4) == 1


def test_each_engine_is_judged_by_itself(tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, Steps())
    asked = ThreadsAsked(tiny_recipe, ["native", "keras:tensorflow"], [1, 8], [1])
    found = threads(asked)
    assert found.series == ("native", "keras:tensorflow (inter 1)")
    assert {one.series for one in found.best} == set(found.series)
    # Small batches: the native engine takes one thread if it is asked for none, and eight are quicker here.
    assert {one.series: one.lines for one in found.suggestions} == {"native": ("engine.threads = 8",)}
    times = found.step_times_s["native, 8 threads"]
    assert len(times) == 5
    assert median(times[0]) == pytest.approx(QUAD_CORE[8] * 1e-3, rel=2e-3)


def test_an_interrupted_study_goes_on_where_it_stopped(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    steps = Steps()
    steps.interrupt_after = 5
    install(monkeypatch, steps)
    with pytest.raises(ThreadsInterrupted) as stopped:
        threads(ThreadsAsked(recipe, rounds=2), studies=tmp_path)
    assert (stopped.value.n_done, stopped.value.answer.complete) == (5, False)
    steps.interrupt_after = None
    with pytest.raises(RunError, match="begun on another machine"):
        resume("last", studies=tmp_path)
    monkeypatch.setattr("wattlab.studies.course.check_conditions", lambda _: None)
    found = resume("last", studies=tmp_path)
    assert found.complete
    assert len(steps.done) == 8
    assert resume("last", studies=tmp_path) == found


def test_whole_trainings_tell_time_and_that_accuracy_stays(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, Steps())
    found = threads(ThreadsAsked(recipe, rounds=2, epochs=3))
    assert len(found.trainings) == 12
    assert {(one.epochs, one.target) for one in found.trainings} == {(3, None)}
    assert (found.epochs, found.target, found.score_name) == (3, None, "accuracy")
    four, eight = found.row("native", 4).training, found.row("native", 8).training
    assert four is not None
    assert eight is not None
    assert (four.n, four.n_finished, eight.time_ratio) == (3, 3, None)
    assert four.time.median == pytest.approx(1.3, rel=3e-3)
    assert four.time_ratio is not None
    assert four.time_ratio.ratio == pytest.approx(1.3 / 1.39)
    assert four.time_ratio.verdict == "better"
    assert four.score_change is not None
    assert four.score_change.mean == pytest.approx(-4e-5)
    # Modelled energies rank nothing.
    assert four.energy_ratio is None
    assert "native, whole trainings: quicker than with 8 threads: 4." in found.verdicts


def test_a_training_that_diverged_makes_no_number_look_cheap(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    install(monkeypatch, Steps())
    found = threads(ThreadsAsked(recipe, counts=[1, 8], rounds=1, epochs=3), studies=tmp_path)
    before = found.row("native", 1).training
    assert before is not None
    lost = {
        "failure": "it diverged",
        "cause": "diverged",
        "cpu": measured(1e-3, "s", "clock:cpu"),
        "score": 0.1,
    }
    first, *others = found.trainings
    folder = store.ThreadsFolder(store.find(tmp_path, found.id))
    after = whole_training(folder.plan(), 0, [first.model_copy(update=lost), *others])
    assert after is not None
    assert (after.n, after.n_finished, after.failures) == (3, 2, ("it diverged",))
    assert after.time.high is None
    assert before.cpu.value is not None
    assert after.cpu.value == pytest.approx(before.cpu.value, rel=0.01)
    assert after.score is not None
    assert after.score.mean == pytest.approx(0.915, abs=1e-3)
    assert after.score_change is not None
    assert after.score_change.mean == pytest.approx(-7e-5)


def test_a_target_ends_trainings_and_a_miss_is_infinite(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, Steps())
    found = threads(ThreadsAsked(recipe, ["native", "torch"], [1, 8], rounds=2, target=0.8, seeds=2))
    training = found.row("torch", 1).training
    assert training is not None
    assert training.time.median == pytest.approx(0.9, rel=3e-3)
    assert any("judged on the test part" in note for note in found.notes)
    missed = threads(ThreadsAsked(recipe, counts=[1, 8], rounds=2, target=0.95, seeds=2))
    training = missed.row("native", 1).training
    assert training is not None
    assert (training.n_finished, training.time.median, training.time_ratio) == (0, None, None)
    assert {one.target for one in missed.trainings} == {0.95}
