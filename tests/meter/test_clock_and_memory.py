from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from wattlab.meter import clock, memory
from wattlab.meter.processes import Look

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.meter.processes import Tree


class Rig:
    """Clocks and children that do as they are told."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.used_s = 0.0
        self.ended_s = 1.0
        self.running_s = 0.0
        self.looks = 0

    def look(self) -> Look:
        self.looks += 1
        self.used_s += 0.001
        return Look({7: "child"}, cpu_s=self.running_s)

    def peak_B(self, pid: int) -> int:
        return 0

    def tree(self) -> clock.ProcessTree:
        looks = clock.Looks(cast("Tree", self), lambda: self.ended_s, lambda: self.now_s, lambda: self.used_s)
        return clock.ProcessTree(looks)


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Rig:
    made = Rig()
    monkeypatch.setattr(clock, "_own_s", lambda: 10.0)
    monkeypatch.setattr(clock, "ended_children_s", lambda: made.ended_s)
    return made


def test_the_tree_counts_itself_and_children_that_have_ended_or_run(rig: Rig) -> None:
    rig.running_s = 5.0
    tree = rig.tree()
    assert tree.cpu_s() == 16.0
    assert tree.children().names == {7: "child"}


def test_a_child_that_ends_counts_once_and_the_tree_never_goes_back(rig: Rig) -> None:
    rig.running_s = 5.0
    tree = rig.tree()
    assert tree.cpu_s() == 16.0
    rig.now_s, rig.running_s = 200.0, 0.0  # gone, and nobody waited for it
    assert tree.cpu_s() == 16.0
    rig.ended_s = 6.5  # somebody has
    assert tree.cpu_s() == 16.5


def test_between_two_looks_what_was_seen_and_has_ended_since_is_not_added_up(rig: Rig) -> None:
    rig.running_s = 5.0
    tree = rig.tree()
    for _ in range(20):
        tree.cpu_s()
    looks = rig.looks
    rig.ended_s = 6.0
    assert (tree.cpu_s(), rig.looks) == (16.0, looks)


def test_looks_take_no_more_than_their_share_after_a_few_at_once(rig: Rig) -> None:
    tree = rig.tree()
    for _ in range(1000):
        tree.cpu_s()
    at_once = rig.looks
    assert 5 < at_once < 15
    for _ in range(1000):
        rig.now_s += 0.1
        tree.cpu_s()
    assert (rig.looks - at_once) * 0.001 == pytest.approx(100 * clock.SHARE, rel=0.05)


def test_all_trees_of_a_process_share_their_looks() -> None:
    assert clock._looks(1) is clock._looks(1)
    assert clock._looks(1) is not clock._looks(2)  # as after a fork


def test_where_children_are_not_listed_those_that_have_ended_count() -> None:
    tree = clock.ProcessTree(clock.Looks(None))
    assert tree.cpu_s() >= clock.cpu_s() - 0.1
    assert tree.children().names == {}


def test_processor_time_grows_with_work() -> None:
    before_s = clock.cpu_s()
    sum(number * number for number in range(300_000))
    assert clock.cpu_s() > before_s


def test_age_agrees_with_psutil() -> None:
    import time

    import psutil

    age_s = time.time() - psutil.Process().create_time()
    # psutil rounds the boot time to a whole second.
    assert clock.process_started_s() == pytest.approx(age_s, abs=2.0)


def test_age_without_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*_: object, **__: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr("pathlib.Path.read_text", absent)
    monkeypatch.setattr("psutil.Process.create_time", lambda _: 900.0)
    monkeypatch.setattr("time.time", lambda: 1000.0)
    assert clock.process_started_s() == 100.0


def test_memory_is_read_from_the_status_file(tmp_path: Path) -> None:
    status = tmp_path / "status"
    status.write_text("Name:\tVmHWM: 1 kB\nVmHWM:\t    2204 kB\nVmRSS:\t    1000 kB\n")
    assert memory.peak_memory_B(status) == 2204 * 1024
    assert memory.current_memory_B(status) == 1000 * 1024


def test_memory_without_the_status_file_is_asked_elsewhere(tmp_path: Path) -> None:
    assert memory.peak_memory_B(tmp_path / "none") > 2**22
    assert memory.current_memory_B(tmp_path / "none") > 2**22


def test_the_peak_follows_what_was_held() -> None:
    before_B = memory.current_memory_B()
    held = b"\1" * 2**25
    assert memory.peak_memory_B() >= before_B + len(held) - 2**22
