"""Range tests from recipe to answer, with processes that are made up, and one with real ones."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from wattlab.cluster.ramp_report import RampFailure
from wattlab.errors import RunError, UnsupportedError, UserError
from wattlab.meter.quantity import measured
from wattlab.recipe import Recipe
from wattlab.studies.lr_range import store, study, trials
from wattlab.studies.lr_range.answer import LrRange
from wattlab.studies.lr_range.asked import LrRangeAsked
from wattlab.studies.lr_range.curve import USABLE
from wattlab.studies.lr_range.quick import quick_interval
from wattlab.studies.lr_range.study import LrRangeInterrupted, lr_range, resume

from .invented import Machine

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Return the machine that all processes run on."""
    made = Machine()
    monkeypatch.setattr(study, "Trials", partial(trials.Trials, ramp=made.ramp, short=made.short))
    return made


def test_the_answer_holds_it_all_and_can_be_read_back(machine: Machine, tmp_path: Path) -> None:
    found = lr_range(LrRangeAsked("digits"), studies=tmp_path)
    assert (found.status, found.complete, found.usable) == ("found", True, True)
    assert machine.names == ["ramp-0", "ramp-1", "ramp-2", "short-0-0", "short-0-1", "short-0-2"]
    assert found.interval is not None
    assert found.suggestion is not None
    # The curves of seeds 0, 1, 2 fall around 1e-2, 1e-1.9 and 1e-1.8: the median is that of seed 1.
    own = found.ramps[1].reading
    assert own is not None
    assert found.interval == own.interval
    assert found.interval.low < 10**-1.9 < found.interval.high
    assert found.suggestion.by_rule == pytest.approx(found.interval.high / 3, rel=0.05)
    assert (found.wall.value, found.energy.value) == (9.0, 120.0)
    assert "schedule (cosine)" in " ".join(found.notes)
    assert LrRange.load(tmp_path / found.id) == found


def test_short_trainings_correct_the_suggestion(machine: Machine, tmp_path: Path) -> None:
    machine.best = 0.003
    found = lr_range(LrRangeAsked("digits"), studies=tmp_path)
    assert found.suggestion is not None
    assert found.verified is not None
    assert not found.verified.holds
    assert found.suggestion.constant == found.verified.chosen < found.suggestion.by_rule
    assert any(one.startswith("Corrected: 0.0") and "points of accuracy" in one for one in found.verdicts)
    machine.names.clear()
    machine.best = 1.0
    found = lr_range(LrRangeAsked("digits"), studies=tmp_path)
    assert found.suggestion is not None
    assert found.verified is not None
    # Each round goes on three times beyond what was best, and the last one beyond the top.
    assert [one.rate for one in found.verified.tried][-3:] == pytest.approx(
        [found.suggestion.by_rule * 3**power for power in (2, 3, 4)], rel=0.1
    )
    assert machine.names[-1] == "short-3-2"
    assert found.complete
    assert resume("last", studies=tmp_path) == found
    machine.diverges_from, machine.best = 0.005, 0.03
    found = lr_range(LrRangeAsked("digits"), studies=tmp_path)
    assert any("diverged with 3 seeds" in one and "takes its place" in one for one in found.verdicts)


def test_without_verification_there_is_a_note(machine: Machine, tmp_path: Path) -> None:
    found = lr_range(LrRangeAsked("digits", verify=False, seeds=1), studies=tmp_path)
    assert (found.verified, machine.names, found.complete) == (None, ["ramp-0"], True)
    assert any("--no-verify" in note for note in found.notes)


@pytest.mark.parametrize(
    ("changes", "status", "advice"),
    [
        ({"ending": "end of the range", "decade": 5.0}, "flat", "--to 1000"),
        ({"ending": "loss is no finite number", "kept": 1}, "diverged at once", "--from 1e-09"),
        ({"failure": RampFailure(refused=False, reason="it crashed")}, "failed", "No curve: it crashed"),
    ],
)
def test_what_gives_nothing_says_why_and_what_to_do(
    changes: dict[str, object], status: str, advice: str, machine: Machine, tmp_path: Path
) -> None:
    for name, value in changes.items():
        setattr(machine, name, value)
    found = lr_range(LrRangeAsked("digits"), studies=tmp_path)
    assert (found.status, found.suggestion, found.complete) == (status, None, True)
    assert machine.names == ["ramp-0", "ramp-1", "ramp-2"]
    assert advice in " ".join(found.verdicts)
    assert LrRange.load(tmp_path / found.id) == found


def test_the_time_of_processes_that_failed_counts(machine: Machine, tmp_path: Path) -> None:
    machine.failure = RampFailure(refused=False, reason="it crashed", wall=measured(2.5, "s", "perf_counter"))
    found = lr_range(LrRangeAsked("digits"), studies=tmp_path)
    assert found.wall.value == 7.5
    assert found.energy.is_missing


def test_a_range_that_is_too_short_says_where_to_go_on(machine: Machine, tmp_path: Path) -> None:
    machine.ending, machine.decade = "end of the range", 0.9
    found = lr_range(LrRangeAsked("digits"), studies=tmp_path)
    assert found.status == "too short"
    assert found.interval is not None
    assert found.interval.high == 10.0
    assert "--to 1000" in found.verdicts[0]


def test_an_interrupted_one_goes_on(machine: Machine, tmp_path: Path) -> None:
    machine.interrupt_at = 5
    with pytest.raises(LrRangeInterrupted) as interrupt:
        lr_range(LrRangeAsked("digits"), studies=tmp_path)
    so_far = interrupt.value.answer
    assert (so_far.complete, interrupt.value.n_done, so_far.usable) == (False, 4, True)
    machine.interrupt_at = None
    machine.names.clear()
    found = resume("last", studies=tmp_path)
    assert (found.complete, machine.names) == (True, ["short-0-1", "short-0-2"])
    assert resume("last", studies=tmp_path) == found
    with pytest.raises(RunError, match="there is no learning-rate range test 'other'"):
        resume("other", studies=tmp_path)


def test_what_the_engine_refuses_ends_it_at_once(machine: Machine, tmp_path: Path) -> None:
    machine.failure = RampFailure(refused=True, reason="no such precision")
    with pytest.raises(UnsupportedError, match="no such precision"):
        lr_range(LrRangeAsked("digits"), studies=tmp_path)
    assert machine.names == ["ramp-0"]
    assert list(tmp_path.glob("lr-range*")) == []


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (LrRangeAsked("digits", low=1.0, high=0.1), "the first rate must be below the last"),
        (LrRangeAsked("digits", low=20.0), "from --from 20 to --to 10"),
        (LrRangeAsked("digits", low=0.0), "--from is 0; expected a number above 0"),
        (LrRangeAsked("digits", high=float("nan")), "--to is nan"),
        (LrRangeAsked("digits", steps=19), "--steps is 19; expected at least 20"),
        (LrRangeAsked("digits", seeds=0), "--seeds is 0"),
        (LrRangeAsked("digits", smoothing=1.0), "--smoothing is 1"),
        (LrRangeAsked("digits", verify=False, verify_steps=9), "--verify-steps is about"),
        (LrRangeAsked("digits", changes={"optimizer.learning_rate": 1.0}), "that is what is looked for"),
        (LrRangeAsked("digitz"), "digits"),
        (LrRangeAsked("digits", engine="nativ"), "there is no engine 'nativ'"),
    ],
)
def test_bad_questions_are_refused_before_anything_runs(
    asked: LrRangeAsked, words: str, machine: Machine, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=words):
        lr_range(asked, studies=tmp_path)
    assert machine.names == []
    assert list(tmp_path.glob("lr-range*")) == []


def test_range_tests_at_the_same_time_share_no_folder(tmp_path: Path) -> None:
    folders = [store.create(tmp_path, "digits") for _ in range(2)]
    assert folders[0].path != folders[1].path
    for folder in folders:
        folder.close()


def test_quick_says_why_there_is_no_interval(tmp_path: Path) -> None:
    made = Machine(failure=RampFailure(refused=True, reason="no such precision"))
    found = quick_interval(Recipe.named("digits"), tmp_path, ramp=made.ramp)
    assert (found.status, found.interval, found.reason) == ("failed", None, "no such precision")
    assert found.energy.is_missing
    made = Machine()
    found = quick_interval(Recipe.named("digits"), tmp_path, ramp=made.ramp)
    assert found.interval is not None
    assert found.one_cycle_peak == pytest.approx(found.interval.high, rel=0.05)


def test_with_real_processes(tiny_recipe: Recipe, tmp_path: Path) -> None:
    # A step an epoch: all samples in each.
    recipe = tiny_recipe.with_changes(
        {"optimizer": {"kind": "gd", "learning_rate": 0.1}, "training.batch_size": "all"}
    )
    found = lr_range(LrRangeAsked(recipe, seeds=1, steps=40, verify_steps=30), studies=tmp_path)
    assert found.status in USABLE
    assert found.suggestion is not None
    assert 1e-3 < found.suggestion.constant < 10
    assert found.verified is not None
    assert found.verified.n_held_out == 10
    assert max(score for one in found.verified.tried for score in one.scores if score) > 0.4
