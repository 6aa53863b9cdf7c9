"""A limit on memory: made-up processes, and real ones that take too much, alone and by a child."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from wattlab.cluster.local import run_process
from wattlab.cluster.memory_limit import RESERVE_B, Held, MemoryLimit, held, room_B
from wattlab.meter.processes import Look, Tree

if TYPE_CHECKING:
    from pathlib import Path

MiB = 2**20
ALONE = "x = bytearray({size}); import time; time.sleep({wait})"
BY_A_CHILD = "import subprocess, sys; sys.exit(subprocess.run([sys.executable, '-c', {code!r}]).returncode)"
linux = pytest.mark.skipif(sys.platform != "linux", reason="what is no file is told by Linux only")


class MadeUpTree(Tree):
    def look(self) -> Look:
        return Look({7: "python"})

    def peak_B(self, pid: int) -> int:
        return 0


def limit_of(limit_B: int, *found: Held, free_B: int = 10**12) -> MemoryLimit:
    readings = iter(found)
    return MemoryLimit(limit_B, MadeUpTree(), lambda pids: next(readings), lambda: free_B)


def test_the_peak_is_kept_and_the_limit_ends_it() -> None:
    limit = limit_of(100 * MiB, Held(90 * MiB, 0), Held(50 * MiB, 0), Held(101 * MiB, 0))
    assert [limit(7), limit(7), limit.peak_B, limit.shortage] == [None, None, 90 * MiB, None]
    assert limit(7) == "it held 101 MiB of memory and was ended: the limit is 100 MiB"
    assert (limit.peak_B, limit.shortage) == (101 * MiB, "over")


def test_what_is_swapped_counts_once_it_is_more_than_some_pages() -> None:
    limit = limit_of(10**10, Held(500 * MiB, 30 * MiB), Held(500 * MiB, 40 * MiB))
    assert limit(7) is None
    assert "moved 40.0 MiB of it to swap" in (limit(7) or "")
    assert limit.shortage == "swapping"


def test_a_machine_that_runs_short_ends_it_below_its_limit() -> None:
    limit = limit_of(10**10, Held(500 * MiB, 0), free_B=RESERVE_B // 4)
    assert "the machine had 64.0 MiB left" in (limit(7) or "")
    assert limit.shortage == "machine"


def test_some_memory_is_left_to_the_system() -> None:
    assert room_B(2**30) == 2**30 - RESERVE_B
    assert room_B(100) == 0


@linux
@pytest.mark.parametrize("inner", [False, True], ids=["alone", "by a child"])
def test_a_real_process_is_ended_before_it_has_all_it_wants(inner: bool, tmp_path: Path) -> None:
    code = ALONE.format(size=400 * MiB, wait=30)
    limit = MemoryLimit(150 * MiB)
    command = [sys.executable, "-c", BY_A_CHILD.format(code=code) if inner else code]
    ended = run_process(command, tmp_path / "log", 60, limit)
    assert ended.failure is not None
    assert "the limit is 150 MiB" in ended.failure
    assert limit.shortage == "over"
    assert limit.peak_B > 150 * MiB


@linux
def test_a_real_process_within_the_limit_ends_by_itself(tmp_path: Path) -> None:
    limit = MemoryLimit(400 * MiB)
    code = ALONE.format(size=100 * MiB, wait=0.3)
    assert run_process([sys.executable, "-c", code], tmp_path / "log", 60, limit).failure is None
    assert 100 * MiB < limit.peak_B < 150 * MiB


@linux
def test_pages_of_files_do_not_count(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.write_bytes(bytes(200 * MiB))
    code = f"import mmap, time; f = open({str(data)!r}, 'rb'); m = mmap.mmap(f.fileno(), 0, prot=1); "
    limit = MemoryLimit(100 * MiB)
    command = [sys.executable, "-c", f"{code} sum(m[::4096]); time.sleep(0.2)"]
    assert run_process(command, tmp_path / "log", 60, limit).failure is None
    assert limit.peak_B < 100 * MiB
    assert limit.files_B > 200 * MiB


def test_a_process_that_has_ended_holds_nothing() -> None:
    assert held(2**30) == (0, 0, 0)
