from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal

import pytest
from tests.fake_gpus import FakeCard, FakeNvml, amd_card

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
        self,
        domain: str,
        max_power_W: float = 600.0,
        source: Literal["plug", "counter"] = "counter",
        limit_W: float | None = None,
    ) -> None:
        self.facts = Facts(
            f"test:{domain}", domain, "measured", 0.01, max_power_W, source=source, limit_W=limit_W
        )

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


def test_the_idle_power_is_that_of_processor_and_card(machine: Machine) -> None:
    power = model_power(machine)
    alone, both = (
        idle_power([Fixed("package-0"), *more], power) for more in ([], [Fixed("gpu-0", limit_W=400.0)])
    )
    assert alone.value is not None
    assert both.value is not None
    assert both.value - alone.value == pytest.approx(0.08 * 400.0)
    assert both.provenance == "modelled"
    assert alone.interval is not None
    assert both.interval is not None
    added = tuple(after - before for before, after in zip(alone.interval, both.interval, strict=True))
    assert added == pytest.approx((0.02 * 400.0, 0.2 * 400.0))
    # An A100 draws about 50 W idle.
    assert added[0] < 50.0 < added[1]


def test_every_maker_tells_the_limit_of_its_cards(
    tmp_path: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HIP_VISIBLE_DEVICES", raising=False)
    amd_card(tmp_path)
    intel = tmp_path / "sys/class/hwmon/hwmon7"
    intel.mkdir(parents=True)
    (tmp_path / "0000:0c:00.0").mkdir()
    (intel / "device").symlink_to(tmp_path / "0000:0c:00.0")
    for name, value in {"name": "xe", "energy1_input": 5_000_000, "power1_rated_max": 190_000_000}.items():
        (intel / name).write_text(f"{value}\n")
    found = discover(tmp_path, machine=machine, library=FakeNvml(FakeCard()))
    limits = {one.facts.name: one.facts.limit_W for one in found.active if one.facts.domain != "cpu"}
    assert limits == {"nvml:GPU-8932f937": 500.0, "amd:0000:03:00.0": 300.0, "xe:0000:0c:00.0": 190.0}
    processor = model_power(machine).idle()
    assert processor.value is not None
    assert found.idle.value == pytest.approx(processor.value + 0.08 * (500.0 + 300.0 + 190.0))


@pytest.mark.parametrize("domain", ["machine", "board", "psys"])
def test_nobody_models_what_a_whole_machine_draws_idle(domain: str, machine: Machine) -> None:
    idle = idle_power([Fixed(domain), Fixed("gpu-0", limit_W=400.0)], model_power(machine))
    assert idle.is_missing
    assert f"test:{domain}" in idle.note
    assert "--baseline" in idle.note


def test_a_card_without_a_limit_has_no_idle_power(machine: Machine) -> None:
    idle = idle_power([Fixed("package-0"), Fixed("gpu-0", 1000.0)], model_power(machine))
    assert idle.is_missing
    assert "test:gpu-0 does not tell its power limit" in idle.note


FAULTS = (AttributeError("undefined symbol"), RuntimeError("no context"), KeyError("total"))


@pytest.mark.parametrize("name", ["rapl", "perf", "hwmon", "nvml", "amd", "apple", "battery", "plug"])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_fault_nobody_foresaw_is_one_absent_sensor_and_no_end(
    name: str, fault: Exception, tmp_path: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(sys.modules["wattlab.meter.sensors.discover"], f"discover_{name}", fail)
    found = discover(tmp_path, machine=machine)
    assert names(found.active) == {"model:tdp"}
    (reason,) = (one.reason for one in found.absent if one.name == name)
    assert reason == f"could not be asked ({type(fault).__name__}: {fault})"


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
