from __future__ import annotations

from dataclasses import replace

import pytest

from wattlab.command import CommandRun
from wattlab.command.repeat import counted_runs, level, notes_on_runs, summary
from wattlab.meter.cost import Cost
from wattlab.meter.quantity import measured


def run(seconds: float, exit_code: int = 0, **fields: object) -> CommandRun:
    energy = measured(seconds, "J", "x")
    wall = measured(seconds, "s", "clock:wall")
    cost = Cost(wall, wall, energy, energy, energy, measured(seconds, "B", "memory"))
    values = {"exit_code": exit_code, "cost": cost, "overhead": measured(0.0, "s", "clock:cpu"), **fields}
    return CommandRun.model_validate(values)


def test_only_what_succeeded_counts() -> None:
    runs = [
        run(1.0),
        run(2.0, 1),
        run(3.0),
        run(4.0, 0, interrupted_by="SIGINT"),
        run(5.0, 137, signal="SIGKILL"),
    ]
    seconds = [one.cost.wall.value for one in counted_runs(runs, ignore_failure=False)]
    assert seconds == [1.0, 3.0]
    assert [one.cost.wall.value for one in counted_runs(runs, ignore_failure=True)] == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("ignore_failure", [True, False])
def test_where_nothing_succeeded_the_last_run_is_shown(*, ignore_failure: bool) -> None:
    runs = [run(1.0, 137, signal="SIGKILL"), run(2.0, 130, signal="SIGINT", interrupted_by="SIGINT")]
    assert counted_runs(runs, ignore_failure=ignore_failure) == runs[1:]


def test_a_single_run_is_its_own_summary() -> None:
    one = run(3.0)
    assert summary([one]) == one.cost
    assert level([one]) is None


def test_several_runs_are_summed_up_by_medians_and_the_highest_peak() -> None:
    runs = [run(float(seconds)) for seconds in (4, 1, 3, 2, 5)]
    found = summary(runs)
    assert (found.wall.value, found.wall.interval) == (3.0, (1.0, 5.0))
    assert found.peak_memory.value == 5.0
    assert level(runs) == 0.9375


def test_from_eight_runs_on_an_outlier_does_not_widen_the_interval() -> None:
    runs = [run(float(seconds)) for seconds in (1, 2, 3, 4, 5, 6, 7, 1000)]
    assert summary(runs).wall.interval == (2.0, 7.0)


def test_of_other_peoples_work_the_worst_run_tells() -> None:
    runs = [run(1.0), run(1.0), run(1.0)]
    for one, share in zip(runs[:2], (0.3, 0.4), strict=True):
        foreign = measured(share, "1", "clock:machine")
        shared = replace(one.cost, foreign=foreign, shared=f"others kept {share:.0%} busy")
        object.__setattr__(one, "cost", shared)
    assert summary(runs).shared == "in 2 of 3 runs; at worst others kept 40% busy"
    assert summary(runs[2:] * 2).shared == ""


def test_enough_good_runs_need_no_note() -> None:
    runs = [run(1.0)] * 5
    assert notes_on_runs(runs, runs, 5) == []


GOOD, BAD = run(1.0), run(1.0, 1)
KILLED = run(1.0, 137, signal="SIGKILL")
INTERRUPTED = run(1.0, 130, signal="SIGINT", interrupted_by="SIGINT")


@pytest.mark.parametrize(
    ("runs", "repeat", "note"),
    [
        ([GOOD, INTERRUPTED], 3, "Run 2 of 3 was interrupted by SIGINT; the figures are of the other one."),
        (
            [GOOD, GOOD, INTERRUPTED],
            3,
            "Run 3 of 3 was interrupted by SIGINT; the figures are of the other 2.",
        ),
        ([INTERRUPTED], 3, "Run 1 of 3 was interrupted by SIGINT; the figures are of that run."),
        (
            [KILLED, INTERRUPTED],
            3,
            "Run 2 of 3 was interrupted by SIGINT; the figures are of the last one, since none succeeded.",
        ),
        ([GOOD, BAD], 3, "Run 2 of 3 failed and was the last; the figures are of the other one."),
        ([BAD], 3, "Run 1 of 3 failed and was the last; the figures are of that run."),
        ([GOOD, GOOD], 3, "Run 2 of 3 was the last; the figures are of all 2."),
        ([KILLED, GOOD], 2, "1 of 2 runs did not succeed; the figures are of the other one."),
    ],
)
def test_one_sentence_tells_which_runs_count(runs: list[CommandRun], repeat: int, note: str) -> None:
    notes = notes_on_runs(runs, counted_runs(runs, ignore_failure=False), repeat)
    assert [one for one in notes if "are few" not in one] == [note]


def test_what_stays_running_is_named_with_how_often() -> None:
    runs = [run(1.0, left_running=("sleep", "cat")), run(1.0, left_running=("sleep",))]
    assert "cat, sleep (2);" in notes_on_runs(runs, runs[:1], 2)[-1]
