"""A machine that does as it is told: sensors, cores, memory, cards and clocks for the tests of the monitor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from wattlab.machine.gpu_state import Gpu, GpuState
from wattlab.meter.sensors.base import Facts, Reading, Sensor, SensorLost
from wattlab.meter.sensors.discover import Sensors
from wattlab.monitor.gauges import Gauges
from wattlab.monitor.processor import CoreTimes, MemoryGauge, ProcessorGauge
from wattlab.monitor.sample import MemorySample

if TYPE_CHECKING:
    from collections.abc import Callable

GIB = 2.0**30


@dataclass
class Clock:
    """A clock that goes when it is waited for."""

    now_s: float = 100.0

    def __call__(self) -> float:
        return self.now_s

    def wait(self, seconds: float) -> bool:
        self.now_s += seconds
        return False


class Steady(Sensor):
    """A counter of a constant power that steps every so often, until it is lost."""

    def __init__(self, facts: Facts, clock: Clock, power_W: float) -> None:
        self.facts, self._clock, self.power_W = facts, clock, power_W
        self._began_s, self.lost, self.closed = clock(), "", False

    def read(self) -> Reading:
        if self.lost:
            raise SensorLost(self.lost)
        steps = int((self._clock() - self._began_s) / self.facts.resolution_s + 1e-9)
        return Reading(self._clock(), steps * self.facts.resolution_s * self.power_W)

    def close(self) -> None:
        self.closed = True


@dataclass
class Machine:
    """The whole of it.

    Half of the first core is busy, and all of the second.
    """

    clock: Clock = field(default_factory=Clock)
    cards: tuple[GpuState, ...] = ()

    def __post_init__(self) -> None:
        self.package = self.sensor("rapl:package-0", "package-0", 40.0)
        self.core = self.sensor("rapl:core-0", "core-0", 30.0)

    def sensor(self, name: str, domain: str, power_W: float, resolution_s: float = 0.001) -> Steady:
        return Steady(Facts(name, domain, "measured", resolution_s, 300.0), self.clock, power_W)

    def times(self) -> list[CoreTimes]:
        now_s = self.clock()
        return [CoreTimes(now_s / 2, now_s), CoreTimes(now_s, now_s)]

    def gauges(self, *more: Steady) -> Gauges:
        processor = ProcessorGauge(self.times, lambda: (2.0e9, 3.0e9), lambda: 61.0)
        return Gauges(
            Sensors((self.package, *more), (self.core,)),
            lambda: self.cards,
            processor=processor,
            memory=Memory(),
            wall_s=self.clock,
            unix_s=lambda: 1.8e9 + self.clock(),
        )


class Memory(MemoryGauge):
    """Half of 16 GiB."""

    def read(self) -> MemorySample:
        return MemorySample(16 * GIB, 8 * GIB, 7 * GIB, 4 * GIB, GIB)


@pytest.fixture
def machine() -> Machine:
    """Return a machine with a package, its cores, and a clock."""
    return Machine()


@pytest.fixture
def a_card() -> Callable[..., GpuState]:
    """Return a function that makes a card's state."""

    def make(index: int = 0) -> GpuState:
        return GpuState(
            gpu=Gpu("nvidia", index, f"GPU-{index}", "NVIDIA H100"),
            power_W=350.0,
            utilisation=0.97,
            memory_used_B=int(20 * GIB),
            memory_total_B=int(80 * GIB),
            temperature_C=71.0,
            core_clock_MHz=1755.0,
            throttle=("power limit",),
        )

    return make
