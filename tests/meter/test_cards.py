from __future__ import annotations

import os

import pytest

from wattlab.machine.gpu_state import Gpu, GpuProcess, GpuState
from wattlab.meter import Meter
from wattlab.meter.cards import CardWatch
from wattlab.meter.sensors import Sensors
from wattlab.meter.tally import NOBODY
from wattlab.meter.watch import PERIOD_S, Watch

GPU = Gpu("nvidia", 0, "GPU-1", "ACME 1")
OURS = GpuProcess(os.getpid(), 2**30)
STRANGER = GpuProcess(2**22 + 1, 2**20)


class FakeGpus:
    """One card, and whoever the test puts on it."""

    def __init__(self) -> None:
        self.processes: tuple[GpuProcess, ...] = (OURS,)
        self.asked = 0
        self.closed = False

    def states(self) -> tuple[GpuState, ...]:
        self.asked += 1
        return (GpuState(GPU, processes=self.processes),)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def gpus() -> FakeGpus:
    return FakeGpus()


@pytest.fixture
def watch(gpus: FakeGpus, monkeypatch: pytest.MonkeyPatch) -> Watch:
    monkeypatch.setattr("wattlab.meter.device_users.numbers_as_machine", lambda _: True)
    seconds = iter(range(1000))
    cards = CardWatch(gpus)  # type: ignore[arg-type]
    return Watch(wall_s=lambda: next(seconds) * PERIOD_S, cards=cards)


def test_the_drivers_are_asked_at_every_fourth_look_only(watch: Watch, gpus: FakeGpus) -> None:
    for _ in range(9):
        watch.look()
    assert gpus.asked == 3


def test_who_else_computes_on_the_card_flags_the_windows_of_that_time(watch: Watch, gpus: FakeGpus) -> None:
    with Meter(Sensors(()), sample_s=3600.0, watch=watch) as meter:
        with meter.window("alone"):
            pass
        gpus.processes = (OURS, STRANGER)
        with meter.window("shared"):
            for _ in range(4):
                watch.look()
    assert meter["alone"].shared == ""
    assert f"another process computes on the GPU (PID {STRANGER.pid})" in meter["shared"].shared


def test_who_came_and_went_inside_a_window_flags_it_too(watch: Watch, gpus: FakeGpus) -> None:
    with Meter(Sensors(()), sample_s=3600.0, watch=watch) as meter:
        with meter.window("shared"):
            gpus.processes = (OURS, STRANGER)
            for _ in range(4):
                watch.look()
            gpus.processes = (OURS,)
            for _ in range(4):
                watch.look()
        with meter.window("alone"):
            pass
    assert f"PID {STRANGER.pid}" in meter["shared"].shared
    assert meter["alone"].shared == ""


def test_who_comes_shortly_before_the_end_is_seen_at_the_end(watch: Watch, gpus: FakeGpus) -> None:
    with Meter(Sensors(()), sample_s=3600.0, watch=watch) as meter:
        gpus.processes = (OURS, STRANGER)
    assert f"PID {STRANGER.pid}" in meter.total().shared


def test_our_memory_on_the_card_is_a_cost(
    watch: Watch, gpus: FakeGpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wattlab.meter.device_memory.torch_memory", lambda _: None)
    with Meter(Sensors(()), sample_s=3600.0, watch=watch) as meter:
        gpus.processes = (GpuProcess(os.getpid(), 3 * 2**30), STRANGER)
        for _ in range(4):
            watch.look()
    memory = meter.total().device_memory
    assert (memory.value, memory.unit) == (3 * 2**30, "B")


def test_without_a_card_nothing_is_watched() -> None:
    assert Watch().strangers == NOBODY
    assert "no device memory" in Watch().device_memory().allocated.note


def test_a_machine_without_cards_has_no_watch_over_them(monkeypatch: pytest.MonkeyPatch) -> None:
    empty = FakeGpus()
    monkeypatch.setattr(empty, "states", tuple)
    monkeypatch.setattr("wattlab.meter.cards.Gpus", lambda: empty)
    assert CardWatch.of_this_machine() is None
    assert empty.closed
