"""The tree of processes, on files as proc_pid_stat(5) describes them, and on real ones."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Protocol

import pytest

from wattlab.meter.processes import PortableTree, ProcTree, Tree, make_tree

if TYPE_CHECKING:
    from pathlib import Path

OWN = 100
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
PAGE_B = os.sysconf("SC_PAGE_SIZE")


class Write(Protocol):
    """Writes the line of a process."""

    def __call__(  # the fields that count
        self,
        pid: int,
        parent: int,
        *,
        name: str = "",
        state: str = "",
        ticks: int = 0,
        started: int = 0,
        pages: int = 1,
    ) -> None: ...


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a function that writes a process's line: fields 1 to 24 of 52."""

    def process(
        pid: int,
        parent: int,
        *,
        name: str = "a) b (c",
        state: str = "S",
        ticks: int = 0,
        started: int = 0,
        pages: int = 1,
    ) -> None:
        folder = tmp_path / str(pid)
        folder.mkdir(exist_ok=True)
        times = f"{ticks} {ticks} {ticks} {ticks}"
        line = f"{pid} ({name}) {state} {parent} 1 1 0 -1 0 0 0 0 0 {times} 20 0 1 0 {started or pid} 9999 {pages}"
        (folder / "stat").write_text(f"{line}{' 0' * 28}\n")

    process(1, 0)
    process(50, 1)
    process(OWN, 50)
    return process


def gone(proc: Path, pid: int) -> None:
    (proc / str(pid) / "stat").unlink()
    (proc / str(pid)).rmdir()


def test_children_and_theirs_are_found_and_others_are_not(tmp_path: Path, write: Write) -> None:
    tree = ProcTree(tmp_path, OWN)
    write(101, OWN, ticks=100, pages=5, name="sh")
    write(103, 102, ticks=10, pages=100)
    write(102, 101, ticks=1, pages=7)
    write(104, 50, ticks=1000, pages=1000)
    look = tree.look()
    assert set(look.names) == {101, 102, 103}
    assert (look.names[101], look.names[102]) == ("sh", "a) b (c")
    assert look.cpu_s == pytest.approx(4 * 111 * TICK_S)
    assert look.resident_B == 112 * PAGE_B
    assert look.largest == 103


def test_who_was_there_before_is_left_out_where_that_is_asked_for(tmp_path: Path, write: Write) -> None:
    write(101, OWN)
    from_now_on, all_of_them = ProcTree(tmp_path, OWN, from_now_on=True), ProcTree(tmp_path, OWN)
    write(102, OWN)
    assert set(from_now_on.look().names) == {102}
    assert set(all_of_them.look().names) == {101, 102}


def test_an_orphan_stays_known_wherever_it_goes(tmp_path: Path, write: Write) -> None:
    tree = ProcTree(tmp_path, OWN)
    write(101, OWN)
    write(102, 101)
    tree.look()
    gone(tmp_path, 101)
    write(102, 1)
    assert set(tree.look().names) == {102}


def test_a_number_given_to_another_process_is_another_process(tmp_path: Path, write: Write) -> None:
    tree = ProcTree(tmp_path, OWN)
    write(101, OWN)
    write(102, OWN)
    tree.look()
    write(101, 50, started=7777)
    write(102, OWN, started=7777)
    assert set(tree.look().names) == {102}


def test_a_zombie_has_used_time_and_runs_no_more(tmp_path: Path, write: Write) -> None:
    tree = ProcTree(tmp_path, OWN)
    write(101, OWN, state="Z", ticks=10, pages=0)
    look = tree.look()
    assert (look.names, look.resident_B, look.largest) == ({}, 0, 0)
    assert look.cpu_s == pytest.approx(40 * TICK_S)


def test_a_process_on_its_way_to_a_new_parent_is_looked_at_again(tmp_path: Path, write: Write) -> None:
    tree = ProcTree(tmp_path, OWN)
    write(102, 101)  # its parent ended while the list was read
    assert tree.look().names == {}
    write(102, OWN)
    assert set(tree.look().names) == {102}


def test_strangers_are_read_once(tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    for pid in range(200, 260):
        write(pid, 50)
    tree = ProcTree(tmp_path, OWN)
    tree.look()
    read: list[int] = []
    monkeypatch.setattr(tree, "_read", read.append)
    tree.look()
    assert read == []


def test_a_process_that_ends_while_it_is_looked_at_is_left_out(tmp_path: Path, write: Write) -> None:
    tree = ProcTree(tmp_path, OWN)
    write(101, OWN)
    (tmp_path / "102").mkdir()
    assert set(tree.look().names) == {101}


@pytest.mark.parametrize("kind", [ProcTree, PortableTree])
def test_real_processes(kind: type[ProcTree | PortableTree]) -> None:
    tree: Tree = kind(from_now_on=True)
    code = "x = b'1' * 2**26; sum(range(3_000_000)); print(flush=True); input()"
    with subprocess.Popen(
        ["sh", "-c", f'{sys.executable} -c "{code}"; true'], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as shell:
        assert shell.stdout is not None
        shell.stdout.readline()
        look = tree.look()
        assert sorted(look.names.values())[1] == "sh"
        assert len(look.names) == 2
        assert look.resident_B > 2**26
        assert look.cpu_s > 0
        assert shell.pid in look.names
        assert look.largest != shell.pid
        if kind is ProcTree:
            assert tree.peak_B(look.largest) >= 2**26
        shell.communicate(b"\n")
    assert tree.look().names == {}
    assert tree.peak_B(shell.pid) == 0


def test_a_look_at_a_thousand_processes_takes_milliseconds(tmp_path: Path, write: Write) -> None:
    for pid in range(1001, 2001):
        write(pid, pid - 1 if pid > 1001 else OWN)  # each the parent of the next: the deepest tree there is
    tree = ProcTree(tmp_path, OWN)
    before_s = time.thread_time()
    assert len(tree.look().names) == 1000
    assert time.thread_time() - before_s < 0.2  # some 15 ms; a tree of depth n must not cost n²


def test_the_tree_of_this_system() -> None:
    assert isinstance(make_tree(), ProcTree if sys.platform == "linux" else PortableTree)
