"""A meter in a made-up world: time and energy pass when the test says so, and so every figure is exact."""

from __future__ import annotations

from dataclasses import dataclass, field

from wattlab.meter import Meter, modelled
from wattlab.meter.sensors import Facts, Reading, Sensor, Sensors

WATTS = 60.0


@dataclass
class World:
    """Time and energy that pass by work alone, and the waits for a device."""

    time_s: float = 50.0
    energy_J: float = 0.0
    waits: list[float] = field(default_factory=list)

    def wall_s(self) -> float:
        return self.time_s

    def cpu_s(self) -> float:
        return self.time_s / 2

    def work(self, seconds: float) -> None:
        self.time_s += seconds
        self.energy_J += seconds * WATTS

    def synchronize(self) -> None:
        self.waits.append(self.time_s)

    def meter(self) -> Meter:
        """Return a meter of this world that reads nothing in the background."""
        idle = modelled(10.0, "W", "model:idle", (5.0, 20.0))
        return Meter(
            Sensors((Counter(self),), idle=idle),
            sample_s=3600.0,
            wall_s=self.wall_s,
            cpu_s=self.cpu_s,
            peak_B=lambda: 1000,
            sleep=self.work,
        )


class Counter(Sensor):
    """Counts the world's energy."""

    def __init__(self, world: World) -> None:
        self.facts = Facts("rapl:package-0", "package-0", "measured", resolution_s=0.001, max_power_W=500.0)
        self.world = world

    def read(self) -> Reading:
        return Reading(self.world.time_s, self.world.energy_J)
