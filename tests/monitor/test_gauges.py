from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psutil
import pytest

from wattlab.meter.load import machine_s
from wattlab.meter.sensors.discover import Sensors
from wattlab.meter.sensors.model import ModelPower, ModelSensor
from wattlab.monitor.gauges import find_gauges, of_the_whole_machine
from wattlab.monitor.processor import CoreTimes, MemoryGauge, ProcessorGauge, clocks_Hz, core_times, hottest_C
from wattlab.settings import MachineSettings, Settings

from .conftest import GIB

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.machine.gpu_state import GpuState

    from .conftest import Machine


def test_a_sample_holds_everything(machine: Machine, a_card: Callable[..., GpuState]) -> None:
    machine.cards = (a_card(),)
    gauges = machine.gauges()
    gauges.read()
    machine.clock.wait(0.25)
    values = gauges.read().values()
    expected = {
        "elapsed_s": 0.25,
        "unix_s": 1.8e9 + 100.25,
        "total.power_W": 40.0,
        "total.provenance": "measured",
        "rapl:package-0.power_W": 40.0,
        "rapl:package-0.energy_J": 10.0,
        "rapl:core-0.power_W": 30.0,
        "rapl:core-0.energy_J": 7.5,
        "cpu.load": 0.75,
        "cpu.temperature_C": 61.0,
        "core-0.load": 0.5,
        "core-1.load": 1.0,
        "core-0.clock_Hz": 2e9,
        "core-1.clock_Hz": 3e9,
        "memory.used_B": 8 * GIB,
        "memory.available_B": 7 * GIB,
        "swap.used_B": GIB,
        "gpu-nvidia-0.load": 0.97,
        "gpu-nvidia-0.power_W": 350.0,
        "gpu-nvidia-0.temperature_C": 71.0,
        "gpu-nvidia-0.memory_used_B": 20 * GIB,
        "gpu-nvidia-0.core_clock_Hz": 1.755e9,
        "gpu-nvidia-0.memory_clock_Hz": None,
        "gpu-nvidia-0.throttle": "power limit",
    }
    assert values == pytest.approx(expected)


def test_the_first_sample_has_all_names_and_no_made_up_load(machine: Machine) -> None:
    gauges = machine.gauges()
    first = gauges.read().values()
    assert (first["cpu.load"], first["core-0.load"], first["total.power_W"]) == (None, None, None)
    machine.clock.wait(1.0)
    assert list(gauges.read().values()) == list(first)


def test_a_sensor_that_vanishes_says_so_and_the_rest_goes_on(machine: Machine) -> None:
    other = machine.sensor("nvml:gpu-0", "gpu-0", 100.0)
    gauges = machine.gauges(other)
    gauges.read()
    machine.clock.wait(0.5)
    assert gauges.read().power.value == pytest.approx(140.0)
    other.lost = "nvml:gpu-0 fell off the bus"
    machine.clock.wait(0.5)
    sample = gauges.read()
    package, card, core = sample.domains
    assert card.power.note == "lost: nvml:gpu-0 fell off the bus"
    assert card.energy_J is None
    assert (package.power.value, core.power.value) == pytest.approx((40.0, 30.0))
    # A sum without one of its parts is no sum.
    assert (sample.power.value, sample.power.note) == (None, card.power.note)


def test_cards_are_asked_twice_a_second_at_most_and_less_if_that_takes_long(machine: Machine) -> None:
    asked: list[float] = []
    gauges = machine.gauges()

    def states() -> tuple[GpuState, ...]:
        asked.append(machine.clock())
        machine.clock.now_s += 0.01 if len(asked) > 2 else 0.0
        return ()

    gauges._gpus = states
    for _ in range(16):
        gauges.read()
        machine.clock.wait(0.25)
    assert asked == pytest.approx([100.0, 100.5, 101.0, 102.01, 103.02])


def test_closing_lets_go_of_every_sensor_and_card(machine: Machine) -> None:
    released: list[int] = []
    with machine.gauges() as gauges:
        gauges._release = lambda: released.append(1)
    assert machine.package.closed
    assert machine.core.closed
    assert released == [1]


def test_cores_that_come_and_go_are_no_fault() -> None:
    counts = [[(1.0, 2.0)], [(1.5, 3.0), (9.0, 9.0)], [(2.0, 4.0), (9.5, 10.0)], [(2.5, 5.0)]]
    shown = iter([[CoreTimes(*core) for core in moment] for moment in counts])
    gauge = ProcessorGauge(lambda: next(shown), tuple, lambda: None)
    loads = [gauge.read(float(second)).core_loads for second in range(4)]
    assert loads == [(None,), (0.5, None), (0.5, 0.5), (0.5,)]


def test_slow_gauges_are_read_once_a_second() -> None:
    clocks = iter([(1e9,), (2e9,), (3e9,)])
    gauge = ProcessorGauge(list, lambda: next(clocks), lambda: None)
    shown = [gauge.read(0.25 * tick).core_clocks_Hz[0] for tick in range(9)]
    assert shown == [1e9] * 4 + [2e9] * 4 + [3e9]


def test_no_clocks_and_no_temperatures_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(**_: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(psutil, "cpu_freq", nothing)
    assert clocks_Hz() == ()
    monkeypatch.setattr(psutil, "sensors_temperatures", dict, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert hottest_C() is None


def test_the_processors_own_sensor_is_preferred_and_its_hottest_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # As psutil documents sensors_temperatures(): lists of (label, current, high, critical) by the driver's name.
    class Temperature:
        def __init__(self, current: float) -> None:
            self.current = current

    found = {
        "acpitz": [Temperature(90.0)],
        "nvme": [Temperature(95.0)],
        "k10temp": [Temperature(55.0), Temperature(58.0)],
    }
    monkeypatch.setattr(psutil, "sensors_temperatures", lambda: found, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert hottest_C() == 58.0


def test_this_machines_figures_are_sound() -> None:
    times = core_times()
    assert len(times) == (os.cpu_count() or 1)
    assert all(0 <= core.busy_s <= core.all_s for core in times)
    memory = MemoryGauge().read()
    assert 0 < memory.available_B <= memory.total_B


def test_the_model_counts_what_all_programs_do() -> None:
    from wattlab.machine import describe_machine

    own = ModelSensor(ModelPower(100.0, 10.0, 2, (0.5, 0.5), (0.5, 0.5), ""), lambda: 0.0)
    settings = Settings(machine=MachineSettings(tdp_W=1e6, idle_W=0.0))
    (whole,) = of_the_whole_machine(Sensors((own,)), describe_machine(), settings).active
    busy_s = machine_s()[0]
    while machine_s()[0] - busy_s < 0.02:  # this loop is some program's work
        pass
    assert own.read().energy_J < 10.0 * 60
    assert whole.read().energy_J > 1e6 * 0.01 / (os.cpu_count() or 1)


def test_this_machine_can_be_watched() -> None:
    with find_gauges(Settings()) as gauges:
        values = gauges.read().values()
    assert {"total.power_W", "cpu.load", "core-0.load", "memory.used_B"} <= values.keys()
