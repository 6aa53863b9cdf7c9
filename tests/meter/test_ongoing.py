"""The process's one meter: shared, one background thread, another one in a forked child, silent in other ranks."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import traceback
from threading import Event, Thread
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from tests.made_up_meter import World

from wattlab.meter import ongoing
from wattlab.meter.cost import unknown_cost
from wattlab.meter.ongoing import Stretch, running_meter
from wattlab.meter.ranks import why_not_measuring
from wattlab.meter.window import FORKED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RANKS = ("LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "SLURM_LOCALID")


def sampling() -> int:
    return sum(thread.name == "wattlab-meter" for thread in threading.enumerate())


def test_everybody_gets_the_same_meter_and_one_thread_samples() -> None:
    meter = running_meter()
    before = sampling()
    stretches = [Stretch("shared") for _ in range(5)]
    costs = [stretch.close() for stretch in stretches]
    assert running_meter() is meter
    assert sampling() == before
    assert all(cost.wall.value is not None and cost.wall.value > 0 for cost in costs)


def test_stretches_overlap_under_one_name_and_close_in_any_order() -> None:
    world = World()
    with world.meter() as meter:
        first = Stretch("work", None, meter)
        world.work(1.0)
        second = Stretch("work", None, meter)
        world.work(2.0)
        assert first.close().energy.value == 180.0
        world.work(4.0)
        assert second.close().energy.value == 360.0
        third = Stretch("work", None, meter)
        world.work(8.0)
        third.close()
    assert meter.windows == ("work", "work (2)")
    assert meter["work"].wall.value == 11.0


def test_a_stretch_that_cannot_open_leaves_its_name() -> None:
    world = World()

    def lost() -> None:
        msg = "no device"
        raise OSError(msg)

    with world.meter() as meter:
        with pytest.raises(OSError, match="no device"):
            Stretch("work", lost, meter)
        Stretch("work", None, meter).close()
    assert meter.windows == ("work",)


def in_a_child(check: Callable[[], object]) -> int:
    """Run a check in a forked child, and return its exit code."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    try:
        check()
    except BaseException:  # noqa: BLE001 (a child must not run the parent's tests)
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_makes_its_own_meter() -> None:
    meter = running_meter()
    outer = Stretch("outer")

    def check() -> None:
        cost = outer.close()
        assert cost == unknown_cost(FORKED)
        assert running_meter() is not meter
        assert sampling() == 1
        wall = Stretch("outer").close().wall.value
        assert wall is not None

    assert in_a_child(check) == 0
    assert outer.close().wall.value is not None
    assert running_meter() is meter


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_lock_that_another_thread_held_when_the_process_was_forked_blocks_no_child() -> None:
    meter = running_meter()
    held = Event()
    free = Event()

    def hold() -> None:
        with ongoing._one_meter._lock, meter._windows._lock, meter._counters._lock:
            held.set()
            free.wait(timeout=30.0)

    thread = Thread(target=hold)
    thread.start()
    held.wait(timeout=30.0)

    def check() -> None:
        Stretch("work").close()
        with meter.window("work") as window:  # its parent's
            pass
        assert window.cost == unknown_cost(FORKED)
        assert "work" not in meter.windows
        assert meter.total().energy.is_missing

    try:
        assert in_a_child(check) == 0
    finally:
        free.set()
        thread.join()


def test_a_window_of_the_users_own_and_one_of_ours_may_have_the_same_name() -> None:
    world = World()
    with world.meter() as meter, meter.window("training"):
        stretch = Stretch("training", None, meter)
        world.work(2.0)
        assert stretch.close().wall.value == 2.0
    assert meter.windows == ("training (2)", "training")


def test_a_torch_that_is_still_being_imported_has_no_rank(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", ModuleType("torch"))
    assert why_not_measuring({}) == ""


@pytest.mark.parametrize("variable", RANKS)
def test_local_rank_0_measures_and_the_others_say_that_it_does(variable: str) -> None:
    assert why_not_measuring({variable: "0"}, lambda: 7) == ""
    reason = why_not_measuring({variable: "3"}, lambda: None)
    assert reason == f"local rank 0 measures this node, and this is local rank 3 ({variable})"


@pytest.mark.parametrize(
    ("environ", "rank", "expected"),
    [
        ({}, None, ""),
        ({}, 0, ""),
        ({"LOCAL_RANK": "none"}, None, ""),
        ({"LOCAL_RANK": "1", "SLURM_LOCALID": "0"}, None, "local rank 1 (LOCAL_RANK)"),
        ({}, 2, "rank 2 of torch.distributed; set LOCAL_RANK"),
    ],
)
def test_who_is_who(environ: Mapping[str, str], rank: int | None, expected: str) -> None:
    reason = why_not_measuring(environ, lambda: rank)
    assert expected in reason
    assert bool(reason) == bool(expected)


def test_another_rank_counts_no_energy_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = running_meter()
    monkeypatch.setenv("LOCAL_RANK", "1")
    stretch = Stretch("work")
    assert running_meter() is not ours
    cost = stretch.close()
    for energy in (cost.energy, cost.idle, cost.net):
        assert energy.value is None
    assert "local rank 0 measures this node, and this is local rank 1" in cost.energy.note
    assert cost.wall.value is not None
    assert cost.peak_memory.value is not None
    monkeypatch.setenv("LOCAL_RANK", "0")
    assert running_meter() is ours


GROUP = """
import os
import torch.distributed as group
from wattlab.meter.ongoing import Stretch

path, rank = {path!r}, int(os.environ["TEST_RANK"])
group.init_process_group("gloo", init_method="file://" + path, rank=rank, world_size=2)
cost = Stretch("work").close()
print(rank, cost.energy.provenance, cost.energy.note if cost.energy.is_missing else "")
group.barrier()
group.destroy_process_group()
"""


@pytest.mark.slow
def test_of_a_real_process_group_one_process_measures(tmp_path: object) -> None:
    pytest.importorskip("torch")
    code = GROUP.format(path=f"{tmp_path}/meeting")
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            env={**os.environ, "TEST_RANK": rank},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in ("0", "1")
    ]
    answers = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], answers
    assert "missing" not in answers[0][0]
    assert answers[1][0].startswith(
        "1 missing energy: rank 0 measures, and this is rank 1 of torch.distributed"
    )
