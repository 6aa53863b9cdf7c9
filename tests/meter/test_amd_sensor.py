from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.fake_gpus import Discovered, FakeAmdSmi, amd_card, amd_node

from wattlab.meter.sensors.amd import discover_amd
from wattlab.meter.sensors.base import SensorLost
from wattlab.meter.sensors.checked import CheckedCounter
from wattlab.meter.sensors.domains import choose

if TYPE_CHECKING:
    from pathlib import Path


PCI = "0000:03:00.0"
NONE = FakeAmdSmi()


class Bench(Discovered):
    """A card of AMD's, its library and a clock, which the test moves."""

    def __init__(self, root: Path, smi: FakeAmdSmi = NONE, **files: object) -> None:
        self.smi, self.time_s = smi, 50.0
        self.hwmon = amd_card(root, **files)  # type: ignore[arg-type]
        self.sensors, self.absent = discover_amd(root, {}, smi, lambda: self.time_s)

    def run(self, seconds: int, watts: float, counted_W: float) -> float:
        """Draw `watts` for a while, of which the library counts `counted_W`, read twice a second."""
        (self.hwmon / "power1_average").write_text(f"{watts * 1e6:.0f}\n")
        for _ in range(2 * seconds):
            self.time_s += 0.5
            self.smi.energy_J += counted_W / 2
            energy_J = self.sensor.read().energy_J
        return energy_J


@pytest.fixture
def counting(tmp_path: Path) -> Bench:
    return Bench(tmp_path, FakeAmdSmi(PCI))


def test_a_card_without_a_counter_is_integrated(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    facts = bench.sensor.facts
    assert (facts.name, facts.domain, facts.source) == (f"amd:{PCI}", f"gpu-{PCI}", "integrated")
    assert (facts.resolution_s, facts.sample_s, facts.max_power_W) == (1.0, 0.1, 450.0)
    assert bench.run(10, watts=42.0, counted_W=0.0) == pytest.approx(420.0)


def test_power_of_the_moment_has_a_finer_resolution(tmp_path: Path) -> None:
    bench = Bench(tmp_path, hwmon__hwmon3__power1_average=None, hwmon__hwmon3__power1_input=42_000_000)
    assert bench.sensor.facts.resolution_s == 0.1


def test_a_counter_that_agrees_with_the_power_takes_over(counting: Bench) -> None:
    assert isinstance(counting.sensor, CheckedCounter)
    assert counting.sensor.facts.source == "counter"
    checked_J = counting.run(10, watts=42.0, counted_W=44.0)
    assert checked_J == pytest.approx(5 * 42 + 5 * 44, rel=0.02)
    # From here on the power may say what it likes.
    assert counting.run(10, watts=300.0, counted_W=44.0) - checked_J == pytest.approx(440.0, rel=0.01)
    assert counting.sensor.facts.note == ""


@pytest.mark.parametrize("counted_W", [0.0, 42.0 * 15.3, 20.0])
def test_a_counter_that_disagrees_is_not_believed_for_a_moment(counting: Bench, counted_W: float) -> None:
    assert counting.run(60, watts=42.0, counted_W=counted_W) == pytest.approx(60 * 42.0)
    facts = counting.sensor.facts
    assert facts.source == "integrated"
    assert "counter of energy" in facts.note
    assert facts.note.endswith("not used")


def test_a_counter_that_goes_back_is_not_believed(counting: Bench) -> None:
    counting.run(2, watts=42.0, counted_W=42.0)
    counting.smi.energy_J -= 500.0
    assert counting.run(8, watts=42.0, counted_W=42.0) == pytest.approx(420.0)
    assert "its counter of energy failed" in counting.sensor.facts.note


def test_a_counter_that_breaks_after_the_check_is_lost(counting: Bench) -> None:
    counting.run(10, watts=42.0, counted_W=42.0)
    counting.smi.error = counting.smi.AmdSmiException("gone")
    with pytest.raises(SensorLost, match="gone"):
        counting.run(1, watts=42.0, counted_W=42.0)


def test_what_nobody_saw_during_the_check_stays_in_doubt(counting: Bench) -> None:
    counting.run(1, watts=42.0, counted_W=42.0)
    counting.time_s += 6.0
    counting.smi.energy_J += 6.0 * 42.0
    counting.run(1, watts=42.0, counted_W=42.0)
    doubt_J = counting.sensor.read().below_J
    assert doubt_J > 6.0 * 42.0
    counting.run(10, watts=42.0, counted_W=42.0)
    assert counting.sensor.facts.note == ""
    assert counting.sensor.read().below_J == doubt_J
    assert counting.sensor.read().above_J > doubt_J


def test_an_idle_card_is_not_judged_by_crumbs(tmp_path: Path) -> None:
    counting = Bench(tmp_path, FakeAmdSmi(PCI), hwmon__hwmon3__power1_average=1_000_000)
    counting.run(10, watts=1.0, counted_W=0.0)
    assert counting.sensor.facts.source == "counter"
    counting.run(20, watts=42.0, counted_W=42.0)
    assert counting.sensor.facts.source == "counter"
    assert counting.sensor.facts.note == ""


def test_a_counter_among_the_kernels_files_comes_first(tmp_path: Path) -> None:
    bench = Bench(tmp_path, FakeAmdSmi(PCI), hwmon__hwmon3__energy1_input=7_000_000)
    for step in range(1, 21):
        bench.time_s += 0.5
        (bench.hwmon / "energy1_input").write_text(f"{7_000_000 + step * 22_000_000}\n")
        energy_J = bench.sensor.read().energy_J
    # Ten seconds: five at the power of 42 W, five by the counter at 44 W.
    assert energy_J == pytest.approx(430.0, rel=0.01)


def test_a_second_die_is_absent_not_zero(tmp_path: Path) -> None:
    amd_card(tmp_path, 1, "0000:83:00.0", hwmon__hwmon3__power1_average=0)
    bench = Bench(tmp_path)
    assert bench.sensor.facts.domain == f"gpu-{PCI}"
    assert bench.why.name == "amd:0000:83:00.0"
    assert "second die" in bench.why.reason


def test_a_gpu_on_the_processors_chip_is_a_part_and_never_added(tmp_path: Path) -> None:
    bench = Bench(tmp_path, FakeAmdSmi(PCI), hwmon__hwmon3__in1_label="vddnb")
    assert bench.sensor.facts.domain == "uncore-0"
    assert "processor included" in bench.sensor.facts.note
    assert choose(bench.sensors) == ()


def test_a_sleeping_card_draws_nothing_and_counts_when_it_wakes(tmp_path: Path) -> None:
    bench = Bench(tmp_path, FakeAmdSmi(PCI), power__runtime_status="suspended")
    assert bench.run(5, watts=0.0, counted_W=0.0) == 0.0
    (bench.hwmon / "../../power/runtime_status").resolve().write_text("active\n")
    assert bench.run(5, watts=42.0, counted_W=0.0) == pytest.approx(4.5 * 42 + 10.5)


def test_cards_that_rocm_may_not_use_are_named(tmp_path: Path) -> None:
    amd_card(tmp_path)
    amd_card(tmp_path, 1, "0000:83:00.0")
    amd_node(tmp_path, 1, PCI)
    amd_node(tmp_path, 2, "0000:83:00.0", unique=7)
    sensors, (absent,) = discover_amd(tmp_path, {"HIP_VISIBLE_DEVICES": "1"}, NONE)
    assert [sensor.facts.domain for sensor in sensors] == ["gpu-0000:83:00.0"]
    assert absent.name == f"amd:{PCI}"
    assert "HIP_VISIBLE_DEVICES leaves it out" in absent.reason


def test_a_card_without_power_is_absent(tmp_path: Path) -> None:
    bench = Bench(tmp_path, hwmon__hwmon3__power1_average=None)
    assert bench.sensors == []
    assert "no file of its power" in bench.why.reason


def test_a_machine_without_a_card_does_not_ask_amds_library(tmp_path: Path) -> None:
    sensors, (absent,) = discover_amd(tmp_path, {})
    assert sensors == []
    assert "amdgpu" in absent.reason
