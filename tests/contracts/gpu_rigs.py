"""Graphics cards on a bench: NVIDIA's counter and power, AMD's counter with its witness and AMD's power.

Their drivers tell fractions of the units that real ones do, so that sums are exact.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path

from tests.contracts.sensor_rigs import Rig
from tests.fake_gpus import FakeCard, FakeNvml, amd_card

from wattlab.meter.sensors.amd import discover_amd
from wattlab.meter.sensors.nvml import discover_nvml

__all__ = ["GPU_RIGS"]

_ROOT = Path(tempfile.mkdtemp(prefix="wattlab-rigs-"))
atexit.register(shutil.rmtree, _ROOT, ignore_errors=True)
amd_card(_ROOT)


class NvmlCounterRig(Rig):
    def __init__(self) -> None:
        super().__init__()
        self.joules = 1234.567
        self.card = FakeCard()
        (self.sensor,), _ = discover_nvml(_Failing(self, self.card), {}, self.wall_s)

    def spend(self, joules: float, seconds: float) -> None:
        self.time_s += seconds
        self.joules += joules
        self.card.energy_mJ = self.joules * 1e3


class NvmlPowerRig(Rig):
    def __init__(self) -> None:
        super().__init__()
        self.card = FakeCard(energy_mJ=None)
        (self.sensor,), _ = discover_nvml(_Failing(self, self.card), {}, self.wall_s)

    def spend(self, joules: float, seconds: float) -> None:
        self.card.power_mW = joules / seconds * 1e3
        self.sensor.read()
        self.time_s += seconds


class _Failing(FakeNvml):
    """A driver that fails when its bench does."""

    def __init__(self, rig: Rig, card: FakeCard) -> None:
        super().__init__(card)
        self.rig = rig

    def _of(self, card: FakeCard, value: object) -> object:
        if self.rig.failure:
            raise self.rig.failure
        return super()._of(card, value)


class AmdPowerRig(Rig):
    counts = False

    def __init__(self) -> None:
        super().__init__()
        self.joules, self.watts = 500.0, 50.0
        (self.sensor,), _ = discover_amd(_ROOT, {}, wall_s=self.wall_s, read=self._read)

    def _read(self, file: Path) -> int:
        if self.failure:
            raise self.failure
        if file.name == "energy1_input" and self.counts:
            return round(self.joules * 1e6)
        values = {"power1_average": self.watts, "power1_cap": 300.0}
        if file.name not in values:
            raise FileNotFoundError(file)
        return round(values[file.name] * 1e6)

    def spend(self, joules: float, seconds: float) -> None:
        self.watts = joules / seconds
        self.sensor.read()
        self.time_s += seconds
        self.joules += joules


class AmdCounterRig(AmdPowerRig):
    counts = True


GPU_RIGS: list[type[Rig]] = [NvmlCounterRig, NvmlPowerRig, AmdCounterRig, AmdPowerRig]
