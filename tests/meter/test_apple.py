"""A library that answers as the documentation of zeus-apple-silicon says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from wattlab.meter.sensors.apple import AppleEnergy, discover_apple
from wattlab.meter.sensors.base import SensorLost
from wattlab.meter.sensors.domains import choose

if TYPE_CHECKING:
    from wattlab.meter.sensors.base import Absent, Sensor


class AppleEnergyMonitor:
    """Cumulative millijoules; None for what the processor does not tell."""

    def __init__(self) -> None:
        self.reads = 0
        self.failure: Exception | None = None
        self.metrics: dict[str, Any] = {
            "cpu_total_mj": 5000,
            "efficiency_cores_mj": [100, 200],
            "performance_cores_mj": [300, 400],
            "gpu_mj": 2000,
            "gpu_sram_mj": 10,
            "ane_mj": 0,
            "dram_mj": 700,
        }

    def get_cumulative_energy(self) -> SimpleNamespace:
        self.reads += 1
        if self.failure:
            raise self.failure
        return SimpleNamespace(**self.metrics)


@pytest.fixture
def monitor() -> AppleEnergyMonitor:
    return AppleEnergyMonitor()


def found(monitor: AppleEnergyMonitor) -> tuple[list[Sensor], list[Absent]]:
    library = SimpleNamespace(AppleEnergyMonitor=lambda: monitor)
    return discover_apple("darwin", "arm64", lambda name: {"zeus_apple_silicon": library}[name])


def test_the_chip_and_its_memory_are_added_and_their_parts_are_not(monitor: AppleEnergyMonitor) -> None:
    sensors, absent = found(monitor)
    assert absent == []
    assert [sensor.facts.domain for sensor in sensors] == ["package-0", "dram-0", "core-0", "uncore-0"]
    assert [sensor.facts.name for sensor in choose(sensors)] == ["apple:package-0", "apple:dram-0"]


def test_a_package_is_processor_graphics_and_neural_engine(monitor: AppleEnergyMonitor) -> None:
    (package, *_), _ = found(monitor)
    monitor.metrics |= {"cpu_total_mj": 5010, "gpu_mj": 2005, "gpu_sram_mj": 11, "ane_mj": 4, "dram_mj": 800}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wattlab.meter.sensors.apple._SAME_S", 0.0)
        assert package.read().energy_J == pytest.approx(0.020)


def test_domains_read_together_share_one_reading(monitor: AppleEnergyMonitor) -> None:
    time_s = 10.0
    energy = AppleEnergy(monitor, lambda: time_s)
    assert energy.joules(["cpu_total_mj"]) == 5.0
    assert energy.joules(["gpu_mj"]) == 2.0
    assert monitor.reads == 1
    time_s = 10.1
    monitor.metrics["gpu_mj"] = 2500
    assert energy.joules(["gpu_mj"]) == 2.5


def test_what_a_processor_does_not_tell_is_absent_not_zero(monitor: AppleEnergyMonitor) -> None:
    monitor.metrics |= {"dram_mj": None, "gpu_sram_mj": None}
    sensors, (absent,) = found(monitor)
    assert "dram-0" not in [sensor.facts.domain for sensor in sensors]
    assert absent.name == "apple:dram-0"
    assert "does not tell it" in absent.reason


def test_a_library_that_fails_is_absent_or_lost(monitor: AppleEnergyMonitor) -> None:
    (package, *_), _ = found(monitor)
    monitor.failure = RuntimeError("IOReport says no")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wattlab.meter.sensors.apple._SAME_S", 0.0)
        with pytest.raises(SensorLost, match="IOReport says no"):
            package.read()
    sensors, absent = found(monitor)
    assert sensors == []
    assert all("IOReport says no" in one.reason for one in absent)


def test_a_monitor_that_cannot_be_made_is_absent() -> None:
    def refuse() -> None:
        msg = "no subscription"
        raise RuntimeError(msg)

    _, (absent,) = discover_apple("darwin", "arm64", lambda _: SimpleNamespace(AppleEnergyMonitor=refuse))
    assert "no subscription" in absent.reason


def test_a_mac_without_the_package_is_told_how_to_install_it() -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    sensors, (absent,) = discover_apple("darwin", "arm64", missing)
    assert sensors == []
    assert "pip install zeus-apple-silicon" in absent.remedy


def test_an_intel_mac_has_none_and_other_systems_miss_nothing() -> None:
    _, (absent,) = discover_apple("darwin", "x86_64")
    assert "Intel" in absent.reason
    assert discover_apple("linux", "aarch64") == ([], [])
