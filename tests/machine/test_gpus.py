from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from tests.fake_gpus import UUIDS, FakeCard, FakeNvml, amd_card, pynvml

from wattlab.machine.gpu_state import GpuState
from wattlab.machine.gpus import Gpus
from wattlab.machine.nvml import NvmlUnavailable
from wattlab.machine.pid_namespace import numbers_as_machine

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_all_makers_cards_are_asked_together(tmp_path: Path) -> None:
    library = FakeNvml(FakeCard(), FakeCard(uuid=UUIDS[1], bus="00000000:0B:00.0"))
    amd_card(tmp_path)
    gpus = Gpus(library, {"CUDA_VISIBLE_DEVICES": "1"}, tmp_path)
    states = gpus.states()
    assert [(state.gpu.vendor, state.visible) for state in states] == [
        ("nvidia", False),
        ("nvidia", True),
        ("amd", True),
    ]
    assert [state.power_W for state in states] == [63.0, 63.0, 42.0]
    gpus.close()
    assert library.users == 0


def test_a_machine_without_cards_has_no_states(tmp_path: Path) -> None:
    gpus = Gpus(FakeNvml(refuses=pynvml.NVMLError(pynvml.NVML_ERROR_DRIVER_NOT_LOADED)), {}, tmp_path)
    assert gpus.states() == ()
    assert isinstance(gpus.nvidia, NvmlUnavailable)
    gpus.close()


def test_a_lost_card_is_told(tmp_path: Path) -> None:
    library = FakeNvml(FakeCard(error=pynvml.NVMLError(pynvml.NVML_ERROR_GPU_IS_LOST)))
    library.lost_from_the_start = (0,)
    gpus = Gpus(library, {}, tmp_path)
    assert gpus.problems == ("GPU 0 does not answer (NVML says: GPU is lost)",)


def test_a_maker_whose_driver_fails_hides_no_others_cards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        msg = "undefined symbol"
        raise AttributeError(msg)

    amd_card(tmp_path)
    module = sys.modules["wattlab.machine.gpus"]
    with monkeypatch.context() as patch:
        patch.setattr(module, "find_devices", fail)
        gpus = Gpus(FakeNvml(FakeCard()), {}, tmp_path)
    assert gpus.problems == ("the cards of NVIDIA could not be asked (AttributeError: undefined symbol)",)
    assert [state.gpu.vendor for state in gpus.states()] == ["amd"]
    monkeypatch.setattr(module, "find_amd_cards", fail)
    gpus = Gpus(FakeNvml(FakeCard()), {}, tmp_path)
    assert gpus.problems == ("the cards of AMD could not be asked (AttributeError: undefined symbol)",)
    assert [state.gpu.vendor for state in gpus.states()] == ["nvidia"]


def test_a_card_whose_driver_fails_in_mid_run_tells_nothing(tmp_path: Path) -> None:
    card = FakeCard()
    amd_card(tmp_path)
    gpus = Gpus(FakeNvml(card), {}, tmp_path)
    card.error = RuntimeError("the driver was updated")
    nvidia, amd = gpus.states()
    assert nvidia == GpuState(nvidia.gpu, visible=True)
    assert amd.power_W == 42.0


def test_a_container_numbers_processes_otherwise(tmp_path: Path) -> None:
    link = tmp_path / "proc/self/ns/pid"
    link.parent.mkdir(parents=True)
    link.symlink_to("pid:[4026531836]")
    assert numbers_as_machine(tmp_path)
    link.unlink()
    link.symlink_to("pid:[4026532291]")
    assert not numbers_as_machine(tmp_path)
    assert not numbers_as_machine(tmp_path / "nowhere")
