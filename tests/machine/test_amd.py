from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.fake_gpus import FakeAmdSmi, amd_card, amd_node

from wattlab.machine.amd import amd_state, compute_nodes, find_amd_cards
from wattlab.machine.amd_smi import AmdSmi, open_amd_smi
from wattlab.machine.gpu_state import GpuProcess, PowerLimits
from wattlab.machine.gpus import amd_visible

if TYPE_CHECKING:
    from pathlib import Path


def test_a_card_says_what_it_is_and_does(tmp_path: Path) -> None:
    amd_card(tmp_path, product_name="AMD Radeon RX 7900 XTX")
    (card,) = find_amd_cards(tmp_path)
    state = amd_state(card)
    assert (state.gpu.vendor, state.gpu.id, state.gpu.name) == (
        "amd",
        "0000:03:00.0",
        "AMD Radeon RX 7900 XTX",
    )
    assert not state.gpu.integrated
    assert (state.power_W, state.limits) == (42.0, PowerLimits(enforced_W=300.0))
    assert state.utilisation == pytest.approx(0.63)
    assert (state.memory_used_B, state.memory_total_B) == (2 * 2**30, 24 * 2**30)
    assert (state.temperature_C, state.core_clock_MHz, state.memory_clock_MHz) == pytest.approx(
        (51.0, 2400.0, 1249.0)
    )
    assert state.processes is None
    assert state.throttle is None


def test_other_makers_and_sockets_are_no_cards(tmp_path: Path) -> None:
    amd_card(tmp_path, vendor="0x10de")
    (tmp_path / "sys/class/drm/card0-HDMI-A-1").mkdir()
    assert find_amd_cards(tmp_path) == []


def test_two_names_of_one_card_are_one(tmp_path: Path) -> None:
    amd_card(tmp_path)
    (tmp_path / "sys/class/drm/card7").symlink_to(tmp_path / "sys/class/drm/card0")
    assert len(find_amd_cards(tmp_path)) == 1


def test_newer_kernels_tell_the_power_of_this_moment_alone(tmp_path: Path) -> None:
    amd_card(tmp_path, hwmon__hwmon3__power1_average=None, hwmon__hwmon3__power1_input=33_000_000)
    (card,) = find_amd_cards(tmp_path)
    assert card.power_W() == 33.0


def test_a_sleeping_card_draws_nothing_and_is_left_asleep(tmp_path: Path) -> None:
    amd_card(tmp_path, power__runtime_status="suspended")

    def read(file: Path) -> int:
        raise AssertionError(file)

    (card,) = find_amd_cards(tmp_path, read)
    assert card.power_W() == 0.0
    assert amd_state(card).power_W == 0.0
    assert amd_state(card).temperature_C is None


def test_a_second_die_has_no_power_rather_than_none_of_it(tmp_path: Path) -> None:
    amd_card(tmp_path, hwmon__hwmon3__power1_average=0, hwmon__hwmon3__power1_cap=0)
    (card,) = find_amd_cards(tmp_path)
    assert amd_state(card).power_W is None
    assert card.limits().ceiling_W() is None


def test_a_gpu_on_the_processors_chip_is_known_by_the_northbridge(tmp_path: Path) -> None:
    amd_card(tmp_path, hwmon__hwmon3__in1_label="vddnb")
    assert find_amd_cards(tmp_path)[0].gpu.integrated


def test_rocm_lists_its_cards_and_their_processes(tmp_path: Path) -> None:
    amd_card(tmp_path, 0, "0000:03:00.0")
    amd_card(tmp_path, 1, "0001:c3:00.1")
    amd_node(tmp_path, 0, None)
    amd_node(tmp_path, 10, "0000:03:00.0", gpu_id=5000)
    amd_node(tmp_path, 9, "0001:c3:00.1", unique=0xFEED, gpu_id=6000)
    assert [(node.pci, node.unique) for node in compute_nodes(tmp_path)] == [
        ("0001:c3:00.1", "GPU-000000000000feed"),
        ("0000:03:00.0", "GPU-00000000deadbeef"),
    ]
    for pid, gpu_id, used_B in ((77, 5000, 4096), (77, 6000, 0), (78, 6000, 8192)):
        file = tmp_path / f"sys/class/kfd/kfd/proc/{pid}/vram_{gpu_id}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{used_B}\n")
    first, second = find_amd_cards(tmp_path)
    assert amd_state(first).processes == (GpuProcess(77, 4096),)
    assert amd_state(second).processes == (GpuProcess(78, 8192),)
    assert amd_visible([first, second], {"HIP_VISIBLE_DEVICES": "0"}, tmp_path).ids == ("0001:c3:00.1",)
    assert len(amd_visible([first, second], {}, tmp_path).ids) == 2


def test_without_rocm_its_variables_say_nothing(tmp_path: Path) -> None:
    amd_card(tmp_path)
    cards = find_amd_cards(tmp_path)
    assert amd_visible(cards, {"HIP_VISIBLE_DEVICES": ""}, tmp_path).ids == ("0000:03:00.0",)


@pytest.mark.parametrize("key", ["energy_accumulator", "power"])
def test_amds_library_tells_joules_by_pci_address(key: str) -> None:
    smi = AmdSmi(FakeAmdSmi("0000:03:00.0", key=key))
    assert smi.energy_J("0000:03:00.0") == pytest.approx(1000.0, rel=1e-6)
    with pytest.raises(OSError, match="does not know 0000:83"):
        smi.energy_J("0000:83:00.0")


def test_amds_library_that_refuses_says_so() -> None:
    library = FakeAmdSmi("0000:03:00.0")
    smi = AmdSmi(library)
    library.error = library.AmdSmiException("AMDSMI_STATUS_NOT_SUPPORTED")
    with pytest.raises(OSError, match="amdsmi says: AMDSMI_STATUS_NOT_SUPPORTED"):
        smi.energy_J("0000:03:00.0")


def test_amds_library_is_done_without_where_it_fails() -> None:
    library = FakeAmdSmi()
    library.error = library.AmdSmiException("no driver")
    assert open_amd_smi(library) is None

    def load(name: str) -> object:
        raise OSError("libamd_smi.so: cannot open shared object file")

    assert open_amd_smi(load=load) is None


@pytest.mark.parametrize(
    "text",
    ["domain 0\nlocation_id\n", "domain 0\n", "location_id new\n", ""],
    ids=["cut", "none", "word", "empty"],
)
def test_a_node_that_does_not_tell_its_place_is_left_out(tmp_path: Path, text: str) -> None:
    amd_node(tmp_path, 1, "0000:03:00.0")
    amd_node(tmp_path, 2, "0000:83:00.0")
    nodes = tmp_path / "sys/class/kfd/kfd/topology/nodes"
    (nodes / "2/properties").write_text(text)
    (nodes / "new").mkdir()
    assert [node.pci for node in compute_nodes(tmp_path)] == ["0000:03:00.0"]


def test_a_line_without_a_value_hides_nothing_else(tmp_path: Path) -> None:
    amd_node(tmp_path, 1, "0000:03:00.0")
    file = tmp_path / "sys/class/kfd/kfd/topology/nodes/1/properties"
    file.write_text(f"a_new_line\n{file.read_text()}")
    assert [node.pci for node in compute_nodes(tmp_path)] == ["0000:03:00.0"]
