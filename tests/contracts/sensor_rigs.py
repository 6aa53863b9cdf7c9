"""Every energy sensor on a bench, for the contract suite: time and energy pass when the test says so."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from abc import ABC, abstractmethod
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import TYPE_CHECKING

from wattlab.meter.sensors.apple import AppleEnergy, apple_sensor
from wattlab.meter.sensors.batteries import Batteries
from wattlab.meter.sensors.battery import FACTS, battery_sensor
from wattlab.meter.sensors.battery_charge import charge_sensor
from wattlab.meter.sensors.hwmon import amd_socket_sensor
from wattlab.meter.sensors.hwmon_chip import Chip
from wattlab.meter.sensors.intel_gpu import intel_gpu_sensor
from wattlab.meter.sensors.jetson import discover_jetson
from wattlab.meter.sensors.model import ModelPower, ModelSensor
from wattlab.meter.sensors.perf import Event, Events, perf_sensor
from wattlab.meter.sensors.plug import plug_sensor
from wattlab.meter.sensors.polled import Polled, Sample
from wattlab.meter.sensors.rapl import Zone, rapl_sensor
from wattlab.settings import PlugSettings

if TYPE_CHECKING:
    from wattlab.meter.sensors.base import Sensor

RANGE_J = 700.0
_ROOT = Path(tempfile.mkdtemp(prefix="wattlab-rigs-"))
atexit.register(shutil.rmtree, _ROOT, ignore_errors=True)


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

    def leap(self, joules: float, seconds: float) -> None:
        """Let the hardware talk nonsense: what it counts leaps by more than anything can draw."""
        self.spend(joules, seconds)

    def fail(self, failure: OSError | None) -> None:
        """From now on, the hardware cannot be read; or it can again."""
        self.failure = failure


class Resettable(Rig):
    """Hardware that can start again behind the sensor's back."""

    @abstractmethod
    def reset(self) -> None: ...


class CounterRig(Resettable):
    """Hardware with a counter of its own, which can be reset."""

    counted_J = 123.456789

    def spend(self, joules: float, seconds: float) -> None:
        self.time_s += seconds
        self.counted_J += joules

    def reset(self) -> None:
        self.counted_J = 1.0

    def raw(self, unit_J: float, end_J: float = float("inf")) -> int:
        if self.failure:
            raise self.failure
        return round(self.counted_J % end_J / unit_J)


class RaplRig(CounterRig):
    def __init__(self) -> None:
        super().__init__()
        zone = Zone(Path("nowhere"), "package-0", RANGE_J)
        self.sensor = rapl_sensor(zone, lambda _: self.raw(1e-6, RANGE_J), wall_s=self.wall_s)


class PerfRig(CounterRig):
    """One count is 2^-32 J, as on every Intel processor."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[int] = []
        events = Events(self._start, lambda _: self.raw(2**-32), self.open.remove)
        self.sensor = perf_sensor(Event("package-0", 20, 2, 0, 2**-32), events, self.wall_s)

    def _start(self, kind: int, config: int, cpu: int) -> int:
        self.open.append(7)
        return 7


class AmdSocketRig(CounterRig):
    def __init__(self) -> None:
        super().__init__()
        self.sensor = amd_socket_sensor(Path("nowhere"), "0", lambda _: self.raw(1e-6), self.wall_s)


class IntelGpuRig(CounterRig):
    def __init__(self) -> None:
        super().__init__()
        self.sensor = intel_gpu_sensor(Chip(Path("nowhere"), "xe"), lambda _: self.raw(1e-6), self.wall_s)


class AppleRig(CounterRig):
    """The library tells whole millijoules since its monitor was made."""

    def __init__(self) -> None:
        super().__init__()
        self.sensor = apple_sensor("package-0", AppleEnergy(self, self.wall_s), self.wall_s)

    def get_cumulative_energy(self) -> SimpleNamespace:
        try:
            cpu = self.raw(1e-3)
        except OSError as error:
            raise RuntimeError(str(error)) from error
        return SimpleNamespace(cpu_total_mj=cpu, gpu_mj=0, gpu_sram_mj=None, ane_mj=0, dram_mj=None)

    def fail(self, failure: OSError | None) -> None:
        super().fail(failure)
        self.time_s += 0.1


class JetsonRig(Rig):
    def __init__(self) -> None:
        super().__init__()
        self.power_W = 10.0
        with TemporaryDirectory() as folder:
            chip = Path(folder) / "hwmon0"
            chip.mkdir()
            (chip / "name").write_text("ina238\n")
            (chip / "in1_label").write_text("VIN\n")
            (chip / "power1_input").touch()
            (self.sensor,), _ = discover_jetson(Path(folder), self._read, self.wall_s)

    def _read(self, path: Path) -> int:
        if self.failure:
            raise self.failure
        return round(self.power_W * 1e6)

    def spend(self, joules: float, seconds: float) -> None:
        self.power_W = joules / seconds
        self.sensor.read()
        self.time_s += seconds


class PolledRig(Rig):
    """A device that is asked now, whenever the test says so, instead of once in a while."""

    sensor: Polled

    def __init__(self, sensor: Polled) -> None:
        super().__init__()
        self.sensor = sensor
        self.sensor._wall_s, self.sensor._poll = self.wall_s, self._poll
        self.power_W, self.spent_J = 10.0, 0.0
        self.sensor.tick()

    def _poll(self) -> Sample:
        if self.failure:
            raise self.failure
        return Sample(self.power_W, self.total_J())

    def total_J(self) -> float | None:
        return None

    def spend(self, joules: float, seconds: float) -> None:
        self.power_W = joules / seconds
        self.sensor.tick()
        self.time_s += seconds
        self.spent_J += joules
        self.sensor.tick()

    def fail(self, failure: OSError | None) -> None:
        super().fail(failure)
        self.time_s += 60.0
        self.sensor.tick()


class BatteryRig(PolledRig):
    def __init__(self) -> None:
        super().__init__(battery_sensor(Batteries(Path("nowhere"))))


class ChargeRig(CounterRig):
    """A battery that tells no power. It is made for a millivolt, so that one step of its gauge is 3.6 µJ."""

    counted_J = 0.0

    def __init__(self) -> None:
        super().__init__()
        battery = Path(tempfile.mkdtemp(dir=_ROOT)) / "BAT0"
        battery.mkdir()
        (battery / "type").write_text("Battery")
        (battery / "status").write_text("Discharging")
        (battery / "voltage_min_design").write_text("1000")
        self.gauge = battery / "charge_now"
        self._tell()
        self.sensor = charge_sensor(FACTS, Batteries(battery.parent), self.wall_s, lambda: 0.0)

    def _tell(self) -> None:
        self.gauge.write_text(str(round((360e3 - self.counted_J) / 3.6e-6)))

    def spend(self, joules: float, seconds: float) -> None:
        super().spend(joules, seconds)
        self._tell()

    def reset(self) -> None:
        self.counted_J -= 10e3
        self._tell()

    def fail(self, failure: OSError | None) -> None:
        super().fail(failure)
        self.gauge.write_text(str(failure or ""))


class PlugRig(PolledRig, Resettable):
    """A Shelly of the second generation, whose total is told in thousandths of a watt-hour."""

    def __init__(self) -> None:
        self.before_J = 0.0
        super().__init__(plug_sensor(PlugSettings(kind="shelly2", url="http://127.0.0.1:9")))

    def total_J(self) -> float:
        return (7.2e6 + self.spent_J - self.before_J) // 3.6 * 3.6

    def leap(self, joules: float, seconds: float) -> None:
        """Leap in its total alone: its power stays believable."""
        self.before_J -= joules
        self.spend(100.0 * seconds, seconds)

    def reset(self) -> None:
        self.before_J = 7.2e6 + self.spent_J


class ModelRig(Resettable):
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

    def reset(self) -> None:
        self.used_s = 0.0


RIGS: list[type[Rig]] = [
    RaplRig,
    PerfRig,
    AmdSocketRig,
    IntelGpuRig,
    AppleRig,
    JetsonRig,
    BatteryRig,
    ChargeRig,
    PlugRig,
    ModelRig,
]
RESET: list[type[Resettable]] = [rig for rig in RIGS if issubclass(rig, Resettable)]
