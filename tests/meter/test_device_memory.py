from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from wattlab.machine.gpu_state import Gpu, GpuProcess, GpuState
from wattlab.meter.device_memory import DeviceMemoryWatch, torch_memory
from wattlab.meter.device_users import other_users

if TYPE_CHECKING:
    from pathlib import Path

GPU = Gpu("nvidia", 0, "GPU-8932f937", "NVIDIA A100")


def state(*processes: tuple[int, int | None], visible: bool = True) -> GpuState:
    return GpuState(GPU, visible, processes=tuple(GpuProcess(pid, used_B) for pid, used_B in processes))


def namespace(root: Path, number: int) -> Path:
    link = root / "proc/self/ns/pid"
    link.parent.mkdir(parents=True)
    link.symlink_to(f"pid:[{number}]")
    return root


@pytest.fixture
def host(tmp_path: Path) -> Path:
    return namespace(tmp_path / "host", 4026531836)


@pytest.fixture
def container(tmp_path: Path) -> Path:
    return namespace(tmp_path / "container", 4026532291)


def fake_torch(*cards: tuple[int, int], started: bool = True) -> dict[str, Any]:
    cuda = SimpleNamespace(
        is_initialized=lambda: started,
        device_count=lambda: len(cards),
        max_memory_allocated=lambda card: cards[card][0],
        max_memory_reserved=lambda card: cards[card][1],
    )
    return {"torch": SimpleNamespace(cuda=cuda)}


def test_torch_tells_its_peaks_of_the_fullest_card() -> None:
    memory = torch_memory(fake_torch((100, 300), (200, 250)))
    assert memory is not None
    assert (memory.allocated.value, memory.reserved.value) == (200.0, 300.0)
    assert (memory.allocated.unit, memory.allocated.sensor) == ("B", "torch:allocated")
    assert "peak since" in memory.allocated.note


@pytest.mark.parametrize("modules", [{}, {"torch": SimpleNamespace()}, fake_torch((9, 9), started=False)])
def test_torch_that_is_not_there_or_has_no_card_tells_nothing(modules: dict[str, Any]) -> None:
    assert torch_memory(modules) is None


def test_the_real_torch_is_asked_and_left_as_it_is() -> None:
    import torch

    cuda: Any = torch.cuda
    memory = torch_memory(sys.modules)
    assert (memory is None) is not cuda.is_initialized()


def test_the_driver_is_sampled_for_the_peak_of_our_processes_on_the_fullest_card(host: Path) -> None:
    moments = [
        [state((10, 100), (11, 50), (99, 9999)), state((11, 120))],
        [state((10, 80)), state()],
    ]
    watch = DeviceMemoryWatch(lambda: moments.pop(0), lambda: {10, 11}, {}, host)
    watch.sample()
    watch.sample()
    memory = watch.peak()
    assert memory.allocated.value == 150.0
    assert "highest of samples" in memory.allocated.note
    assert memory.reserved.is_missing
    assert "only torch" in memory.reserved.note


def test_states_that_are_known_already_are_not_asked_for_again(host: Path) -> None:
    watch = DeviceMemoryWatch(list, lambda: {10}, {}, host)
    watch.sample([state((10, 64))])
    assert watch.peak().allocated.value == 64.0


def test_torch_in_this_process_is_believed_before_the_driver(host: Path) -> None:
    watch = DeviceMemoryWatch(lambda: [state((10, 100))], lambda: {10}, fake_torch((70, 80)), host)
    watch.sample()
    assert watch.peak().allocated.value == 70.0


@pytest.mark.parametrize(
    ("states", "reason"),
    [
        ([], "no device memory in use"),
        ([state((99, 5))], "no device memory in use"),
        ([GpuState(GPU)], "does not tell"),
        ([state((10, None))], "does not tell"),
    ],
)
def test_what_the_driver_cannot_tell_is_missing_with_the_reason(
    states: list[GpuState], reason: str, host: Path
) -> None:
    watch = DeviceMemoryWatch(lambda: states, lambda: {10}, {}, host)
    watch.sample()
    memory = watch.peak()
    assert memory.allocated.is_missing
    assert reason in memory.allocated.note


def test_in_a_container_the_memory_is_missing_not_a_neighbours(container: Path) -> None:
    watch = DeviceMemoryWatch(lambda: [state((4711, 5))], lambda: {10}, {}, container)
    watch.sample()
    assert "container" in watch.peak().allocated.note


def test_processes_that_are_not_ours_are_named(host: Path) -> None:
    users = other_users([state((10, 5), (12, 5)), state((13, 5))], {10, 11}, host)
    assert (users.pids, users.unknown) == ((12, 13), "")
    assert users.sentence == "other processes compute on the GPU (PID 12, 13)"
    assert (
        other_users([state((12, 5))], {10}, host).sentence == "another process computes on the GPU (PID 12)"
    )


def test_our_own_processes_and_cards_we_do_not_use_are_no_reason(host: Path) -> None:
    users = other_users([state((10, 5)), state((12, 5), visible=False)], {10}, host)
    assert (users.pids, users.unknown, users.sentence) == ((), "", "")


def test_a_desktop_is_not_accused(host: Path) -> None:
    processes = (
        GpuProcess(20, 90, computes=False, draws=True),
        GpuProcess(21, None, computes=True, draws=True),  # any program with a window on Windows
    )
    assert other_users([GpuState(GPU, processes=processes)], {10}, host).pids == ()
    renderer = GpuProcess(22, 90, computes=True, draws=True)
    assert other_users([GpuState(GPU, processes=(renderer,))], {10}, host).pids == (22,)


def test_in_a_container_nobody_is_accused(container: Path) -> None:
    users = other_users([state((12, 5))], {10}, container)
    assert users.pids == ()
    assert "container" in users.unknown
    assert users.sentence == ""


def test_a_driver_that_keeps_silent_is_told(host: Path) -> None:
    users = other_users([GpuState(GPU), state((12, 5))], {10}, host)
    assert users.pids == (12,)
    assert "does not tell" in users.unknown
