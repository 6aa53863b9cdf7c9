from __future__ import annotations

import time

import pytest
from tests.fake_gpus import UUIDS, Discovered, FakeCard, FakeNvml, pynvml

from wattlab.machine.nvml import Nvml, find_devices, open_nvml
from wattlab.meter.sensors.base import SensorLost, quantity
from wattlab.meter.sensors.domains import choose
from wattlab.meter.sensors.nvml import counter_sensor, discover_nvml, power_sensor

OTHER = "00000000:0B:00.0"


class Bench(Discovered):
    """Cards and a clock that the test moves."""

    def __init__(self, *cards: FakeCard, **environ: str) -> None:
        self.cards, self.time_s = cards, 100.0
        self.library = FakeNvml(*cards)
        self.sensors, self.absent = discover_nvml(self.library, environ, lambda: self.time_s)

    def after(self, seconds: float, **changes: object) -> float:
        self.time_s += seconds
        for name, value in changes.items():
            setattr(self.cards[0], name, value)
        return self.sensor.read().energy_J


def test_a_card_with_a_counter_is_counted_by_it() -> None:
    bench = Bench(FakeCard(energy_mJ=5_000))
    facts = bench.sensor.facts
    assert (facts.name, facts.domain) == ("nvml:GPU-8932f937", f"gpu-{UUIDS[0]}")
    assert (facts.source, facts.provenance, facts.resolution_s) == ("counter", "measured", 0.1)
    assert facts.max_power_W == 1.5 * 500.0
    assert facts.note == ""
    assert bench.absent == []
    assert bench.after(10.0, energy_mJ=2_005_000) == pytest.approx(2000.0)


@pytest.mark.parametrize("energy_mJ", [None, 0])
def test_a_card_without_one_is_integrated(energy_mJ: int | None) -> None:
    bench = Bench(FakeCard(energy_mJ=energy_mJ, capability=(8, 6), power_mW=100_000))
    facts = bench.sensor.facts
    assert (facts.source, facts.resolution_s, facts.sample_s) == ("integrated", 1.0, 0.1)
    assert facts.spread == (0.05, 0.05)
    assert "samples of power" in facts.note
    assert bench.after(2.0, power_mW=200_000) == pytest.approx(300.0)


def test_older_cards_tell_the_power_of_the_moment() -> None:
    bench = Bench(FakeCard(energy_mJ=None, capability=(6, 1), limits_mW=None))
    assert bench.sensor.facts.resolution_s == 0.1
    assert bench.sensor.facts.max_power_W == 2000.0


def test_a_card_that_tells_nothing_is_absent() -> None:
    bench = Bench(FakeCard(energy_mJ=None, power_mW=None))
    assert bench.sensors == []
    assert str(bench.why) == (
        "nvml:GPU-8932f937: NVIDIA A100-SXM4-80GB tells neither energy (NVML says: Not Supported) "
        "nor power (NVML says: Not Supported)"
    )


def test_a_driver_loaded_anew_is_a_lost_sensor() -> None:
    bench = Bench(FakeCard(energy_mJ=9_000_000))
    with pytest.raises(SensorLost, match="its driver was loaded anew"):
        bench.after(1.0, energy_mJ=20_000)


def test_a_counter_that_leaps_is_lost() -> None:
    bench = Bench(FakeCard(energy_mJ=9_000_000))
    assert bench.after(1.0, energy_mJ=9_000_000 + 749_000) == pytest.approx(749.0)
    with pytest.raises(SensorLost, match="jumped"):
        bench.after(1.0, energy_mJ=99_000_000)


def test_a_counter_that_stands_still_is_lost_not_a_zero() -> None:
    bench = Bench(FakeCard(energy_mJ=9_000))
    assert bench.after(0.05) == 0.0
    assert bench.after(1.0, energy_mJ=9_010) == pytest.approx(0.01)
    assert bench.after(9.9) == pytest.approx(0.01)
    with pytest.raises(SensorLost, match=r"stands still at 9\.01 J"):
        bench.after(0.2)


def test_a_card_that_falls_off_the_bus_is_lost() -> None:
    bench = Bench(FakeCard())
    with pytest.raises(SensorLost, match="NVML says: GPU is lost"):
        bench.after(1.0, error=pynvml.NVMLError(pynvml.NVML_ERROR_GPU_IS_LOST))


def test_only_visible_cards_are_counted_and_the_others_named() -> None:
    cards = FakeCard(), FakeCard(uuid=UUIDS[1], bus=OTHER)
    bench = Bench(*cards, CUDA_VISIBLE_DEVICES=UUIDS[1])
    assert bench.sensor.facts.domain == f"gpu-{UUIDS[1]}"
    assert bench.why.name == "nvml:GPU-8932f937"
    assert "CUDA_VISIBLE_DEVICES leaves it out" in bench.why.reason
    assert len(Bench(*cards, CUDA_VISIBLE_DEVICES="").absent) == 2
    assert len(Bench(*cards).sensors) == 2


def test_all_cards_are_added_and_none_twice() -> None:
    bench = Bench(FakeCard(), FakeCard(), FakeCard(uuid=UUIDS[1], bus=OTHER))
    assert len(choose(bench.sensors)) == 2


def test_a_number_that_may_be_another_card_says_so() -> None:
    cards = FakeCard(name="NVIDIA T400"), FakeCard(name="NVIDIA RTX 4090", uuid=UUIDS[1], bus=OTHER)
    assert "set CUDA_DEVICE_ORDER=PCI_BUS_ID" in Bench(*cards, CUDA_VISIBLE_DEVICES="0").sensor.facts.note


def test_a_divided_card_counts_as_a_whole_and_says_so() -> None:
    bench = Bench(FakeCard(mig=1))
    assert "the whole card" in bench.sensor.facts.note
    assert "MIG" in quantity(bench.sensor.facts, 100.0, 10.0).note


def test_no_driver_and_no_card_are_absent() -> None:
    refused = pynvml.NVMLError(pynvml.NVML_ERROR_DRIVER_NOT_LOADED)
    sensors, (absent,) = discover_nvml(FakeNvml(refuses=refused), {})
    assert sensors == []
    assert "modprobe nvidia" in absent.remedy
    assert str(Bench().why) == "nvml: the NVIDIA driver knows no card"


def test_sensors_keep_the_driver_open_and_let_go_of_it_at_the_end() -> None:
    bench = Bench(FakeCard())
    assert bench.library.users == 1
    assert bench.sensor.read().energy_J == 0.0
    bench.sensors.clear()
    assert bench.library.users == 0


def _real_nvml() -> Nvml:
    nvml = open_nvml()
    if not isinstance(nvml, Nvml):
        pytest.skip(f"needs an NVIDIA GPU: {nvml.reason}")
    return nvml


@pytest.mark.slow
def test_a_real_cards_counter_and_power_agree_over_ten_seconds() -> None:
    devices, _ = find_devices(_real_nvml())
    if not devices:
        pytest.skip("needs an NVIDIA GPU: the driver knows no card")
    try:
        counter, power = counter_sensor(devices[0]), power_sensor(devices[0])
    except OSError as error:
        pytest.skip(f"needs a card that counts energy and tells power: {error}")
    first = counter.read(), power.read()
    end_s = time.perf_counter() + 10.0
    while time.perf_counter() < end_s:
        time.sleep(0.1)
        last = counter.read(), power.read()
    counted_J, integrated_J = (
        after.energy_J - before.energy_J for before, after in zip(first, last, strict=True)
    )
    assert counted_J > 0
    assert integrated_J == pytest.approx(counted_J, rel=0.05)


def test_real_cards_are_found_by_the_sensors() -> None:
    devices, problems = find_devices(_real_nvml())
    sensors, absent = discover_nvml()
    assert len(sensors) + len(absent) == max(1, len(devices) + len(problems))
    for sensor in sensors:
        assert sensor.read().energy_J >= 0.0
