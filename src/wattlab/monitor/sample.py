"""Everything that was read of a machine at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.machine.gpu_state import GpuState
    from wattlab.meter.quantity import Quantity

__all__ = ["DomainSample", "MemorySample", "ProcessorSample", "Sample", "gpu_name"]

Value = float | str | None


@dataclass(frozen=True, slots=True)
class DomainSample:
    """What one energy sensor says.

    Attributes
    ----------
    name, domain : str
        The sensor, such as "rapl:package-0", and the part of the machine that it counts.
    added : bool
        Whether it is one of those that make the total; else it is detail of one of them.
    power : Quantity
        Now; missing, with the reason, if the sensor is lost. Unit: W.
    energy_J : float or None
        Counted since the watch began; None once lost. Unit: J.
    """

    name: str
    domain: str
    added: bool
    power: Quantity
    energy_J: float | None


@dataclass(frozen=True, slots=True)
class ProcessorSample:
    """How busy, fast and hot the processor is.

    Attributes
    ----------
    load : float or None
        Share of all cores that were busy since the sample before, from 0 to 1; None in the first sample.
    core_loads : tuple of float or None
        The same by core.
    core_clocks_Hz : tuple of float
        Clock by core; empty where the system does not tell. Unit: Hz.
    temperature_C : float or None
        The hottest of the processor's sensors; None where the system has none. Unit: °C.
    """

    load: float | None
    core_loads: tuple[float | None, ...] = ()
    core_clocks_Hz: tuple[float, ...] = ()
    temperature_C: float | None = None


@dataclass(frozen=True, slots=True)
class MemorySample:
    """Main memory. Unit: B.

    Attributes
    ----------
    total_B, used_B, available_B : float
        All of it; what programs hold; what they could still get without swapping.
    swap_total_B, swap_used_B : float
        Memory on disk.
    """

    total_B: float
    used_B: float
    available_B: float
    swap_total_B: float = 0.0
    swap_used_B: float = 0.0


@dataclass(frozen=True, slots=True)
class Sample:
    """A machine at one moment.

    Attributes
    ----------
    elapsed_s : float
        Since the watch began. Unit: s.
    unix_s : float
        The moment, in seconds since 1970. Unit: s.
    domains : tuple of DomainSample
        One for each energy sensor.
    power : Quantity
        All that may be added up. Unit: W.
    processor, memory
        The other gauges.
    gpus : tuple of GpuState
        One for each card.
    """

    elapsed_s: float
    unix_s: float
    domains: tuple[DomainSample, ...]
    power: Quantity
    processor: ProcessorSample
    memory: MemorySample
    gpus: tuple[GpuState, ...] = ()

    def values(self) -> dict[str, Value]:
        """Return all figures by names such as "total.power_W", "core-0.load" and "gpu-nvidia-0.temperature_C".

        What cannot be known is None; ``total.provenance`` says whether the power is measured or modelled.
        """
        return {
            "unix_s": self.unix_s,
            "elapsed_s": self.elapsed_s,
            "total.power_W": self.power.value,
            "total.provenance": self.power.provenance,
            **dict(self._domain_values()),
            **dict(self._processor_values()),
            "memory.used_B": self.memory.used_B,
            "memory.available_B": self.memory.available_B,
            "swap.used_B": self.memory.swap_used_B,
            **{name: value for gpu in self.gpus for name, value in _gpu_values(gpu)},
        }

    def _domain_values(self) -> Iterator[tuple[str, Value]]:
        for domain in self.domains:
            yield f"{domain.name}.power_W", domain.power.value
            yield f"{domain.name}.energy_J", domain.energy_J

    def _processor_values(self) -> Iterator[tuple[str, Value]]:
        yield "cpu.load", self.processor.load
        yield "cpu.temperature_C", self.processor.temperature_C
        for core, load in enumerate(self.processor.core_loads):
            yield f"core-{core}.load", load
        for core, clock_Hz in enumerate(self.processor.core_clocks_Hz):
            yield f"core-{core}.clock_Hz", clock_Hz


def gpu_name(state: GpuState) -> str:
    """Return what a card is called in tables and columns, such as "gpu-nvidia-0"."""
    return f"gpu-{state.gpu.vendor}-{state.gpu.index}"


def _gpu_values(state: GpuState) -> Iterator[tuple[str, Value]]:
    name = gpu_name(state)
    clocks_MHz = {"core_clock_Hz": state.core_clock_MHz, "memory_clock_Hz": state.memory_clock_MHz}
    yield f"{name}.load", state.utilisation
    yield f"{name}.power_W", state.power_W
    yield f"{name}.temperature_C", state.temperature_C
    yield f"{name}.memory_used_B", None if state.memory_used_B is None else float(state.memory_used_B)
    for clock, clock_MHz in clocks_MHz.items():
        yield f"{name}.{clock}", None if clock_MHz is None else clock_MHz * 1e6
    yield f"{name}.throttle", None if state.throttle is None else "; ".join(state.throttle)
