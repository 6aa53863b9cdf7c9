"""Every energy sensor on a bench, for the contract suite: time and energy pass when the test says so."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

from wattlab.meter.sensors.model import ModelPower, ModelSensor
from wattlab.meter.sensors.rapl import Zone, rapl_sensor

if TYPE_CHECKING:
    from wattlab.meter.sensors.base import Sensor

RANGE_J = 500.0


class Rig(ABC):
    """A sensor on a bench: time and energy pass when the test says so."""

    sensor: Sensor

    def __init__(self) -> None:
        self.time_s = 1000.0
        self.failure: OSError | None = None

    def wall_s(self) -> float:
        return self.time_s

    @abstractmethod
    def spend(self, joules: float, seconds: float) -> None: ...


class RaplRig(Rig):
    def __init__(self) -> None:
        super().__init__()
        self.counter_uj = 123_456_789
        zone = Zone(Path("nowhere"), "package-0", RANGE_J)
        self.sensor = rapl_sensor(zone, read_uj=self._read, wall_s=self.wall_s)

    def _read(self, path: Path) -> int:
        if self.failure:
            raise self.failure
        return self.counter_uj

    def spend(self, joules: float, seconds: float) -> None:
        self.time_s += seconds
        self.counter_uj = (self.counter_uj + round(joules * 1e6)) % round(RANGE_J * 1e6)


class ModelRig(Rig):
    def __init__(self) -> None:
        super().__init__()
        self.used_s = 5.0
        power = ModelPower(110.0, 10.0, 1, (0.5, 0.6), (0.7, 1.5), "a bench")
        self.sensor = ModelSensor(power, cpu_s=self._cpu_s, wall_s=self.wall_s)

    def _cpu_s(self) -> float:
        if self.failure:
            raise self.failure
        return self.used_s

    def spend(self, joules: float, seconds: float) -> None:
        self.time_s += seconds
        self.used_s += (joules - 10.0 * seconds) / 100.0


RIGS: list[type[Rig]] = [RaplRig, ModelRig]
