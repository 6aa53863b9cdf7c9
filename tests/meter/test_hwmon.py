"""Chips as the kernel's documentation describes them, in a folder of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wattlab.meter.sensors.base import SensorLost
from wattlab.meter.sensors.domains import choose
from wattlab.meter.sensors.hwmon import discover_hwmon
from wattlab.meter.sensors.intel_gpu import discover_intel_gpu
from wattlab.meter.sensors.jetson import discover_jetson

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.meter.sensors.base import Sensor


def chip(root: Path, name: str, files: dict[str, object], device: str = "") -> Path:
    folder = root / f"hwmon{len(list(root.glob('hwmon*')))}"
    folder.mkdir()
    (folder / "name").write_text(f"{name}\n")
    for file, text in files.items():
        (folder / file).write_text(f"{text}\n")
    if device:
        (root / "devices" / device).mkdir(parents=True)
        (folder / "device").symlink_to(root / "devices" / device)
    return folder


def ina3221(root: Path, *rails: tuple[str, int, int]) -> Path:
    """Add a monitor whose channels have these names, millivolts and milliampere, as on every Jetson."""
    files: dict[str, object] = {"in7_label": "sum of shunt voltages", "in7_input": 760, "curr4_input": 360}
    for number, (label, mV, mA) in enumerate(rails, start=1):
        files |= {f"in{number}_label": label, f"in{number}_input": mV, f"curr{number}_input": mA}
    return chip(root, "ina3221", files)


def by_domain(sensors: list[Sensor]) -> dict[str, Sensor]:
    return {sensor.facts.domain: sensor for sensor in sensors}


def power_W(sensor: Sensor) -> float:
    """Return the power that an integrating sensor last sampled."""
    sensor.read()
    return float(sensor._last_W)  # type: ignore[attr-defined]


def test_the_input_of_a_small_jetson_is_the_board(tmp_path: Path) -> None:
    ina3221(tmp_path, ("VDD_IN", 5000, 1500), ("VDD_CPU_GPU_CV", 5000, 600), ("VDD_SOC", 5000, 300))
    sensors, absent = discover_jetson(tmp_path)
    rails = by_domain(sensors)
    assert set(rails) == {"board", "rail-VDD_CPU_GPU_CV", "rail-VDD_SOC"}
    assert power_W(rails["board"]) == pytest.approx(7.5)
    assert power_W(rails["rail-VDD_SOC"]) == pytest.approx(1.5)
    assert absent == []
    assert [sensor.facts.name for sensor in choose(sensors)] == ["jetson:VDD_IN"]


def test_the_rails_of_a_large_jetson_add_up_to_the_board(tmp_path: Path) -> None:
    ina3221(tmp_path, ("VDD_GPU_SOC", 20000, 500), ("VDD_CPU_CV", 20000, 200), ("VIN_SYS_5V0", 5000, 1000))
    ina3221(tmp_path, ("NC", 0, 0), ("VDDQ_VDD2_1V8AO", 5000, 80))
    sensors, _ = discover_jetson(tmp_path)
    rails = by_domain(sensors)
    # The memory's rail is fed from the 5 V rail: it is not added a second time.
    assert power_W(rails["board"]) == pytest.approx(10.0 + 4.0 + 5.0)
    assert "rail-VDDQ_VDD2_1V8AO" in rails
    assert not any("NC" in domain or "sum" in domain for domain in rails)
    assert [sensor.facts.domain for sensor in choose(sensors)] == ["board"]


def test_thors_input_comes_before_the_sum_of_its_rails(tmp_path: Path) -> None:
    ina3221(tmp_path, ("VDD_GPU", 20000, 100), ("VDD_CPU_SOC_MSS", 20000, 300), ("VIN_SYS_5V0", 5000, 1300))
    chip(tmp_path, "ina238", {"in1_label": "VIN", "power1_input": 23_456_000})
    assert power_W(by_domain(discover_jetson(tmp_path)[0])["board"]) == pytest.approx(23.456)


def test_rails_of_an_unknown_board_are_parts_and_it_is_said_so(tmp_path: Path) -> None:
    ina3221(tmp_path, ("VCC_CORE", 5000, 100))
    sensors, (absent,) = discover_jetson(tmp_path)
    assert [sensor.facts.domain for sensor in sensors] == ["rail-VCC_CORE"]
    assert choose(sensors) == ()
    assert "VCC_CORE" in absent.reason


def test_an_idle_rails_offset_is_nothing_but_a_wrong_sign_is_a_fault(tmp_path: Path) -> None:
    monitor = ina3221(tmp_path, ("VDD_IN", 5000, 1000), ("VDD_GPU", 5000, -78))
    rails = by_domain(discover_jetson(tmp_path)[0])
    assert power_W(rails["rail-VDD_GPU"]) == 0.0
    (monitor / "curr1_input").write_text("-1000\n")
    with pytest.raises(SensorLost, match="it says -5 W"):
        rails["board"].read()


def test_a_monitor_that_cannot_be_read_is_absent(tmp_path: Path) -> None:
    monitor = ina3221(tmp_path, ("VDD_IN", 5000, 1500))
    (monitor / "curr1_input").write_text("")
    sensors, (absent,) = discover_jetson(tmp_path)
    assert sensors == []
    assert absent.name == "jetson:VDD_IN"


def test_an_intel_card_under_i915_is_a_card_of_its_own(tmp_path: Path) -> None:
    card = chip(
        tmp_path, "i915", {"energy1_input": 5_000_000, "power1_rated_max": 190_000_000}, "0000:03:00.0"
    )
    chip(tmp_path, "i915_gt0", {"energy1_input": 4_000_000}, "gt0")
    (sensor,), absent = discover_intel_gpu(tmp_path)
    assert sensor.facts.domain == "gpu-0000:03:00.0"
    assert sensor.facts.max_power_W == 380.0
    # A turn of the hardware's 32 bits, 262 kJ, must not go unseen.
    assert sensor.facts.longest_gap_s == pytest.approx(262_144 / 380)
    (card / "energy1_input").write_text("5250000\n")
    assert sensor.read().energy_J == pytest.approx(0.25)
    assert absent == []


def test_under_xe_the_card_comes_before_its_package(tmp_path: Path) -> None:
    both = {
        "energy1_label": "card",
        "energy2_label": "pkg",
        "energy1_input": 9_000_000,
        "energy2_input": 7_000_000,
    }
    card = chip(tmp_path, "xe", both, "0000:03:00.0")
    (sensor,), _ = discover_intel_gpu(tmp_path)
    assert sensor.facts.note == ""
    (card / "energy1_input").write_text("9100000\n")
    assert sensor.read().energy_J == pytest.approx(0.1)
    (card / "energy1_input").unlink()
    (chip_alone,), _ = discover_intel_gpu(tmp_path)
    assert "chip alone" in chip_alone.facts.note


def test_a_gpu_on_the_processor_is_a_part_of_the_package(tmp_path: Path) -> None:
    chip(tmp_path, "i915", {"energy1_input": 5_000_000}, "0000:00:02.0")
    assert [sensor.facts.domain for sensor in discover_intel_gpu(tmp_path)[0]] == ["uncore-0"]
    assert discover_intel_gpu(tmp_path, {"uncore-0"}) == ([], [])


def test_an_intel_gpu_without_a_counter_is_absent(tmp_path: Path) -> None:
    chip(tmp_path, "xe", {"power1_max": 1}, "0000:03:00.0")
    sensors, (absent,) = discover_intel_gpu(tmp_path)
    assert sensors == []
    assert "counts no energy" in absent.reason


def test_a_driver_loaded_anew_is_not_taken_for_energy(tmp_path: Path) -> None:
    card = chip(tmp_path, "xe", {"energy1_input": 900_000_000}, "0000:03:00.0")
    (sensor,), _ = discover_intel_gpu(tmp_path)
    (card / "energy1_input").write_text("1000\n")
    with pytest.raises(SensorLost, match="jumped from 900 J to 0 J"):
        sensor.read()


def test_amds_sockets_are_packages_and_its_cores_are_left_out(tmp_path: Path) -> None:
    files = {"energy1_label": "Ecore000", "energy1_input": 1, "energy2_label": "Ecore001", "energy2_input": 1}
    sockets = {
        "energy3_label": "Esocket0",
        "energy3_input": 10**9,
        "energy4_label": "Esocket1",
        "energy4_input": 2,
    }
    chip(tmp_path, "amd_energy", files | sockets)
    sensors, absent = discover_hwmon(tmp_path)
    assert [sensor.facts.domain for sensor in sensors] == ["package-0", "package-1"]
    assert absent == []
    assert [sensor.facts.domain for sensor in discover_hwmon(tmp_path, {"package-0"})[0]] == ["package-1"]


def test_closed_sockets_are_absent_with_the_command_that_opens_them(tmp_path: Path) -> None:
    folder = chip(tmp_path, "amd_energy", {"energy1_label": "Esocket0", "energy1_input": 5})

    def closed(path: Path) -> int:
        raise PermissionError(13, "Permission denied")

    sensors, (absent,) = discover_hwmon(tmp_path, read_uj=closed)
    assert sensors == []
    assert f"sudo chmod a+r {folder}/energy1_input" in absent.remedy
    assert discover_hwmon(tmp_path, {"package-0-die-0"}, closed) == ([], [])


def test_chips_that_count_no_energy_are_no_sensors(tmp_path: Path) -> None:
    chip(tmp_path, "coretemp", {"temp1_input": 45000})
    chip(tmp_path, "amdgpu", {"power1_average": 30_000_000})
    (tmp_path / "hwmon7").mkdir()
    assert discover_hwmon(tmp_path) == ([], [])
    assert discover_hwmon(tmp_path / "none") == ([], [])
