"""A study of a target: success, censored medians, ratios, what failed, interrupts, and one real training."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from wattlab.errors import RunError
from wattlab.studies.target import store, study
from wattlab.studies.target.answer import Target
from wattlab.studies.target.study import TargetInterrupted, resume, target
from wattlab.studies.trainings.censored import censored_ratio
from wattlab.studies.trainings.rounds import TrainingRounds

from ..trainings.processes import install as install_processes  # noqa: TID252
from .invented import WATTS, Trainings, asked_for, install

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from wattlab.recipe import Recipe

FAST: Sequence[float | None] = (2.0, 2.2, 1.8, 2.1, 1.9)
SLOW: Sequence[float | None] = (4.0, 4.6, 3.5, 4.1, 4.0)
PATCHY: Sequence[float | None] = (2.0, None, 2.5, 1.5, None)
NEVER: Sequence[float | None] = (None,) * 5


@pytest.fixture
def made(tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Target]:
    """Return a function that makes a study of some learning rates."""

    def make(
        *seconds: Sequence[float | None],
        is_measured: bool = False,
        load: float = 0.0,
        fates: Any = None,
        **more: Any,
    ) -> Target:
        trainings = Trainings(seconds, is_measured=is_measured)
        trainings.fates = fates or {}
        install(monkeypatch, trainings, load)
        return target(asked_for(tiny_recipe, len(seconds), **more), studies=tmp_path / "studies")

    return make


def test_misses_are_infinite_and_never_dropped(made: Callable[..., Target]) -> None:
    (row,) = made(PATCHY).rows
    assert row.outcome is not None
    assert (row.outcome.rate.n_reached, row.outcome.rate.n) == (3, 5)
    # By hand: 1.5, 2.0, 2.5, infinite, infinite.
    assert (row.outcome.time.median, row.outcome.time.low, row.outcome.time.high) == (2.5, 1.5, None)
    assert row.outcome.energy is not None
    assert row.outcome.energy.median == 2.5 * WATTS
    assert row.outcome.energy_provenance == "modelled"
    assert row.outcome.epochs.median == 4
    assert (row.state, row.best, row.missed_best) == ("reached", 0.9, (0.87, 0.87))
    assert [(step.value, step.share) for step in row.survival_time] == [
        (0, 1),
        (1.5, 0.8),
        (2.0, 0.6),
        (2.5, 0.4),
    ]
    assert [step.value for step in row.survival_energy] == [0, 15.0, 20.0, 25.0]


def test_all_that_was_spent_is_added_up(made: Callable[..., Target]) -> None:
    answer = made(FAST, PATCHY)
    spent_s = sum(value or 0.0 for value in FAST) + 5 + (2.0 + 2.5 + 1.5 + 3 + 2 * 9.0)
    assert answer.wall.value == pytest.approx(spent_s)
    assert answer.energy.value == pytest.approx(WATTS * spent_s)
    assert answer.energy.provenance == "modelled"
    assert sum(row.wall.value or 0.0 for row in answer.rows if row.wall) == pytest.approx(spent_s)


def test_ratios_and_verdicts_are_against_the_first(made: Callable[..., Target]) -> None:
    answer = made(FAST, SLOW, NEVER)
    first, slow, never = answer.rows
    assert (first.verdict, first.time_ratio) == ("baseline", None)
    assert slow.time_ratio == censored_ratio(SLOW, FAST)
    assert (slow.verdict, never.verdict) == ("worse", "worse")
    assert never.time_ratio is not None
    assert never.time_ratio.ratio is None
    assert made(SLOW, FAST).rows[1].verdict == "better"
    assert made(FAST, FAST[::-1]).rows[1].verdict == "no difference"
    assert made(NEVER, NEVER).rows[1].time_ratio is None


@pytest.mark.parametrize(("is_measured", "verdict"), [(True, "worse"), (False, "none")])
def test_only_measured_energy_ranks(made: Callable[..., Target], is_measured: bool, verdict: str) -> None:
    answer = made(FAST, SLOW, is_measured=is_measured)
    assert answer.rows[1].energy_verdict == verdict
    assert (answer.rows[1].energy_ratio is not None) == is_measured
    said = "Energy is modelled, not measured, so nothing is ranked by it; verdicts are about time."
    assert (said in answer.notes) != is_measured


def test_modelled_energy_ranks_not_even_misses(made: Callable[..., Target]) -> None:
    assert made(NEVER, FAST).rows[1].energy_verdict == "none"
    assert made(NEVER, FAST, is_measured=True).rows[1].energy_verdict == "better"


def test_never_reached_says_the_best_what_was_tried_and_what_to_do(made: Callable[..., Target]) -> None:
    answer = made(NEVER)
    assert (answer.rows[0].state, answer.n_finished) == ("missed", 5)
    assert answer.rows[0].outcome is not None
    assert answer.rows[0].outcome.time.low is None
    *_, advice = answer.verdicts
    assert "Tried: tiny, 5 trainings in all." in advice
    assert "The best was 0.8700 (tiny, seed 0, epoch 3 of 4)." in advice
    assert "--epochs 8" in advice
    assert "--accuracy 0.87;" in advice
    assert "wattlab tune tiny --target 0.9" in advice
    # Infinite values survive the file.
    assert Target.model_validate_json(answer.to_json()) == answer


def test_what_is_said_of_a_recipe(made: Callable[..., Target]) -> None:
    answer = made(FAST, SLOW, PATCHY)
    said = answer.verdicts
    assert said[0].startswith(
        "learning_rate 0.05: 0.9 is reached after 2.00 s (1.80-2.20 s), 20.0 J modelled"
    )
    assert "5 of 5 seeds (65% to 100% of all seeds, with 90% probability) did." in said[0]
    assert "learning_rate 0.1 is worse than learning_rate 0.05 in time: ratio 2.00, from " in said[3]
    half = made((2.0, None, None, 2.0, None))
    assert (
        "was not reached by half of the trainings or more, so the median time is infinite" in half.verdicts[0]
    )


def test_a_judged_validation_part_leaves_the_test_score_as_honest_estimate(
    made: Callable[..., Target],
) -> None:
    assert made(PATCHY).rows[0].test_score is None
    answer = made(PATCHY, part="validation")
    score = answer.rows[0].test_score
    assert score is not None
    # Of the three that reached the target alone.
    assert (answer.part, score.n) == ("validation", 3)
    assert score.median == pytest.approx(0.89)


def test_failures_count_as_misses_and_say_why(made: Callable[..., Target]) -> None:
    answer = made(FAST, SLOW, fates={(0, 2): "timed out", (1, 0): "crashed", (1, 1): "crashed"})
    first, second = answer.rows
    assert first.outcome is not None
    assert (first.outcome.rate.n_reached, first.outcome.rate.n) == (4, 5)
    assert first.failures == ("seed 2 timed out: it timed out",)
    assert first.notes == ("1 of 5 trainings failed, and count as misses",)
    assert first.energy is not None
    assert "at least: missing for 1 of 5 trainings" in first.energy.note
    # Its first training crashed, so the others would, too.
    assert (second.state, len([one for one in answer.trainings if one.candidate == 1])) == ("failed", 1)
    assert "given up" in second.notes[0]
    assert answer.complete


def test_a_recipe_that_cannot_run_is_not_what_others_are_held_against(made: Callable[..., Target]) -> None:
    answer = made(NEVER, FAST, vary={"precision": ["tf32", "float32"]})
    refused, held = answer.rows
    assert (refused.state, refused.outcome, refused.verdict) == ("refused", None, "none")
    assert (held.verdict, held.state) == ("baseline", "reached")
    assert "held against float32, because tf32, named first, cannot run here" in "".join(answer.notes)


def test_few_seeds_and_a_busy_machine_are_told(made: Callable[..., Target]) -> None:
    answer = made(FAST, SLOW, seeds=3, load=0.5)
    said = " ".join(answer.notes)
    assert "With fewer than 5 seeds" in said
    assert "verdicts rest on Student's intervals" in said
    assert "Others kept up to 50% of the cores busy before 6 of 6 trainings" in said
    alone = made(FAST, SLOW, seeds=1)
    assert alone.rows[1].verdict == "none"
    assert alone.rows[1].time_ratio is not None


def test_an_interrupted_study_goes_on(
    tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trainings = Trainings((FAST, SLOW))
    trainings.interrupt_after = 3
    install(monkeypatch, trainings)
    with pytest.raises(TargetInterrupted) as interrupted:
        target(asked_for(tiny_recipe, 2), studies=tmp_path)
    assert (interrupted.value.n_done, interrupted.value.answer.complete) == (3, False)
    assert Target.load(interrupted.value.folder) == interrupted.value.answer
    trainings.interrupt_after = None
    answer = resume("last", studies=tmp_path)
    assert (answer.complete, len(answer.trainings), len(trainings.recipes)) == (True, 10, 10)
    assert Target.load(store.find(tmp_path, answer.id)) == answer
    assert resume(answer.id, studies=tmp_path) == answer
    assert answer.row("learning_rate 0.1").verdict == "worse"
    with pytest.raises(KeyError):
        answer.row("nobody")
    with pytest.raises(RunError, match="there is no study of a target 'nobody'"):
        resume("nobody", studies=tmp_path)


def test_whole_trainings_judged_on_the_validation_part(
    tiny_recipe: Recipe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    easy = tiny_recipe.with_changes({"data.options": {"samples": 120, "classes": 3, "spread": 0.5}})
    processes = install_processes(monkeypatch)
    monkeypatch.setattr(study, "TrainingRounds", partial(TrainingRounds, load=lambda _: 0.0))
    answer = target(asked_for(easy, accuracy=0.6, part="validation", seeds=2), studies=tmp_path)
    assert len(processes.started) == 2
    (row,) = answer.rows
    assert row.outcome is not None
    assert row.outcome.rate.n_reached == 2
    for one in answer.trainings:
        assert (one.part, one.stop_reason) == ("validation", "target")
        assert one.score is not None
        assert one.score >= 0.6
        assert one.test_score is not None
    assert json.loads(answer.to_json())["part"] == "validation"
