from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from wattlab.meter import clock, memory

if TYPE_CHECKING:
    from pathlib import Path


def child(proc: Path, pid: str, ticks: int, children: str = "") -> None:
    (proc / pid / "task" / pid).mkdir(parents=True)
    (proc / pid / "task" / pid / "children").write_text(children)
    (proc / pid / "stat").write_text(f"{pid} (a) b) c) S " + "0 " * 10 + f"{ticks} 0 0 0 20 0\n")


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    times = {"wall": 100.0, "cpu": 1.0}
    monkeypatch.setattr(clock, "wall_s", lambda: times["wall"])
    monkeypatch.setattr(clock, "cpu_s", lambda: times["cpu"])
    return times


def test_the_tree_counts_children_and_their_children(tmp_path: Path, now: dict[str, float]) -> None:
    tick = os.sysconf("SC_CLK_TCK")
    child(tmp_path, "self", 0, "7 ")
    child(tmp_path, "7", 2 * tick, "8")
    child(tmp_path, "8", 3 * tick)
    assert clock.ProcessTree(tmp_path).cpu_s() == 6.0


def test_the_tree_never_goes_back(tmp_path: Path, now: dict[str, float]) -> None:
    child(tmp_path, "self", 0, "7")
    child(tmp_path, "7", 2 * os.sysconf("SC_CLK_TCK"))
    tree = clock.ProcessTree(tmp_path)
    assert tree.cpu_s() == 3.0
    (tmp_path / "7/stat").unlink()
    assert tree.cpu_s() == 3.0
    now["cpu"] = 3.5
    assert tree.cpu_s() == 3.5


def test_the_tree_looks_for_new_children_only_now_and_then(tmp_path: Path, now: dict[str, float]) -> None:
    child(tmp_path, "self", 0)
    tree = clock.ProcessTree(tmp_path)
    assert tree.cpu_s() == 1.0
    (tmp_path / "self/task/self/children").write_text("7")
    child(tmp_path, "7", 4 * os.sysconf("SC_CLK_TCK"))
    now["wall"] += 0.1
    assert tree.cpu_s() == 1.0
    now["wall"] += 0.5
    assert tree.cpu_s() == 5.0


def test_without_a_list_of_children_only_the_own_time_counts(tmp_path: Path, now: dict[str, float]) -> None:
    assert clock.ProcessTree(tmp_path).cpu_s() == 1.0


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
