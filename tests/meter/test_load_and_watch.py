from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from wattlab.meter import load
from wattlab.meter.clock import Looks, ProcessTree
from wattlab.meter.load import Load, foreign_s, machine_s
from wattlab.meter.memory import current_memory_B
from wattlab.meter.processes import make_tree
from wattlab.meter.watch import PERIOD_S, Watch

if TYPE_CHECKING:
    from pathlib import Path

STAT = "cpu  100 20 30 4000 50 6 7 8 999 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n"


def test_busy_and_all_seconds_count_what_is_stolen_and_no_guest_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.sysconf", lambda _: 100)
    (tmp_path / "stat").write_text(STAT)
    assert machine_s(tmp_path / "stat") == pytest.approx((1.71, 42.21))


def test_the_machine_agrees_with_psutil() -> None:
    import psutil

    busy_s, all_s = machine_s()
    times = psutil.cpu_times()
    assert all_s - busy_s == pytest.approx(times.idle + times.iowait, abs=1.0)


def test_without_the_file_psutil_is_asked(tmp_path: Path) -> None:
    busy_s, all_s = machine_s(tmp_path / "none")
    assert 0 < busy_s < all_s
    assert machine_s() == pytest.approx((busy_s, all_s), abs=1.0)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (Load(12.0, 54.0, 2.0), 1.0),
        (Load(10.1, 52.0, 2.0), 0.0),  # coarse counters show less than our own
        (Load(19.0, 52.0, 1.0), 2.0),  # and never more than there is
    ],
)
def test_foreign_seconds_stay_within_what_is_possible(after: Load, expected: float) -> None:
    assert foreign_s(Load(10.0, 50.0, 1.0), after) == pytest.approx(expected)


def test_looks_no_more_often_than_it_should() -> None:
    clock_s = iter((100.0, 100.1, 100.0 + PERIOD_S, 100.2 + PERIOD_S))
    asked: list[int] = []

    def machine() -> tuple[float, float]:
        asked.append(1)
        return 1.0, 2.0

    watch = Watch(machine=machine, wall_s=lambda: next(clock_s))
    looks = []
    for _ in range(4):
        watch.look()
        looks.append(len(asked))
    assert looks == [1, 1, 2, 2]
    assert watch.load is not None


def test_a_sandbox_that_hides_the_machine_leaves_the_load_unknown() -> None:
    def hidden() -> tuple[float, float]:
        raise PermissionError

    watch = Watch(machine=hidden)
    watch.look()
    assert watch.load is None


def test_a_child_counts_in_the_memory_of_the_tree() -> None:
    held = 64 * 2**20
    script = f"held = b'x' * {held}; print('ready', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        # With looks of its own: those that all share may just have been taken.
        watch = Watch(ProcessTree(Looks(make_tree())))
        watch.look()
        alone_B = current_memory_B()
        child.communicate(b"\n")
    assert watch.tree_peak_B > alone_B + held


def test_the_busy_work_of_a_stranger_is_foreign_and_our_own_is_not() -> None:
    watch = Watch()
    watch.look()
    first = watch.load
    until_s = time.process_time() + PERIOD_S + 0.1
    while time.process_time() < until_s:
        pass
    watch.look()
    assert first is not None
    assert watch.load is not None
    assert watch.load.own_s - first.own_s > 0.3
    assert watch.load.busy_s >= first.busy_s
    assert load.BUSY == 0.1


def test_a_watch_that_fails_leaves_the_load_unknown_and_stops_nothing() -> None:
    class Broken:
        strangers = None

        def look(self, *_: object, **__: object) -> None:
            raise ZeroDivisionError

    watch = Watch(cards=Broken())  # type: ignore[arg-type]
    watch.look()
    assert watch.load is None


CAME_AND_WENT = """
import subprocess, sys
from wattlab.meter.processes import make_tree
from wattlab.meter.watch import Watch

held = 96 * 2**20
watch = Watch()
subprocess.run([sys.executable, "-c", f"held = b'x' * {held}"], check=True)
assert watch.ended_peak_B() > held
assert Watch().ended_peak_B() == 0
"""


def test_a_child_that_came_and_went_between_two_looks_counts_in_the_peak() -> None:
    # In a process of its own: the kernel keeps the largest of all children that there ever were.
    subprocess.run([sys.executable, "-c", CAME_AND_WENT], check=True)
