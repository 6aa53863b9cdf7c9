"""Which trials are repeated, who wins, and when nobody does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from wattlab.meter.quantity import measured
from wattlab.studies.tune.baseline import baseline_of, repeated_s
from wattlab.studies.tune.choosing import best_trial, finalists, front
from wattlab.studies.tune.goals import costs_of, ranked
from wattlab.studies.tune.trying import with_target
from wattlab.studies.tune.verdict import judge

from .made_up import TARGET, make_trained, make_trial

if TYPE_CHECKING:
    from wattlab.studies.trainings.trained import Trained
    from wattlab.studies.tune.answer import TunedTrial


def candidate(number: int, *seconds: float | None, **changes: Any) -> tuple[TunedTrial, list[Trained]]:
    return make_trial(number, 1.0, **changes), [
        make_trained(seed, each, number) for seed, each in enumerate(seconds, start=1)
    ]


def test_the_best_are_repeated_and_a_miss_never_is() -> None:
    trials = [
        make_trial(0, 3.0),
        make_trial(1, None),
        make_trial(2, 1.0),
        make_trial(3, 2.0, state="stopped"),
    ]
    assert [one.number for one in finalists(trials, ("time",), 3)] == [2, 0]
    best = best_trial(trials, "time")
    assert best is not None
    assert best.number == 2


def test_a_front_holds_what_no_other_beats_in_every_goal() -> None:
    points = {0: (1.0, 0.8), 1: (2.0, 0.9), 2: (2.5, 0.85), 3: (4.0, 0.95), 4: (1.0, 0.8)}
    trials = [
        make_trial(number, state="done", cost={"time": seconds, "accuracy": score})
        for number, (seconds, score) in points.items()
    ]
    assert [one.number for one in front(trials, ("time", "accuracy"))] == [0, 4, 1, 3]
    assert [one.number for one in finalists(trials, ("time", "accuracy"), 2)] == [0, 3]
    assert [one.number for one in front(trials, ("accuracy",))] == [3]


def test_a_clear_winner_is_the_best_and_the_others_are_worse() -> None:
    found = judge(
        [candidate(0, 2.0, 2.2, 2.1, 2.0, 2.3), candidate(1, 1.0, 1.1, 1.0, 0.9, 1.0)], ("time",), TARGET
    )
    assert [(one.trial, one.verdict) for one in found.finalists] == [(1, "best"), (0, "worse")]
    assert (found.winner, found.distinguishable) == (0, True)
    ratio = found.finalists[1].ratio
    assert ratio is not None
    assert ratio.ratio == pytest.approx(2.1)
    assert found.finalists[0].ratio is None


def test_no_difference_is_an_answer_and_the_cheaper_one_is_written() -> None:
    found = judge(
        [candidate(0, 1.0, 2.0, 1.5, 1.2, 1.9), candidate(1, 1.9, 1.1, 1.2, 2.1, 1.4)], ("time",), TARGET
    )
    assert (found.winner, found.distinguishable) == (0, False)
    assert [(one.trial, one.verdict) for one in found.finalists] == [
        (1, "no difference"),
        (0, "no difference"),
    ]


def test_a_miss_is_infinite_and_whoever_misses_mostly_does_not_win() -> None:
    found = judge(
        [candidate(0, 0.5, None, None, None, 0.5), candidate(1, 2.0, 2.1, None, 2.2, 2.0)], ("time",), TARGET
    )
    first, second = found.finalists
    assert (first.trial, first.n_reached, second.verdict) == (1, 4, "missed")
    assert (first.verdict, found.winner) == ("no difference", 0)  # five seeds do not tell 2 of 5 from 4 of 5
    assert second.spans["time"].median is None
    assert second.costs["time"] == (0.5, None, None, None, 0.5)
    none = judge([candidate(0, None, None, 1.0)], ("time",), TARGET)
    assert (none.winner, none.finalists[0].verdict) == (None, "missed")


def test_one_seed_tells_nothing_and_seeds_are_compared_in_pairs() -> None:
    found = judge([candidate(0, 1.0), candidate(1, 2.0)], ("time",), TARGET)
    assert [one.verdict for one in found.finalists] == ["no difference", "unknown"]
    uneven = judge([candidate(0, 1.0, 1.0, 1.0, 1.0, 1.0), candidate(1, 2.0, 2.0, 2.0)], ("time",), TARGET)
    ratio = uneven.finalists[1].ratio
    assert ratio is not None
    assert (ratio.n, ratio.ratio) == (3, 2.0)


def test_few_lucky_repetitions_do_not_win_and_who_is_alone_is_not_the_best() -> None:
    found = judge([candidate(0, 1.1, 1.2, 1.1, 1.1, 1.2), candidate(1, 0.9, 0.8)], ("time",), TARGET)
    assert [one.trial for one in found.finalists] == [0, 1]
    misses = judge([candidate(0, 1.1, None, None, None, 1.2), candidate(1, 0.9, 0.8)], ("time",), TARGET)
    assert [one.trial for one in misses.finalists] == [1, 0]
    alone = judge([candidate(0, 1.0, 1.1)], ("time",), TARGET)
    assert (alone.finalists[0].verdict, alone.winner, alone.distinguishable) == ("alone", 0, False)
    assert alone.finalists[0].trained_seeds == (1, 2)


def test_accuracy_is_ranked_by_errors() -> None:
    def scored(number: int, *scores: float) -> tuple[TunedTrial, list[Trained]]:
        own = [
            make_trained(seed, 1.0, target=None, reached=None, score=score)
            for seed, score in enumerate(scores)
        ]
        return make_trial(number, state="done"), own

    found = judge(
        [scored(0, 0.8, 0.81, 0.8, 0.79, 0.8), scored(1, 0.9, 0.9, 0.91, 0.9, 0.9)], ("accuracy",), None
    )
    assert [(one.trial, one.verdict) for one in found.finalists] == [(1, "best"), (0, "worse")]
    ratio = found.finalists[1].ratio
    assert ratio is not None
    assert ratio.ratio == pytest.approx(2.0)
    assert found.finalists[0].rate is None


def test_of_several_goals_none_is_best() -> None:
    found = judge([candidate(0, 1.0, 1.0), candidate(1, 2.0, 2.0)], ("time", "memory"), TARGET)
    assert found.winner is None
    assert {one.verdict for one in found.finalists} == {"on the front"}


def test_energy_that_nobody_measures_is_no_goal() -> None:

    goals, note = ranked(("energy",), is_measured=False)
    assert goals == ("time",)
    assert "No sensor" in note
    assert ranked(("time", "energy"), is_measured=False)[0] == ("time",)
    assert ranked(("energy", "accuracy"), is_measured=False)[0] == ("time", "accuracy")


def test_what_failed_or_missed_has_no_cost() -> None:
    assert costs_of(make_trained(0, None))["time"] is None
    assert costs_of(make_trained(0, 1.5))["time"] == 1.5
    whole = make_trained(0, 1.5, target=None, reached=None)
    assert (costs_of(whole)["time"], costs_of(whole)["accuracy"]) == (1.5, 0.91)


def test_adam_is_compared_by_the_seeds_of_the_winner_and_is_no_candidate() -> None:
    adam = [make_trained(seed, each) for seed, each in enumerate((2.0, 2.1, None), start=1)]
    winner = candidate(0, 1.0, 1.1, 1.0, 0.9, 1.0)
    found = judge([winner], ("time",), TARGET, adam)
    assert found.against_baseline is not None
    assert found.against_baseline.n == 3
    assert found.against_baseline.ratio == pytest.approx(2.1)
    assert (len(found.finalists), found.finalists[0].verdict) == (1, "alone")
    assert judge([winner], ("time",), TARGET, adam[:1]).against_baseline is None
    made = baseline_of(make_trained(0, 2.0), 60.0, "time", 1.0, adam, found.against_baseline)
    assert (made.n, made.n_reached, made.spans["time"].median) == (3, 2, 2.1)


def test_adam_is_repeated_where_it_arrived_and_the_budget_allows_it() -> None:
    assert repeated_s(make_trained(0, 2.0), 5, 100.0) == pytest.approx(15.0)
    assert repeated_s(make_trained(0, 2.0), 5, 50.0) == 0.0
    assert repeated_s(make_trained(0, None), 5, 1000.0) == 0.0
    assert repeated_s(None, 5, 1000.0) == 0.0


def test_what_had_reached_the_target_before_it_was_ended_has_reached_it() -> None:
    course: dict[str, Any] = {
        "elapsed_s": (1.0, 1.5, 2.0),
        "scores": (0.5, 0.91, 0.92),
        "energy_J": (None, None, None),
    }
    ended = make_trained(0, None, failure="it could not win", cause="ended early", **course)
    found = with_target(ended)
    assert (found.reached, found.failure, found.target_epoch) == (True, None, 2)
    assert costs_of(found)["time"] == 1.5
    missed = ended.model_copy(update={"scores": (0.5, 0.6, 0.7)})
    assert with_target(missed) == missed


def test_adam_that_missed_is_a_lower_bound() -> None:
    reached = baseline_of(make_trained(0, 20.0), 60.0, "time", 2.0)
    assert (reached.ratio, reached.at_least, reached.reason) == (10.0, False, "")
    missed = make_trained(
        0, None, wall=measured(60.0, "s", "clock"), failure="it was ended", cause="timed out"
    )
    bound = baseline_of(missed, 60.0, "time", 2.0)
    assert (bound.ratio, bound.at_least, bound.reached, bound.reason) == (30.0, True, False, "it was ended")
    assert baseline_of(missed, 60.0, "time", None).ratio is None
    whole = baseline_of(make_trained(0, 6.0, target=None, reached=None), 60.0, "time", 2.0)
    assert (whole.ratio, whole.at_least, whole.reason) == (3.0, False, "")
