"""A limit that counts from the first step on."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from wattlab.cluster.local import run_process
from wattlab.cluster.step_clock import StepClock, begun_file

if TYPE_CHECKING:
    from pathlib import Path


def test_the_time_counts_from_the_first_step_on(tmp_path: Path) -> None:
    now_s, begun = [0.0], begun_file(tmp_path / "size-8-1.json")
    assert begun.name == "size-8-1.begun"
    clock = StepClock(begun, 5.0, lambda _: None, lambda: now_s[0])
    now_s[0] = 1000.0
    assert clock(1) is None  # it starts
    begun.touch()
    assert clock(1) is None
    now_s[0] = 1005.0
    assert clock(1) is None
    now_s[0] = 1005.1
    assert clock(1) == "its steps and evaluation took longer than 5.00 s"
    assert clock.over


def test_another_watch_is_asked_first(tmp_path: Path) -> None:
    pids: list[int] = []

    def watch(pid: int) -> str:
        pids.append(pid)
        return "it held too much"

    clock = StepClock(tmp_path / "one.begun", 5.0, watch)
    assert (clock(7), pids, clock.over) == ("it held too much", [7], False)


def test_a_process_is_ended(tmp_path: Path) -> None:
    begun = tmp_path / "one.begun"
    code = f"import pathlib, time; pathlib.Path({str(begun)!r}).touch(); time.sleep(60)"
    clock = StepClock(begun, 0.2, lambda _: None)
    ended = partial(run_process, watch=clock)(
        [sys.executable, "-I", "-S", "-c", code], tmp_path / "log", 30.0
    )
    assert (ended.failure, ended.timed_out) == ("its steps and evaluation took longer than 200 ms", False)
    assert clock.over
