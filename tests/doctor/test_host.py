"""What is around the system, and what holds its clocks down.

References
----------
Linux kernel: ABI/testing/sysfs-class-power, admin-guide/pm/cpufreq, admin-guide/pm/intel_pstate,
ABI/testing/sysfs-devices-system-cpu, ABI/testing/sysfs-platform_profile, power/powercap/powercap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wattlab.doctor.clocks import check_clocks
from wattlab.doctor.energy import check_energy
from wattlab.doctor.host import check_host
from wattlab.doctor.surroundings import Surroundings
from wattlab.meter.quantity import missing
from wattlab.meter.sensors.base import Absent, Facts, Reading, Sensor
from wattlab.meter.sensors.discover import Sensors

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

    from .conftest import Place  # type: ignore[import-not-found,unused-ignore]

CPU = "/sys/devices/system/cpu"


class FakeSensor(Sensor):
    def __init__(self, provenance: Literal["measured", "modelled"]) -> None:
        self.facts = Facts("rapl:package-0", "package-0", provenance, 0.01, 200.0)
        self.closed = False

    def read(self) -> Reading:
        return Reading(0.0, 0.0)

    def close(self) -> None:
        self.closed = True


def test_a_quiet_machine_of_its_own(place: Place) -> None:
    assert {name: one.status for name, one in place.find(check_host).items()} == {
        "host.real": "ok",
        "host.load": "ok",
    }


def test_wsl2_says_what_it_hides(place: Place) -> None:
    place.processor("avx avx2 fma hypervisor")
    place.files({"/proc/sys/kernel/osrelease": "5.15.153.1-microsoft-standard-WSL2\n"})
    found = place.find(check_host)["host.virtual"]
    assert found.title == "WSL2"
    assert "energy counters" in found.detail


def test_a_virtual_machine_and_a_container(place: Place) -> None:
    place.processor("avx avx2 fma hypervisor")
    place.files({"/sys/class/dmi/id/sys_vendor": "QEMU\n", "/.dockerenv": ""})
    found = place.find(check_host)
    assert found["host.virtual"].title == "virtual machine (QEMU/KVM)"
    assert found["host.container"].mend == ()
    place.processor()
    assert "powercap" in place.find(check_host)["host.container"].mend[0]


@pytest.mark.parametrize(("share", "status"), [(0.05, "ok"), (0.5, "advice")])
def test_the_load_of_others(place: Place, share: float, status: str) -> None:
    place.options["load"] = lambda: share
    assert place.find(check_host)["host.load"].status == status


@pytest.mark.parametrize(("online", "status"), [("0", "advice"), ("1", "ok")])
def test_on_battery_or_on_mains(place: Place, online: str, status: str) -> None:
    supply = "/sys/class/power_supply"
    place.files({f"{supply}/hid-mouse/type": "Battery\n", f"{supply}/hid-mouse/scope": "Device\n"})
    assert "host.battery" not in place.find(check_host)
    place.files(
        {f"{supply}/BAT0/type": "Battery\n", f"{supply}/AC/type": "Mains\n", f"{supply}/AC/online": online}
    )
    assert place.find(check_host)["host.battery"].status == status


def test_numa(place: Place) -> None:
    place.files({f"/sys/devices/system/node/node{number}/cpulist": "" for number in (0, 1)})
    assert place.find(check_host)["host.numa"].title == "memory in 2 nodes (NUMA)"


def test_clocks_that_nothing_holds_down(place: Place) -> None:
    assert place.find(check_clocks)["clocks.free"].title == "the system does not show clocks or their limits"
    place.files({f"{CPU}/cpu0/cpufreq/scaling_cur_freq": "4000000"})
    assert place.find(check_clocks)["clocks.free"].title == "nothing holds the clocks down"


@pytest.mark.parametrize(
    ("governor", "driver", "status"),
    [
        ("powersave", "acpi-cpufreq", "advice"),
        ("powersave", "intel_pstate", "ok"),
        ("powersave", "amd-pstate-epp", "ok"),
        ("schedutil", "acpi-cpufreq", "ok"),
    ],
)
def test_the_governor_means_different_things(place: Place, governor: str, driver: str, status: str) -> None:
    place.files(
        {f"{CPU}/cpu0/cpufreq/scaling_governor": governor, f"{CPU}/cpu0/cpufreq/scaling_driver": driver}
    )
    assert place.find(check_clocks)["clocks.governor"].status == status


@pytest.mark.parametrize(
    ("files", "id_"),
    [
        ({f"{CPU}/cpu3/thermal_throttle/core_throttle_count": "1204\n"}, "heat"),
        ({f"{CPU}/cpu0/cpufreq/energy_performance_preference": "power\n"}, "preference"),
        ({f"{CPU}/cpufreq/boost": "0\n"}, "boost"),
        ({f"{CPU}/intel_pstate/no_turbo": "1\n"}, "boost"),
        ({"/sys/firmware/acpi/platform_profile": "low-power\n"}, "profile"),
        (
            {
                "/sys/class/powercap/intel-rapl:0/name": "package-0\n",
                "/sys/class/powercap/intel-rapl:0/constraint_0_power_limit_uw": "45000000\n",
                "/sys/class/powercap/intel-rapl:0/constraint_0_max_power_uw": "95000000\n",
            },
            "power-limit",
        ),
    ],
)
def test_what_holds_the_clocks_down(place: Place, files: dict[str, str], id_: str) -> None:
    place.files(files)
    found = place.find(check_clocks)
    assert found.keys() == {f"clocks.{id_}"}
    assert found[f"clocks.{id_}"].status == "advice"
    quiet = {
        "1204": "0",
        "power": "balance_power",
        "0": "1",
        "1": "0",
        "low-power": "balanced",
        "45000000": "95000000",
    }
    place.files({name: quiet.get(text.strip(), text) for name, text in files.items()})
    assert place.find(check_clocks).keys() == {"clocks.free"}


def test_measured_energy_is_in_order_and_sensors_are_closed(place: Place) -> None:
    sensor = FakeSensor("measured")
    place.options["sensors"] = lambda: Sensors((sensor,), idle=missing("W", "none"))
    found = place.find(check_energy)
    assert {name: one.status for name, one in found.items()} == {"energy.measured": "ok"}
    assert sensor.closed


def test_a_closed_counter_names_what_opens_it(place: Place) -> None:
    remedy = "sudo chmod -R a+r /sys/class/powercap/intel-rapl*"
    absent = (Absent("rapl:package-0", "readable by root alone", remedy), Absent("amd", "no AMD card"))
    place.options["sensors"] = lambda: Sensors((FakeSensor("modelled"),), absent=absent)
    found = place.find(check_energy)
    assert found["energy.modelled"].mend == ("see rapl:package-0 below",)
    assert found["energy.rapl:package-0"].mend == (remedy,)
    assert found["energy.absent"].detail == "amd: no AMD card"
    assert found["energy.absent"].status == "ok"


@pytest.mark.parametrize(("level", "here"), [("2", True), ("0", False), ("-1", False)])
def test_perf_is_closed_by_its_level(place: Place, level: str, here: bool) -> None:
    place.files({"/proc/sys/kernel/perf_event_paranoid": f"{level}\n"})
    assert "energy.perf" not in place.find(check_energy)
    place.files({"/sys/bus/event_source/devices/power/type": "18\n"})
    assert ("energy.perf" in place.find(check_energy)) == here


def test_a_plug_of_the_settings_that_is_not_read_is_a_problem(place: Place) -> None:
    plug = Absent("plug:tasmota", "the plug does not answer", "check url in [plug]", closed=True)
    place.options["sensors"] = lambda: Sensors((FakeSensor("modelled"),), absent=(plug,))
    found = place.find(check_energy)["energy.plug:tasmota"]
    assert (found.status, found.mend) == ("problem", ("check url in [plug]",))


def test_energy_that_is_modelled_in_part_says_so(place: Place) -> None:
    sensors = Sensors((FakeSensor("measured"), FakeSensor("modelled")))
    place.options["sensors"] = lambda: sensors
    assert "in part" in place.find(check_energy)["energy.modelled"].title


def test_the_plug_is_that_of_the_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('[plug]\nkind = "tasmota"\nurl = "http://127.0.0.1:9"\n')
    monkeypatch.setenv("WATTLAB_CONFIG", str(tmp_path / "mine.toml"))
    assert "plug:tasmota" in {one.name for one in Surroundings().sensors().absent}
    (tmp_path / "mine.toml").write_text("[plug]\nkind = 5\n")
    assert Surroundings().sensors().active
