"""Power supplies as the kernel lists them, in a folder of our own."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from wattlab.meter.sensors.base import SensorLost
from wattlab.meter.sensors.batteries import Batteries
from wattlab.meter.sensors.battery import FACTS, battery_sensor, discover_battery
from wattlab.meter.sensors.battery_charge import charge_sensor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def supply(root: Path, name: str, **files: object) -> Path:
    folder = root / name
    folder.mkdir()
    for file, value in files.items():
        (folder / file).write_text(f"{value}\n")
    return folder


@pytest.fixture
def laptop(tmp_path: Path) -> Path:
    """A laptop on its battery, with a mouse that has one too."""
    supply(tmp_path, "AC", type="Mains", online=0)
    supply(tmp_path, "BAT0", type="Battery", present=1, status="Discharging", power_now=12_500_000)
    supply(
        tmp_path, "hidpp_battery_0", type="Battery", scope="Device", status="Charging", online=1, power_now=9
    )
    return tmp_path


def power_W(root: Path) -> float:
    return Batteries(root).sample().power_W


def test_a_discharging_battery_is_the_whole_machine(laptop: Path) -> None:
    (sensor,), absent = discover_battery(laptop)
    assert absent == []
    facts = sensor.facts
    assert (facts.domain, facts.source, facts.provenance) == ("machine", "battery", "measured")
    assert facts.resolution_s >= 1.0
    assert facts.spread == (0.1, 0.1)
    time.sleep(0.05)
    first = sensor.read()
    time.sleep(0.05)
    last = sensor.read()
    assert (last.energy_J - first.energy_J) / (last.time_s - first.time_s) == pytest.approx(12.5)
    sensor.close()


def test_current_times_voltage_where_no_power_is_told(laptop: Path) -> None:
    (laptop / "BAT0/power_now").unlink()
    (laptop / "BAT0/current_now").write_text("-1250000\n")  # counted as leaving the battery
    (laptop / "BAT0/voltage_now").write_text("12000000\n")
    assert power_W(laptop) == pytest.approx(15.0)


def test_several_batteries_are_one_sensor(laptop: Path) -> None:
    supply(laptop, "BAT1", type="Battery", status="Discharging", power_now=2_500_000)
    assert power_W(laptop) == pytest.approx(15.0)
    sensors, _ = discover_battery(laptop)
    assert len(sensors) == 1
    sensors[0].close()


@pytest.mark.parametrize("status", ["Not charging", "Unknown", "Full"])
def test_one_of_two_batteries_may_rest(laptop: Path, status: str) -> None:
    supply(laptop, "BAT1", type="Battery", status=status, power_now=0)
    assert power_W(laptop) == pytest.approx(12.5)


def charge(root: Path) -> None:
    (root / "BAT0/status").write_text("Charging\n")


def plug_in(root: Path) -> None:
    (root / "AC/online").write_text("1\n")


def plug_in_usb(root: Path) -> None:
    supply(root, "ucsi-source-psy-USBC000:001", type="USB", online=1)


def fill(root: Path) -> None:
    (root / "BAT0/status").write_text("Full\n")


def charge_the_other(root: Path) -> None:
    supply(root, "BAT1", type="Battery", status="Charging", power_now=5_000_000)


EVENTS = {
    charge: "no battery is discharging",
    plug_in: "a charger is connected",
    plug_in_usb: "a charger is connected",
    fill: "no battery is discharging",
    charge_the_other: "BAT1 is charging",
}
every_event = pytest.mark.parametrize(
    ("happen", "reason"), EVENTS.items(), ids=lambda one: getattr(one, "__name__", "")
)


@every_event
def test_whatever_else_feeds_the_machine_makes_it_absent(
    laptop: Path, happen: Callable[[Path], None], reason: str
) -> None:
    happen(laptop)
    sensors, (absent,) = discover_battery(laptop)
    assert sensors == []
    assert absent.reason == reason
    assert "unplug" in absent.remedy


@every_event
def test_a_charger_in_mid_run_ends_the_measurement(
    laptop: Path, happen: Callable[[Path], None], reason: str
) -> None:
    sensor = battery_sensor(Batteries(laptop))
    sensor.tick()
    assert sensor.read().energy_J >= 0
    happen(laptop)
    sensor.tick()
    with pytest.raises(SensorLost, match=f"battery: {reason}"):
        sensor.read()


def test_a_battery_taken_out_in_mid_run_ends_the_measurement(laptop: Path) -> None:
    sensor = battery_sensor(Batteries(laptop))
    sensor.tick()
    (laptop / "BAT0/present").write_text("0\n")
    sensor.tick()
    with pytest.raises(SensorLost, match="no battery is discharging"):
        sensor.read()


def test_without_power_what_is_left_is_counted(laptop: Path) -> None:
    (laptop / "BAT0/power_now").unlink()
    (laptop / "BAT0/energy_now").write_text("41000000\n")
    (sensor,), _ = discover_battery(laptop)
    assert sensor.facts.resolution_s == 60.0
    (laptop / "BAT0/energy_now").write_text("40990000\n")
    assert sensor.read().energy_J == pytest.approx(36.0)  # 10 mWh
    plug_in(laptop)
    with pytest.raises(SensorLost, match="a charger is connected"):
        sensor.read()


def test_charge_times_voltage_where_no_energy_is_told(laptop: Path) -> None:
    (laptop / "BAT0/power_now").unlink()
    (laptop / "BAT0/charge_now").write_text("3000000\n")
    (laptop / "BAT0/voltage_now").write_text("12000000\n")
    (sensor,), _ = discover_battery(laptop)
    (laptop / "BAT0/charge_now").write_text("2999000\n")
    assert sensor.read().energy_J == pytest.approx(43.2)


@pytest.mark.parametrize("volts_uV", [11_900_000, 12_100_000])
def test_a_voltage_that_moves_with_the_load_is_no_energy(laptop: Path, volts_uV: int) -> None:
    (laptop / "BAT0/power_now").unlink()
    (laptop / "BAT0/charge_now").write_text("3000000\n")
    (laptop / "BAT0/voltage_now").write_text("12000000\n")
    (sensor,), _ = discover_battery(laptop)
    (laptop / "BAT0/voltage_now").write_text(f"{volts_uV}\n")
    assert sensor.read().energy_J == 0.0


@pytest.mark.parametrize(
    ("design", "expected_J"),
    [
        ({"voltage_min_design": 11_400_000}, 41.04),  # what ACPI's batteries tell: the design voltage
        ({"voltage_min_design": 10_000_000, "voltage_max_design": 13_000_000}, 41.4),  # empty and full
    ],
)
def test_charge_is_energy_at_the_voltage_of_the_design(
    laptop: Path, design: dict[str, int], expected_J: float
) -> None:
    files = {"charge_now": 3_000_000, "voltage_now": 12_600_000, **design}
    for name, value in files.items():
        (laptop / "BAT0" / name).write_text(f"{value}\n")
    sensor = charge_sensor(FACTS, Batteries(laptop))
    (laptop / "BAT0/charge_now").write_text("2999000\n")
    assert sensor.read().energy_J == pytest.approx(expected_J)


def test_a_gauge_may_waver_but_not_go_back(laptop: Path) -> None:
    left = laptop / "BAT0/energy_now"
    left.write_text("41000000\n")
    sensor = charge_sensor(FACTS, Batteries(laptop))
    for left_uWh, given_J in ((40_990_000, 36.0), (41_000_000, 36.0), (40_980_000, 72.0)):
        left.write_text(f"{left_uWh}\n")
        assert sensor.read().energy_J == pytest.approx(given_J)
    left.write_text("41200000\n")  # 720 J more: somebody has charged it
    with pytest.raises(SensorLost, match="jumped"):
        sensor.read()


def test_who_looks_away_may_miss_a_charger(laptop: Path) -> None:
    now_s = [0.0]
    left = laptop / "BAT0/energy_now"
    left.write_text("41000000\n")
    sensor = charge_sensor(FACTS, Batteries(laptop), lambda: now_s[0], lambda: 0.0)
    now_s[0] = 10.0
    left.write_text("40990000\n")
    assert sensor.read().above_J == 0.0
    now_s[0] = 30.0
    left.write_text("40980000\n")
    reading = sensor.read()
    assert reading.energy_J == pytest.approx(72.0)
    assert (reading.below_J, reading.above_J) == pytest.approx((0.0, 300.0 * 20.0 - 36.0))


def test_a_gauge_that_tells_nothing_is_absent(laptop: Path) -> None:
    (laptop / "BAT0/power_now").write_text("\n")
    sensors, (absent,) = discover_battery(laptop)
    assert sensors == []
    assert "cannot be read" in absent.reason


def test_a_machine_without_a_battery_misses_nothing(tmp_path: Path) -> None:
    supply(tmp_path, "hidpp_battery_0", type="Battery", scope="Device", status="Discharging", power_now=9)
    supply(tmp_path, "BAT0", type="Battery", present=0)
    assert discover_battery(tmp_path) == ([], [])
    assert discover_battery(tmp_path / "none") == ([], [])
