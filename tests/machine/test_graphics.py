from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import pytest

from wattlab.machine.graphics import describe_gpus

if TYPE_CHECKING:
    from pathlib import Path

INFORMATION = "Model: \t\t {}\nIRQ:   \t\t 129\nGPU UUID: \t GPU-00000000-0000\nBus Type: \t PCIe\n"


def nvidia(root: Path, *names: str) -> None:
    for index, name in enumerate(names):
        folder = root / f"proc/driver/nvidia/gpus/0000:0{index}:00.0"
        folder.mkdir(parents=True)
        (folder / "information").write_text(INFORMATION.format(name))


def card(root: Path, name: str, **files: str) -> None:
    folder = root / "sys/class/drm" / name / "device"
    folder.mkdir(parents=True)
    for file, text in files.items():
        (folder / file).write_text(f"{text}\n")


def test_a_machine_without_gpu_has_none(tmp_path: Path) -> None:
    assert describe_gpus(tmp_path) is None


def test_nvidia_names_are_counted_in_the_order_of_the_alphabet(tmp_path: Path) -> None:
    nvidia(tmp_path, "NVIDIA T4", "NVIDIA A100-SXM4-80GB", "NVIDIA T4")
    assert describe_gpus(tmp_path) == "NVIDIA A100-SXM4-80GB, 2 × NVIDIA T4"


def test_amd_is_named_by_its_number_where_it_has_no_name(tmp_path: Path) -> None:
    card(tmp_path, "card0", vendor="0x1002", device="0x744c", product_name="")
    card(tmp_path, "card1", vendor="0x1002", device="0x74a1", product_name="AMD Instinct MI300X")
    card(tmp_path, "card1-HDMI-A-1", vendor="0x1002", device="0x74a1")
    assert describe_gpus(tmp_path) == "AMD GPU 0x744c, AMD Instinct MI300X"


def test_what_only_draws_does_not_count(tmp_path: Path) -> None:
    card(tmp_path, "card0", vendor="0x8086", device="0x3e92")
    card(tmp_path, "card1", vendor="0x1234", device="0x1111")
    assert describe_gpus(tmp_path) is None


class Library:
    """Stands for NVIDIA's, with two GPUs."""

    def __init__(self, code: int, unnamed: int | None = None) -> None:
        self.code, self.unnamed = code, unnamed
        self.is_open = False

    def nvmlInit_v2(self) -> int:
        self.is_open = self.code == 0
        return self.code

    def nvmlShutdown(self) -> int:
        self.is_open = False
        return 0

    def nvmlDeviceGetCount_v2(self, count: Any) -> int:
        count._obj.value = 2
        return 0

    def nvmlDeviceGetHandleByIndex_v2(self, index: ctypes.c_uint, handle: Any) -> int:
        handle._obj.value = 1000 + index.value
        return 0

    def nvmlDeviceGetName(self, handle: ctypes.c_void_p, name: Any, length: ctypes.c_uint) -> int:
        assert length.value == len(name)
        if handle.value == self.unnamed:
            return 3  # not supported
        name.value = {1000: b"NVIDIA T4", 1001: b"NVIDIA L4"}[handle.value or 0]
        return 0


@pytest.mark.parametrize(("code", "names"), [(0, "NVIDIA L4, NVIDIA T4"), (9, None)])
def test_the_library_is_asked_where_there_are_no_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, names: str | None
) -> None:
    library = Library(code)
    monkeypatch.setattr(ctypes, "CDLL", lambda _: library)
    assert describe_gpus(tmp_path) == names
    assert not library.is_open
    nvidia(tmp_path, "NVIDIA A100")
    assert describe_gpus(tmp_path) == "NVIDIA A100"


def test_a_gpu_that_does_not_tell_its_name_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: Library(0, unnamed=1000))
    assert describe_gpus(tmp_path) == "NVIDIA GPU without a name, NVIDIA L4"
