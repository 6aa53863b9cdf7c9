from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from wattlab.machine.system_files import read_number
from wattlab.meter.sensors.base import SensorLost
from wattlab.meter.sensors.counter import suspended_s
from wattlab.meter.sensors.discover import discover
from wattlab.meter.sensors.domains import choose
from wattlab.meter.sensors.rapl import Zone, discover_rapl, rapl_sensor

if TYPE_CHECKING:
    from wattlab.machine import Machine

RANGE_UJ = 262_143_328_850


def add(root: Path, folder: str, name: str, energy_uj: int = 5_000_000) -> Path:
    (root / folder).mkdir(parents=True)
    (root / folder / "name").write_text(name + "\n")
    (root / folder / "energy_uj").write_text(f"{energy_uj}\n")
    (root / folder / "max_energy_range_uj").write_text(f"{RANGE_UJ}\n")
    return root / folder


def as_machine(powercap: Path) -> Path:
    """Move a powercap tree to where a machine has it, and return the machine's root."""
    place = powercap.with_name(f"{powercap.name}-machine") / "sys/class/powercap"
    place.parent.mkdir(parents=True)
    powercap.rename(place)
    return place.parents[2]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    add(tmp_path, "intel-rapl:0", "package-0", 1_000_000)
    add(tmp_path, "intel-rapl:0:0", "core", 600_000)
    add(tmp_path, "intel-rapl:0:1", "uncore", 100_000)
    add(tmp_path, "intel-rapl:0:2", "dram", 200_000)
    return tmp_path


def chosen(root: Path) -> set[str]:
    return {sensor.facts.name for sensor in choose(discover_rapl(root)[0])}


def test_package_and_memory_are_added_but_never_their_parts(tree: Path) -> None:
    assert chosen(tree) == {"rapl:package-0", "rapl:dram-0"}


def test_two_sockets_are_added(tree: Path) -> None:
    add(tree, "intel-rapl:1", "package-1", 2_000_000)
    add(tree, "intel-rapl:1:0", "dram", 2_000_000)
    assert chosen(tree) == {"rapl:package-0", "rapl:dram-0", "rapl:package-1", "rapl:dram-1"}


def test_the_whole_platform_stands_alone(tree: Path) -> None:
    add(tree, "intel-rapl:1", "psys")
    assert chosen(tree) == {"rapl:psys"}


def test_a_platform_counter_that_is_not_wired_is_absent(tree: Path) -> None:
    add(tree, "intel-rapl:1", "psys", 0)
    assert chosen(tree) == {"rapl:package-0", "rapl:dram-0"}
    assert [str(one) for one in discover_rapl(tree)[1]] == [
        "rapl:psys: the counter stays at zero: this board does not wire it"
    ]


def test_the_same_domain_through_msr_and_mmio_counts_once(tree: Path) -> None:
    add(tree, "intel-rapl-mmio:0", "package-0", 7_000_000)
    sensors, _ = discover_rapl(tree)
    package, *others = (sensor for sensor in sensors if sensor.facts.domain == "package-0")
    assert others == []
    (tree / "intel-rapl:0/energy_uj").write_text("1300000")
    assert package.read().energy_J == pytest.approx(0.3)
    assert chosen(tree) == {"rapl:package-0", "rapl:dram-0"}


def test_dies_that_mirror_one_counter_count_once(tmp_path: Path) -> None:
    add(tmp_path, "intel-rapl:0", "package-0-die-0", 9_000_000)
    add(tmp_path, "intel-rapl:1", "package-0-die-1", 9_000_000)
    add(tmp_path, "intel-rapl:1:0", "core", 8_000_000)
    assert chosen(tmp_path) == {"rapl:package-0-die-0"}


def test_dies_with_counters_of_their_own_are_added(tmp_path: Path) -> None:
    add(tmp_path, "intel-rapl:0", "package-0-die-0", 9_000_000)
    add(tmp_path, "intel-rapl:1", "package-0-die-1", 4_000_000)
    assert chosen(tmp_path) == {"rapl:package-0-die-0", "rapl:package-0-die-1"}


def test_cores_alone_are_not_taken_for_the_whole(tmp_path: Path, machine: Machine) -> None:
    add(tmp_path, "intel-rapl:0", "package-0")
    (tmp_path / "intel-rapl:0/energy_uj").write_text("nonsense")
    add(tmp_path, "intel-rapl:0:0", "core")
    found = discover(as_machine(tmp_path), machine=machine)
    assert [sensor.facts.name for sensor in found.active] == ["model:tdp"]
    assert [sensor.facts.name for sensor in found.parts] == ["rapl:core-0"]
    assert "cannot be read" in str(found.absent[0])


def test_closed_counters_are_absent_with_the_command_that_opens_them(tree: Path, machine: Machine) -> None:
    def closed(path: Path) -> int:
        raise PermissionError(13, "Permission denied")

    found = discover(as_machine(tree), machine=machine, read_uj=closed)
    assert [sensor.facts.provenance for sensor in found.active] == ["modelled"]
    package = next(one for one in found.absent if one.name == "rapl:package-0")
    assert "root alone" in package.reason
    assert "sudo chmod -R a+r /sys/class/powercap/intel-rapl*" in package.remedy
    assert "CVE-2020-8694" in package.remedy


def test_closed_memory_counters_leave_the_package(tree: Path) -> None:
    def closed(path: Path) -> int:
        if (path.parent / "name").read_text().strip() == "dram":
            raise PermissionError
        return read_number(path)

    sensors, absent = discover_rapl(tree, closed)
    assert [sensor.facts.name for sensor in choose(sensors)] == ["rapl:package-0"]
    assert [one.name for one in absent] == ["rapl:dram-0"]


def test_no_tree_or_an_empty_one_is_absent(tmp_path: Path, machine: Machine) -> None:
    for root in (tmp_path, tmp_path / "none"):
        sensors, absent = discover_rapl(root, machine=machine)
        assert sensors == []
        assert "no domain" in absent[0].reason
        assert "modprobe intel_rapl_msr" in absent[0].remedy


def test_a_virtual_machine_is_sent_to_the_host_or_the_wall(tmp_path: Path, machine: Machine) -> None:
    _, (absent,) = discover_rapl(tmp_path, machine=replace(machine, hypervisor="QEMU/KVM"))
    assert "a virtual machine (QEMU/KVM)" in absent.reason
    assert "[plug]" in absent.remedy
    assert "modprobe" not in str(absent)


def test_a_container_that_masks_the_tree_is_told_apart(tmp_path: Path, machine: Machine) -> None:
    (tmp_path / "intel-rapl:0").symlink_to(tmp_path / "masked")
    for root, where in ((tmp_path, machine), (tmp_path / "none", replace(machine, container="docker"))):
        _, (absent,) = discover_rapl(root, machine=where)
        assert absent.reason == "this container masks the powercap tree"
        assert "docker run --security-opt systempaths=unconfined" in absent.remedy


def test_another_architecture_has_none(tmp_path: Path, machine: Machine) -> None:
    _, (absent,) = discover_rapl(tmp_path, machine=replace(machine, architecture="aarch64"))
    assert "not aarch64" in absent.reason
    assert absent.remedy == ""


def test_a_damaged_zone_is_left_out(tree: Path) -> None:
    (tree / "intel-rapl:0:2/max_energy_range_uj").write_text("")
    assert chosen(tree) == {"rapl:package-0"}


class Bench:
    """A package whose counter and clock the test moves."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.time_s, self.asleep_s = folder, 0.0, 0.0
        self.sensor = rapl_sensor(
            Zone(folder, "package-0", RANGE_UJ / 1e6),
            wall_s=lambda: self.time_s,
            asleep_s=lambda: self.asleep_s,
        )

    def at(self, time_s: float, energy_uj: int) -> float:
        self.time_s = time_s
        (self.folder / "energy_uj").write_text(str(energy_uj))
        return self.sensor.read().energy_J


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(add(tmp_path, "intel-rapl:0", "package-0", RANGE_UJ - 10_000_000))


def test_a_wrap_is_corrected_with_the_range(bench: Bench) -> None:
    assert bench.at(0.5, 20_000_000) == pytest.approx(30.0)
    assert bench.at(1.0, 50_000_000) == pytest.approx(60.0)


def test_a_reset_is_not_taken_for_a_wrap(bench: Bench) -> None:
    with pytest.raises(SensorLost, match="was reset"):
        bench.at(0.5, RANGE_UJ // 2)


def test_a_jump_forward_that_nothing_can_draw_is_a_reset(tmp_path: Path) -> None:
    bench = Bench(add(tmp_path, "intel-rapl:0", "package-0", 1_000_000))
    assert bench.at(1.0, 901_000_000) == pytest.approx(900.0)
    with pytest.raises(SensorLost, match="jumped from 901 J to 3000 J"):
        bench.at(2.0, 3_000_000_000)


def test_too_long_a_silence_may_hide_a_wrap(bench: Bench) -> None:
    with pytest.raises(SensorLost, match="may have wrapped unseen"):
        bench.at(300.0, RANGE_UJ - 9_000_000)


def test_a_counter_that_vanishes_is_lost(bench: Bench) -> None:
    (bench.folder / "energy_uj").unlink()
    with pytest.raises(SensorLost, match="can no longer be read"):
        bench.sensor.read()


def test_an_empty_read_is_lost_not_zero(bench: Bench) -> None:
    (bench.folder / "energy_uj").write_text("")
    with pytest.raises(SensorLost, match="can no longer be read"):
        bench.sensor.read()


def test_a_suspend_is_not_taken_for_a_wrap(bench: Bench) -> None:
    assert bench.at(0.5, RANGE_UJ - 5_000_000) == pytest.approx(5.0)
    bench.asleep_s = 3600.0
    with pytest.raises(SensorLost, match="while the machine was suspended for 3600 s"):
        bench.at(1.0, 1_000_000)


def test_a_counter_that_starts_again_while_suspended_is_lost_although_it_looks_plausible(
    tmp_path: Path,
) -> None:
    bench = Bench(add(tmp_path, "intel-rapl:0", "package-0", 1_000_000))
    bench.asleep_s = 2.0
    with pytest.raises(SensorLost, match="suspended"):
        bench.at(0.5, 1_500_000)


def test_a_driver_loaded_anew_is_lost_since_the_path_may_be_another_domain(bench: Bench) -> None:
    bench.folder.rename(bench.folder.with_name("unloaded"))
    add(bench.folder.parent, "intel-rapl:0", "psys", RANGE_UJ - 9_000_000)
    with pytest.raises(SensorLost, match="its driver was loaded anew"):
        bench.at(0.5, RANGE_UJ - 9_000_000)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell")
def test_time_asleep_is_a_part_of_the_time_since_the_start() -> None:
    uptime_s = float(Path("/proc/uptime").read_text().split()[0])
    assert -0.01 < suspended_s() < uptime_s
