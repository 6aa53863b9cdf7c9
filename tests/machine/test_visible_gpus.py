from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.fake_gpus import MIG, UUIDS, FakeCard, FakeNvml

from wattlab.machine.gpu_state import Gpu
from wattlab.machine.gpus import nvidia_visible
from wattlab.machine.nvml import Nvml, find_devices, open_nvml
from wattlab.machine.visible_gpus import Visible, visible_to_cuda, visible_to_hip

FOUR = ("GPU-aaaa1111", "GPU-aaaa2222", "GPU-bbbb1111", "GPU-cccc1111")
NODES = [("0000:03:00.0", "GPU-00000000deadbeef"), ("0000:83:00.0", "GPU-00000000feedface")]


def gpus(*names: str) -> list[Gpu]:
    kinds = names or ("NVIDIA A100",) * 4
    return [Gpu("nvidia", index, FOUR[index], name) for index, name in enumerate(kinds)]


def visible(text: str | None, **environ: str) -> Visible:
    named = {} if text is None else {"CUDA_VISIBLE_DEVICES": text}
    return visible_to_cuda({**named, **environ}, gpus(), lambda _: None)


def indices(text: str) -> list[int]:
    return [FOUR.index(uuid) for uuid in visible(text).ids]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("0,1,2,3", [0, 1, 2, 3]),
        ("2,1", [2, 1]),
        ("0,2,-1,1", [0, 2]),
        ("", []),
        ("-1", []),
        ("none", []),
        ("7", []),
        ("1,7,2", [1]),
        ("1,1", []),
        (" 3 , 0", [3, 0]),
        ("1gpu2,2ampere", [1, 2]),
        ("GPU-bbbb", [2]),
        ("GPU-cccc1111,GPU-aaaa2", [3, 1]),
        ("GPU-aaaa", []),
        ("GPU-bbbb,GPU-dddd,GPU-cccc", [2]),
        ("GPU-bbbb,GPU-bbbb1", []),
        ("GPU-bbbb,0", [2]),
    ],
)
def test_cards_are_named_by_number_or_the_beginning_of_their_uuid(text: str, seen: list[int]) -> None:
    assert indices(text) == seen


def test_without_the_variable_all_are_visible() -> None:
    assert visible(None) == Visible(FOUR)


tokens = st.sampled_from(
    ["0", "1", "3", "4", "-1", "", " 2", "+1", "2x", "GPU-aaaa", "GPU-bbbb", "GPU-c", "GPU-"]
)


@given(st.lists(tokens, max_size=5).map(",".join))
def test_torch_sees_the_same_cards(text: str) -> None:
    parse: Any = torch.cuda._parse_visible_devices
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUDA_VISIBLE_DEVICES", text)
        parsed = parse()
    if any(isinstance(one, str) for one in parsed):
        expected = torch.cuda._transform_uuid_to_ordinals(parsed, list(FOUR))
    else:
        expected = parsed[: next((at for at, one in enumerate(parsed) if one >= len(FOUR)), len(parsed))]
    assert indices(text) == expected


def test_numbers_of_cards_of_different_kinds_are_in_doubt() -> None:
    mixed = gpus("NVIDIA RTX A2000", "NVIDIA RTX A6000")

    def doubt(**environ: str) -> str:
        return visible_to_cuda(environ, mixed, lambda _: None).doubt

    assert "set CUDA_DEVICE_ORDER=PCI_BUS_ID" in doubt(CUDA_VISIBLE_DEVICES="0")
    assert doubt(CUDA_VISIBLE_DEVICES="0", CUDA_DEVICE_ORDER="PCI_BUS_ID") == ""
    assert doubt(CUDA_VISIBLE_DEVICES="0,1") == ""
    assert doubt(CUDA_VISIBLE_DEVICES="GPU-aaaa1") == ""
    assert doubt() == ""


@pytest.mark.parametrize("text", [MIG, f"MIG-{UUIDS[1]}/1/0", f"{MIG},MIG-{UUIDS[1]}/2/0"])
def test_of_an_instance_the_whole_card_is_visible(text: str) -> None:
    nvml = open_nvml(FakeNvml(FakeCard(), FakeCard(uuid=UUIDS[1], bus="00000000:0B:00.0")))
    assert isinstance(nvml, Nvml)
    devices, _ = find_devices(nvml)
    assert nvidia_visible(nvml, devices, {"CUDA_VISIBLE_DEVICES": text}).ids == (UUIDS[1],)


def test_an_instance_that_is_unknown_hides_what_follows() -> None:
    nvml = open_nvml(FakeNvml(FakeCard()))
    assert isinstance(nvml, Nvml)
    devices, _ = find_devices(nvml)
    assert nvidia_visible(nvml, devices, {"CUDA_VISIBLE_DEVICES": f"MIG-0,{MIG}"}).ids == ()


@pytest.mark.parametrize(
    ("environ", "seen"),
    [
        ({}, [0, 1]),
        ({"ROCR_VISIBLE_DEVICES": "1"}, [1]),
        ({"ROCR_VISIBLE_DEVICES": "1,GPU-00000000DEADBEEF"}, [1, 0]),
        ({"ROCR_VISIBLE_DEVICES": "GPU-0"}, []),
        ({"ROCR_VISIBLE_DEVICES": ""}, []),
        ({"HIP_VISIBLE_DEVICES": "1,0"}, [1, 0]),
        ({"HIP_VISIBLE_DEVICES": "1", "CUDA_VISIBLE_DEVICES": "0"}, [1]),
        ({"CUDA_VISIBLE_DEVICES": "0"}, [0]),
        ({"ROCR_VISIBLE_DEVICES": "1", "HIP_VISIBLE_DEVICES": "0"}, [1]),
        ({"ROCR_VISIBLE_DEVICES": "1", "HIP_VISIBLE_DEVICES": "1"}, []),
    ],
)
def test_hip_counts_what_rocr_leaves(environ: dict[str, str], seen: list[int]) -> None:
    assert visible_to_hip(environ, NODES).ids == tuple(NODES[index][0] for index in seen)
