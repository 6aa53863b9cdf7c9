from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from wattlab.meter.sensors.base import SensorLost
from wattlab.meter.sensors.domains import choose
from wattlab.meter.sensors.perf import Events, discover_perf
from wattlab.meter.sensors.perf_event import open_event, read_event

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.meter.sensors.base import Absent, Sensor

SCALE_J = 2.3283064365386962890625e-10
CODES = {"energy-cores": 1, "energy-pkg": 2, "energy-ram": 3, "energy-gpu": 4, "energy-psys": 5}


class Kernel:
    """Counts 2^32 steps for every joule, from when an event is opened."""

    def __init__(self) -> None:
        self.open: dict[int, tuple[int, int, int]] = {}
        self.joules = 0.0
        self.refusal: OSError | None = None
        self.events = Events(self.start, self.read, self.stop)

    def start(self, kind: int, config: int, cpu: int) -> int:
        if self.refusal:
            raise self.refusal
        self.open[len(self.open) + 3] = (kind, config, cpu)
        return len(self.open) + 2

    def read(self, handle: int) -> int:
        assert handle in self.open
        return round(self.joules / SCALE_J)

    def stop(self, handle: int) -> None:
        del self.open[handle]


class Machine:
    """The event source "power" of a machine, as the kernel lists it."""

    def __init__(self, root: Path, cpumask: str = "0", events: tuple[str, ...] = tuple(CODES)) -> None:
        self.source, self.cpus = root / "power", root / "cpu"
        self.paranoid = root / "perf_event_paranoid"
        self.paranoid.write_text("2\n")
        (self.source / "events").mkdir(parents=True)
        (self.source / "type").write_text("21\n")
        (self.source / "cpumask").write_text(f"{cpumask}\n")
        for event in events:
            (self.source / "events" / event).write_text(f"event=0x{CODES[event]:02x}\n")
            (self.source / "events" / f"{event}.scale").write_text("2.3283064365386962890625e-10\n")
            (self.source / "events" / f"{event}.unit").write_text("Joules\n")
        self.kernel = Kernel()

    def place(self, cpu: int, package: int, die: int = 0) -> None:
        (self.cpus / f"cpu{cpu}/topology").mkdir(parents=True)
        (self.cpus / f"cpu{cpu}/topology/physical_package_id").write_text(f"{package}\n")
        (self.cpus / f"cpu{cpu}/topology/die_id").write_text(f"{die}\n")

    def found(self, *given: str) -> tuple[list[Sensor], list[Absent]]:
        return discover_perf(given, self.source, self.cpus, self.paranoid, self.kernel.events)


def domains(sensors: list[Sensor]) -> list[str]:
    return [sensor.facts.domain for sensor in sensors]


def test_every_event_is_a_domain_with_powercaps_name(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    sensors, absent = machine.found()
    assert domains(sensors) == ["package-0", "core-0", "dram-0", "uncore-0", "psys"]
    assert absent == []
    assert machine.kernel.open[3] == (21, 2, 0)
    assert {sensor.facts.name for sensor in choose(sensors)} == {"perf:psys"}


def test_counts_joules_by_the_scale(tmp_path: Path) -> None:
    machine = Machine(tmp_path, events=("energy-pkg",))
    (sensor,), _ = machine.found()
    machine.kernel.joules = 0.004
    assert sensor.read().energy_J == pytest.approx(0.004)


def test_two_packages_are_counted_once_each_and_the_platform_once(tmp_path: Path) -> None:
    machine = Machine(tmp_path, cpumask="0,32")
    machine.place(0, package=0)
    machine.place(32, package=1)
    sensors, _ = machine.found()
    assert domains(sensors).count("psys") == 1
    assert {"package-0", "package-1", "dram-0", "dram-1"} <= set(domains(sensors))
    assert (21, 2, 32) in machine.kernel.open.values()


def test_dies_of_one_package_are_named_as_powercap_names_them(tmp_path: Path) -> None:
    machine = Machine(tmp_path, cpumask="0-1", events=("energy-pkg", "energy-ram"))
    machine.place(0, package=0, die=0)
    machine.place(1, package=0, die=1)
    sensors, _ = machine.found()
    assert domains(sensors) == ["package-0-die-0", "package-0-die-1", "dram-0-die-0", "dram-0-die-1"]


def test_what_powercap_gives_is_not_opened_again(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    sensors, absent = machine.found("package-0-die-0", "package-0-die-1", "core-0", "uncore-0", "psys")
    assert domains(sensors) == ["dram-0"]
    assert len(machine.kernel.open) == 1
    assert absent == []


@pytest.mark.parametrize(
    "refusal", [PermissionError(13, "Permission denied"), PermissionError(1, "not permitted")]
)
def test_a_kernel_that_refuses_is_absent_with_the_setting_that_mends_it(
    tmp_path: Path, refusal: PermissionError
) -> None:
    machine = Machine(tmp_path, events=("energy-pkg",))
    machine.kernel.refusal = refusal
    sensors, (absent,) = machine.found()
    assert sensors == []
    assert absent.name == "perf:package-0"
    assert "perf_event_paranoid is 2" in absent.reason
    assert "sudo sysctl kernel.perf_event_paranoid=0" in absent.remedy
    assert "cap_perfmon" in absent.remedy


def test_a_refusal_in_spite_of_the_setting_is_a_containers(tmp_path: Path) -> None:
    machine = Machine(tmp_path, events=("energy-pkg",))
    machine.paranoid.write_text("-1\n")
    machine.kernel.refusal = PermissionError(1, "Operation not permitted")
    _, (absent,) = machine.found()
    assert "container" in absent.reason
    assert "docker run --cap-add PERFMON" in absent.remedy


def test_an_event_that_cannot_be_opened_leaves_the_others(tmp_path: Path) -> None:
    machine = Machine(tmp_path, events=("energy-pkg", "energy-ram"))
    (machine.source / "events/energy-ram.unit").write_text("Watts\n")
    assert domains(machine.found()[0]) == ["package-0"]
    (machine.source / "events/energy-pkg").write_text("nonsense")
    assert machine.found() == ([], [])


def test_no_event_source_is_absent_unless_powercap_gives_all(tmp_path: Path) -> None:
    assert "no event source" in str(discover_perf(source=tmp_path / "none")[1][0])
    assert discover_perf({"package-0"}, source=tmp_path / "none") == ([], [])


def test_closing_lets_go_of_the_event(tmp_path: Path) -> None:
    machine = Machine(tmp_path, events=("energy-pkg",))
    (sensor,), _ = machine.found()
    sensor.close()
    assert machine.kernel.open == {}
    with pytest.raises(SensorLost, match="is closed"):
        sensor.read()


def test_an_event_that_opens_but_cannot_be_read_is_let_go(tmp_path: Path) -> None:
    machine = Machine(tmp_path, events=("energy-pkg",))

    def unreadable(handle: int) -> int:
        raise OSError(5, "Input/output error")

    events = Events(machine.kernel.start, unreadable, machine.kernel.stop)
    _, (absent,) = discover_perf((), machine.source, machine.cpus, machine.paranoid, events)
    assert "Input/output error" in absent.reason
    assert machine.kernel.open == {}


def test_the_kernel_itself_counts_an_event_of_its_own() -> None:
    """The clock of a cpu is an event that every kernel has, virtual machines included; its unit is a nanosecond."""
    software, cpu_clock = 1, 0
    try:
        opened = open_event(software, cpu_clock, cpu=0)
    except OSError as error:
        pytest.skip(f"this system does not open events ({error})")
    first, began_s = read_event(opened), time.perf_counter()
    time.sleep(0.05)
    counted_s, took_s = (read_event(opened) - first) / 1e9, time.perf_counter() - began_s
    os.close(opened)
    assert counted_s == pytest.approx(took_s, rel=0.2)
    with pytest.raises(OSError, match="Bad file descriptor"):
        read_event(opened)
