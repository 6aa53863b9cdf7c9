"""A limit that counts while steps are taken."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from wattlab.cluster.local import run_process
from wattlab.cluster.step_clock import StepClock, shown_stepping, stepping_file

if TYPE_CHECKING:
    from pathlib import Path


def test_only_the_time_of_steps_counts(tmp_path: Path) -> None:
    now_s, stepping = [0.0], stepping_file(tmp_path / "size-8-1.json")
    assert stepping.name == "size-8-1.stepping"
    clock = StepClock(stepping, 5.0, lambda _: None, lambda: now_s[0])
    now_s[0] = 1000.0
    assert clock(1) is None  # it starts
    stepping.touch()
    assert clock(1) is None
    now_s[0] = 1005.0
    assert clock(1) is None
    now_s[0] = 1005.1
    assert clock(1) == "its steps and evaluation took longer than 5.00 s"
    assert clock.over


def test_what_comes_after_the_steps_does_not_count(tmp_path: Path) -> None:
    now_s, report = [0.0], tmp_path / "one.json"
    clock = StepClock(stepping_file(report), 5.0, lambda _: None, lambda: now_s[0])
    with shown_stepping(report):
        assert clock(1) is None
        now_s[0] = 4.0
        assert clock(1) is None
    now_s[0] = 1000.0
    assert clock(1) is None
    assert not clock.over


def test_another_watch_is_asked_first(tmp_path: Path) -> None:
    pids: list[int] = []

    def watch(pid: int) -> str:
        pids.append(pid)
        return "it held too much"

    clock = StepClock(tmp_path / "one.stepping", 5.0, watch)
    assert (clock(7), pids, clock.over) == ("it held too much", [7], False)


def test_a_process_is_ended(tmp_path: Path) -> None:
    stepping = tmp_path / "one.stepping"
    code = f"import pathlib, time; pathlib.Path({str(stepping)!r}).touch(); time.sleep(60)"
    clock = StepClock(stepping, 0.2, lambda _: None)
    ended = partial(run_process, watch=clock)(
        [sys.executable, "-I", "-S", "-c", code], tmp_path / "log", 30.0
    )
    assert (ended.failure, ended.timed_out) == ("its steps and evaluation took longer than 200 ms", False)
    assert clock.over
