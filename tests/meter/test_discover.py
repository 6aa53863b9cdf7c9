from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal

import pytest
from tests.fake_gpus import FakeCard, FakeNvml

from wattlab.meter.sensors.base import Facts, Reading, Sensor
from wattlab.meter.sensors.discover import discover
from wattlab.meter.sensors.idle import idle_power
from wattlab.meter.sensors.model import model_power
from wattlab.settings import PlugSettings, Settings

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.machine import Machine


class Fixed(Sensor):
    """A sensor of some domain."""

    def __init__(
        self, domain: str, max_power_W: float = 300.0, source: Literal["plug", "counter"] = "counter"
    ) -> None:
        self.facts = Facts(f"test:{domain}", domain, "measured", 0.01, max_power_W, source=source)

    def read(self) -> Reading:
        return Reading(0.0, 0.0)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A desktop: a processor with RAPL, and an empty battery bay."""
    for folder, name in (("intel-rapl:0", "package-0"), ("intel-rapl:0:0", "core"), ("intel-rapl:1", "psys")):
        place = tmp_path / "sys/class/powercap" / folder
        place.mkdir(parents=True)
        (place / "name").write_text(f"{name}\n")
        (place / "energy_uj").write_text("123456\n")
        (place / "max_energy_range_uj").write_text("262143328850\n")
    return tmp_path


def closed(path: Path) -> int:
    raise PermissionError(13, "Permission denied")


@pytest.fixture(autouse=True)
def _all_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def names(sensors: tuple[Sensor, ...]) -> set[str]:
    return {sensor.facts.name for sensor in sensors}


def test_processor_and_card_are_added_and_what_overlaps_is_a_part(root: Path, machine: Machine) -> None:
    found = discover(root, machine=machine, library=FakeNvml(FakeCard()))
    assert names(found.active) == {"rapl:package-0", "nvml:GPU-8932f937"}
    assert names(found.parts) == {"rapl:psys", "rapl:core-0"}


def test_a_card_beside_a_closed_processor_gets_the_model_added(root: Path, machine: Machine) -> None:
    found = discover(root, machine=machine, read_uj=closed, library=FakeNvml(FakeCard()))
    assert names(found.active) == {"model:tdp", "nvml:GPU-8932f937"}
    remedy = next(one.remedy for one in found.absent if one.name == "rapl:package-0")
    assert remedy.startswith("open the counters")


def test_the_idle_power_is_that_of_processor_and_card(root: Path, machine: Machine) -> None:
    alone = discover(root, machine=machine).idle
    both = discover(root, machine=machine, library=FakeNvml(FakeCard())).idle
    assert alone.value is not None
    assert both.value is not None
    assert both.value - alone.value == pytest.approx(0.05 * 1.5 * 500.0)
    assert both.provenance == "modelled"
    assert both.interval is not None
    # An A100 draws about 50 W idle.
    assert both.interval[0] < alone.value + 50.0 < both.interval[1]


@pytest.mark.parametrize("domain", ["machine", "board"])
def test_nobody_models_what_a_whole_machine_draws_idle(domain: str, machine: Machine) -> None:
    idle = idle_power([Fixed(domain)], model_power(machine))
    assert idle.is_missing
    assert "--baseline" in idle.note


def test_a_card_without_a_limit_has_no_idle_power(machine: Machine) -> None:
    idle = idle_power([Fixed("package-0"), Fixed("gpu-0", 2000.0)], model_power(machine))
    assert idle.is_missing
    assert "test:gpu-0 does not tell its power limit" in idle.note


def test_the_plug_of_the_settings_is_the_one_that_is_asked(
    root: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[PlugSettings | None] = []

    def plug(settings: PlugSettings | None) -> tuple[list[Sensor], list[object]]:
        asked.append(settings)
        return [Fixed("machine", source="plug")], []

    monkeypatch.setattr(sys.modules["wattlab.meter.sensors.discover"], "discover_plug", plug)
    settings = Settings(plug=PlugSettings(kind="shelly2", url="http://127.0.0.1:9"))
    found = discover(root, settings, machine)
    assert asked == [settings.plug]
    assert names(found.active) == {"test:machine"}
    assert names(found.parts) == {"rapl:package-0", "rapl:core-0", "rapl:psys"}


def test_without_settings_no_socket_is_opened(
    root: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a socket was opened")

    monkeypatch.setattr("socket.socket", refuse)
    assert discover(root, Settings(), machine).active


@pytest.mark.parametrize(
    "place",
    ["class/power_supply", "class/drm", "class/hwmon/hwmon0", "bus/event_source/devices/power/events"],
)
def test_an_empty_tree_is_no_error(place: str, tmp_path: Path, machine: Machine) -> None:
    (tmp_path / "sys" / place).mkdir(parents=True)
    assert names(discover(tmp_path, machine=machine).active) == {"model:tdp"}
