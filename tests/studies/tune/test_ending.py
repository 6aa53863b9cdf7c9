"""When a trial is ended early, how the budget is counted, and what the estimate of a trial is good for."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import pytest

from wattlab.cluster.progress import EpochSeen
from wattlab.errors import UserError
from wattlab.studies.tune.answer import Spent
from wattlab.studies.tune.budget import Budget
from wattlab.studies.tune.ending import Caps, Ender
from wattlab.studies.tune.estimate import TrialTime, check_budget

from .made_up import TARGET, make_trial

CAPS = Caps(search_s=100.0, least_s=1.0)


def seen(epoch: int, elapsed_s: float, score: float, energy_J: float | None = None) -> EpochSeen:
    return EpochSeen(epoch, elapsed_s, energy_J, score)


def test_a_trial_that_cannot_be_the_cheapest_any_more_is_ended_before_its_next_epoch() -> None:
    ender = Ender([make_trial(0, 4.0), make_trial(1, 2.0), make_trial(2, None)], ("time",), TARGET)
    assert ender(seen(1, 1.0, 0.5)) is None
    assert ender(seen(2, 2.4, 0.6)) is None  # 4.0 s, the dearer of two, with a margin
    reason = ender(seen(3, 4.0, 0.7))
    assert reason == "it could not win: the best trials reached the target in 4.00 s"
    assert ender(seen(4, 9.0, TARGET)) is None  # it has reached the target, and ends by itself


def test_energy_is_held_against_energy() -> None:
    cheap = make_trial(0, 4.0, cost={"time": 4.0, "energy": 100.0, "memory": 1e6, "accuracy": 0.9})
    ender = Ender([cheap], ("energy",), TARGET)
    assert ender(seen(1, 50.0, 0.5, 60.0)) is None
    assert ender(seen(2, 51.0, 0.5, 90.0)) is None
    assert "for 100 J" in str(ender(seen(3, 52.0, 0.5, 120.0)))
    assert ender.cap(CAPS, 5).seconds == pytest.approx(4.0 * 4.0)


def test_a_trial_that_lags_behind_all_that_reached_the_target_is_ended() -> None:
    course: dict[str, Any] = {"elapsed_s": (1.0, 2.0, 9.0), "scores": (0.6, 0.8, 0.91)}
    ender = Ender([make_trial(number, 9.0, **course) for number in range(3)], ("time",), TARGET)
    assert ender(seen(1, 0.5, 0.1)) is None  # the others had no score yet
    assert ender(seen(2, 1.5, 0.3)) is None  # 0.7 is less than twice 0.4
    assert str(ender(seen(3, 2.0, 0.5))).startswith("it lagged: a score of 0.5000 after 2.00 s")
    assert Ender([make_trial(0, 9.0, **course)], ("time",), TARGET)(seen(3, 2.0, 0.5)) is None


def test_caps_grow_until_a_trial_reached_the_target_and_follow_the_best_from_there() -> None:
    none = Ender([], ("time",), TARGET)
    caps = [none.cap(CAPS, tried).seconds for tried in (0, 3, 4, 8, 100)]
    assert caps == [6.0, 6.0, 12.0, 24.0, 30.0]
    best = Ender([make_trial(0, 2.0, wall_s=2.5)], ("time",), TARGET)
    assert best.cap(CAPS, 0).seconds == pytest.approx(2.0 * 2.0 + 0.5)
    assert Ender([make_trial(0, 2.0)], ("accuracy",), None).cap(CAPS, 0).seconds == 30.0


def test_why_a_trial_is_ended_at_its_cap_is_said_as_it_is() -> None:
    assert "as long as none has reached the target" in Ender([], ("time",), TARGET).cap(CAPS, 0).reason
    several = Ender([make_trial(0, 2.0)], ("time", "memory"), TARGET)
    assert several.cap(CAPS, 0).reason == "the limit of a trial"
    best = Ender([make_trial(0, 2.0)], ("time",), TARGET).cap(CAPS, 0)
    assert best.reason == "it could not win, as the best trials reached the target in 2.00 s"
    assert best.unseen.startswith("it was too slow to start to win here")


def test_no_trial_is_ended_before_its_first_epoch_unless_it_starts_far_more_slowly_than_others() -> None:
    quick = [make_trial(number, 2.0) for number in range(3)]
    assert Ender(quick, ("time",), TARGET, any_start_s=1.9).cap(CAPS, 3).seconds == pytest.approx(5.7)
    assert Ender([], ("time",), TARGET, any_start_s=5.0).cap(CAPS, 0).seconds == pytest.approx(15.0)
    assert Ender(quick, ("time",), TARGET, any_start_s=0.1).cap(CAPS, 3).seconds == pytest.approx(4.0)


def test_one_quiet_moment_does_not_end_all_that_follows() -> None:
    trials = [make_trial(0, 1.0), make_trial(1, 2.0), make_trial(2, 2.2), make_trial(3, 5.0)]
    assert Ender(trials, ("time",), TARGET).limit == 2.0
    assert Ender(trials, ("time",), TARGET).cap(CAPS, 4).seconds == pytest.approx(4.0)
    unseen = make_trial(4, None, state="stopped", cost={})
    waited = [*trials, unseen, make_trial(5, None, state="refused"), unseen]
    assert Ender(waited, ("time",), TARGET).cap(CAPS, 6).seconds == pytest.approx(6.0)
    assert Ender([*trials, *[unseen] * 90], ("time",), TARGET).cap(CAPS, 94).seconds == pytest.approx(12.0)


def test_a_slow_start_tells_of_a_slower_machine_and_gives_time() -> None:
    trials = [make_trial(number, 2.0) for number in range(3)]
    course = (seen(1, 1.9, 0.5), seen(2, 2.3, 0.6))  # 1.5 s until its first step, and 0.4 s an epoch
    usual, slower = (Ender(trials, ("time",), TARGET, start_s) for start_s in (1.5, 1.0))
    assert [usual(one) is None for one in course] == [True, False]
    assert [slower(one) is None for one in course] == [True, True]
    assert slower(seen(3, 3.4, 0.7)) is not None


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def spent(**changes: float) -> Spent:
    known = dict.fromkeys(("reserved_s", "preparing_s", "search_s", "finals_s", "opening_s"), 0.0)
    return Spent(budget_s=60.0, **(known | changes))


def test_a_budget_counts_phases_and_what_earlier_sessions_spent() -> None:
    clock, kept = Clock(), list[Spent]()
    budget = Budget(spent(search_s=10.0), kept.append, clock)
    with budget.phase("search"):
        clock.now_s += 5.0
        assert budget.left_s == pytest.approx(45.0)
        budget.note()
        clock.now_s += 1.0
    with suppress(KeyboardInterrupt), budget.phase("finals"):
        clock.now_s += 4.0
        raise KeyboardInterrupt
    clock.now_s += 1000.0  # between phases nothing is spent
    assert [budget.spent.search_s, budget.spent.finals_s] == pytest.approx([16.0, 4.0])
    assert kept[-1] == budget.spent
    budget.reserve(None)
    assert budget.search_left_s == pytest.approx(40.0 - 0.3 * 60)
    budget.reserve(1000.0)
    assert budget.search_left_s == pytest.approx(40.0 - 0.5 * 60)


def test_a_budget_too_small_for_one_trial_is_refused_with_what_one_takes() -> None:
    trial = TrialTime(start_s=1.0, epoch_s=0.5, epochs=6)
    check_budget(10.0, 9.0, trial)
    said = r"4\.00 s for the cheapest trial \(1\.00 s to start, then 6 epochs of 500 ms\)"
    with pytest.raises(UserError, match=said) as error:
        check_budget(5.0, 4.0, trial)
    assert "--budget 8s: 1.00 s for this estimate + 4.00 s" in str(error.value)
    assert "+ 2.40 s (30%) set aside for repetitions = 7.40 s" in str(error.value)


def test_the_budget_that_is_named_holds_the_baseline_too_and_is_enough() -> None:
    trial = TrialTime(start_s=1.0, epoch_s=0.5, epochs=6)
    with pytest.raises(UserError, match=r"at most for Adam at its defaults") as error:
        check_budget(9.0, 8.0, trial, baseline=True)
    (least,) = re.findall(r"--budget (\d+)s:", str(error.value))
    check_budget(float(least), float(least) - 1.0, trial, baseline=True)
    with pytest.raises(UserError):
        check_budget(float(least) - 1, float(least) - 2.0, trial, baseline=True)
