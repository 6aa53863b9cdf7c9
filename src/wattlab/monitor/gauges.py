"""All gauges of a machine, read together into one frozen sample."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Self

from wattlab.meter import clock
from wattlab.meter.counters import Counters
from wattlab.meter.load import machine_s
from wattlab.meter.quantity import total
from wattlab.meter.sensors.base import Reading, no_sensor
from wattlab.meter.sensors.model import ModelSensor, model_power
from wattlab.monitor.power import PowerWindow
from wattlab.monitor.processor import MemoryGauge, ProcessorGauge
from wattlab.monitor.sample import DomainSample, Sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.machine import Machine
    from wattlab.machine.gpu_state import GpuState
    from wattlab.meter.quantity import Quantity
    from wattlab.meter.sensors.base import Sensor
    from wattlab.meter.sensors.discover import Sensors
    from wattlab.settings import Settings

__all__ = ["Gauges", "find_gauges", "of_the_whole_machine"]

# The drivers work out a card's load over times like this; asking more often costs without telling more.
_GPU_S: Final = 0.5
# Asking many cards takes milliseconds: at most this share of the time is spent on it.
_GPU_SHARE: Final = 0.01


class Gauges:
    """Everything that can be read of a machine without waiting.

    Parameters
    ----------
    sensors : Sensors
        What counts energy; closed when the gauges are.
    gpus : callable, optional
        Returns the state of each card; asked at most twice a second.
    release : callable, optional
        Lets go of what `gpus` asks.
    processor : ProcessorGauge, optional
        Load, clocks and temperature.
    memory : MemoryGauge, optional
        Main memory.
    wall_s, unix_s : callable, optional
        The clocks. Unit: s.
    """

    def __init__(
        self,
        sensors: Sensors,
        gpus: Callable[[], tuple[GpuState, ...]] = tuple,
        release: Callable[[], None] = lambda: None,
        processor: ProcessorGauge | None = None,
        memory: MemoryGauge | None = None,
        *,
        wall_s: Callable[[], float] = clock.wall_s,
        unix_s: Callable[[], float] = time.time,
    ) -> None:
        self.sensors = sensors
        self.counters = Counters(sensors.active, sensors.absent, sensors.parts)
        self._windows = [PowerWindow(facts) for facts in self.counters.facts]
        self._gpus, self._release = gpus, release
        self._processor, self._memory = processor or ProcessorGauge(), memory or MemoryGauge()
        self._wall_s, self._unix_s = wall_s, unix_s
        self._began_s = wall_s()
        self._cards: tuple[GpuState, ...] = ()
        self._next_cards_s = self._began_s

    def restart(self) -> None:
        """Begin anew: the next sample is the first, so what was read in setting up is no interval."""
        self._began_s = self._wall_s()
        self._processor.restart()
        for window in self._windows:
            window.restart()

    def read(self) -> Sample:
        """Read all gauges once."""
        now_s = self._wall_s()
        readings = self.counters.read()
        domains = tuple(
            DomainSample(
                name=facts.name,
                domain=facts.domain,
                added=index < self.counters.added,
                power=self._windows[index].add(reading),
                energy_J=reading.energy_J if isinstance(reading, Reading) else None,
            )
            for index, (facts, reading) in enumerate(zip(self.counters.facts, readings, strict=True))
        )
        return Sample(
            elapsed_s=now_s - self._began_s,
            unix_s=self._unix_s(),
            domains=domains,
            power=self._total(domains),
            processor=self._processor.read(now_s),
            memory=self._memory.read(),
            gpus=self._states(now_s),
        )

    def _total(self, domains: tuple[DomainSample, ...]) -> Quantity:
        added = [domain.power for domain in domains if domain.added]
        return total(added, "W") if added else no_sensor(self.sensors.absent).times(1.0, "W")

    def _states(self, now_s: float) -> tuple[GpuState, ...]:
        if now_s >= self._next_cards_s:
            self._cards = self._gpus()
            took_s = self._wall_s() - now_s
            self._next_cards_s = now_s + max(_GPU_S, took_s / _GPU_SHARE)
        return self._cards

    def close(self) -> None:
        """Let go of every sensor and card."""
        self.counters.close()
        self._release()

    def __enter__(self) -> Self:
        """Return the gauges."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close them."""
        self.close()


def find_gauges(settings: Settings | None = None) -> Gauges:
    """Return the gauges of this machine.

    Parameters
    ----------
    settings : Settings, optional
        The user's figures; by default those of the settings file.
    """
    from wattlab.machine import describe_machine
    from wattlab.machine.gpus import Gpus
    from wattlab.meter.sensors.discover import discover
    from wattlab.settings import load_settings

    settings, machine = settings or load_settings(), describe_machine()
    sensors = discover(settings=settings, machine=machine)
    gpus = Gpus()
    return Gauges(of_the_whole_machine(sensors, machine, settings), gpus.states, gpus.close)


def of_the_whole_machine(sensors: Sensors, machine: Machine, settings: Settings) -> Sensors:
    """Let the model, where it stands in for a sensor, count what all programs do, and not this one's work alone."""
    power = model_power(machine, settings.machine)

    def whole(sensor: Sensor) -> Sensor:
        return ModelSensor(power, lambda: machine_s()[0]) if sensor.facts.source == "model" else sensor

    return replace(sensors, active=tuple(map(whole, sensors.active)))
