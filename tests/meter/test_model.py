from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from wattlab.meter.sensors import tdp
from wattlab.meter.sensors.model import IDLE_SHARE, SPREAD, SPREAD_UNKNOWN, ModelSensor, model_power
from wattlab.meter.sensors.tdp import thermal_power
from wattlab.settings import MachineSettings

if TYPE_CHECKING:
    from wattlab.machine import Machine


@pytest.mark.parametrize(
    ("model", "watts", "threads"),
    [
        ("12th Gen Intel(R) Core(TM) i7-12700K", 125, 20),
        ("Intel(R) Core(TM) i5-8250U CPU @ 1.60GHz", 15, 8),
        ("11th Gen Intel(R) Core(TM) i7-1165G7 @ 2.80GHz", 28, 8),
        ("Intel(R) Core(TM) Ultra 7 155H", 28, 22),
        ("AMD Ryzen 9 7950X 16-Core Processor", 170, 32),
        ("AMD Ryzen 9 7950X3D 16-Core Processor", 120, 32),
        ("AMD Ryzen 7 5800X3D 8-Core Processor", 105, 16),
        ("AMD Ryzen Threadripper PRO 5975WX 32-Cores", 280, 64),
        ("AMD EPYC 7742 64-Core Processor", 225, 128),
        ("Intel(R) Xeon(R) Platinum 8480+", 350, 112),
        ("Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz", 120, 28),
    ],
)
def test_knows_common_processors(model: str, watts: float, threads: int) -> None:
    found = thermal_power(model, threads=2)
    assert (found.tdp_W, found.threads, found.known) == (watts, threads, True)


@pytest.mark.parametrize(
    ("model", "per_thread"),
    [
        ("Intel(R) Xeon(R) Processor @ 2.80GHz", 3.5),
        ("Intel(R) Core(TM) i7-9999U CPU", 2.5),
        ("AMD Ryzen 7 7735HS with Radeon Graphics", 2.5),
        ("Raspberry Pi 4 Model B", 1.5),
        ("ACME desktop", 6.0),
    ],
)
def test_guesses_per_thread_what_it_does_not_know(model: str, per_thread: float) -> None:
    assert thermal_power(model, threads=4) == tdp.ThermalPower(4 * per_thread, 4, known=False)


def test_every_row_of_the_table_is_sane() -> None:
    rows = tdp._rows()
    assert len(rows) > 80
    for pattern, watts, threads in rows:
        re.compile(pattern)
        assert 5 <= watts <= 500
        assert 4 <= threads <= 384
        assert 0.8 <= watts / threads <= 25


def test_a_whole_machine_has_the_whole_tdp(machine: Machine) -> None:
    power = model_power(machine)
    assert (power.tdp_W, power.cores, power.spread) == (105.0, 32, SPREAD)
    assert power.idle_W == pytest.approx(IDLE_SHARE * 105.0)
    # An affinity mask does not make the rest of the chip somebody else's.
    assert model_power(replace(machine, usable_cores=4)).tdp_W == 105.0
    assert model_power(replace(machine, packages=2, logical_cores=64)).tdp_W == pytest.approx(210.0)


def test_a_virtual_machine_has_its_share(machine: Machine) -> None:
    part = replace(machine, hypervisor="KVM", logical_cores=4, physical_cores=4, usable_cores=4, packages=4)
    power = model_power(part)
    assert power.tdp_W == pytest.approx(105.0 / 8)
    assert power.cores == 4


def test_a_container_has_the_share_it_may_use(machine: Machine) -> None:
    # Half of this chip's hardware threads are switched off: the TDP is that of the other half.
    power = model_power(replace(machine, container="docker", logical_cores=16, usable_cores=8))
    assert power.tdp_W == pytest.approx(105.0 / 2)
    assert power.cores == 8


def test_the_settings_stand_before_the_table(machine: Machine) -> None:
    power = model_power(machine, MachineSettings(tdp_W=88.0, idle_W=11.0))
    assert (power.tdp_W, power.idle_W) == (88.0, 11.0)
    assert "settings" in power.note
    assert model_power(machine, MachineSettings(tdp_W=50.0)).idle_W == pytest.approx(IDLE_SHARE * 50.0)
    assert model_power(machine, MachineSettings(idle_W=900.0)).idle_W == 105.0


def test_an_unknown_processor_has_the_wider_interval(machine: Machine) -> None:
    unknown = model_power(replace(machine, cpu_model="ACME 1"))
    assert unknown.spread == SPREAD_UNKNOWN
    assert unknown.note.endswith("its rated power is not in the table: watts per thread")


def test_idle_power_is_modelled_with_an_interval(machine: Machine) -> None:
    idle = model_power(machine).idle()
    assert (idle.unit, idle.provenance) == ("W", "modelled")
    assert idle.interval is not None
    assert idle.interval[0] < IDLE_SHARE * 105.0 < idle.interval[1]
    assert "idle baseline modelled" in idle.note


@pytest.mark.parametrize(("utilisation", "watts"), [(0.0, 21.0), (0.5, 63.0), (1.0, 105.0)])
def test_power_goes_from_idle_to_tdp_with_utilisation(
    machine: Machine, utilisation: float, watts: float
) -> None:
    now = {"wall": 0.0, "cpu": 0.0}
    sensor = ModelSensor(model_power(machine), cpu_s=lambda: now["cpu"], wall_s=lambda: now["wall"])
    now.update(wall=10.0, cpu=10.0 * 32 * utilisation)
    assert sensor.read().energy_J == pytest.approx(10.0 * watts)
