"""What a graphics card is, and how it is at one moment, whoever made it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Gpu", "GpuProcess", "GpuState", "PowerLimits"]


@dataclass(frozen=True, slots=True)
class Gpu:
    """A graphics card, apart from what it does.

    Attributes
    ----------
    vendor : {"nvidia", "amd"}
        Whose driver tells.
    index : int
        Its place in the driver's own list, from 0.
    id : str
        What stays the same from start to start: the UUID of NVIDIA, the PCI address of AMD.
    name : str
        What the maker calls it.
    pci : str
        PCI address, such as "0000:01:00.0"; empty if unknown.
    capability : tuple of int, or None
        CUDA compute capability: major and minor version.
    driver : str or None
        Version of the driver.
    cuda : str or None
        Latest version of CUDA that the driver can do.
    integrated : bool
        Whether it is a part of the processor's chip.
    """

    vendor: Literal["nvidia", "amd"]
    index: int
    id: str
    name: str
    pci: str = ""
    capability: tuple[int, int] | None = None
    driver: str | None = None
    cuda: str | None = None
    integrated: bool = False


@dataclass(frozen=True, slots=True)
class PowerLimits:
    """Between which powers a card holds itself; None for what the driver does not tell.

    Attributes
    ----------
    enforced_W, default_W, min_W, max_W : float or None
        The limit now, the limit after a start, and the range in which it can be set. Unit: W.
    """

    enforced_W: float | None = None
    default_W: float | None = None
    min_W: float | None = None
    max_W: float | None = None

    def ceiling_W(self) -> float | None:
        """Return the highest limit that can be set, or else the highest known. Unit: W."""
        return max(filter(None, (self.enforced_W, self.default_W, self.max_W)), default=None)


@dataclass(frozen=True, slots=True)
class GpuProcess:
    """A process on a card.

    Attributes
    ----------
    pid : int
        As the machine numbers it; a container has other numbers.
    used_B : int or None
        Memory of the card that it holds; None where the driver does not tell. Unit: B.
    computes, draws : bool
        Whether it has a context for computing, and one for graphics.
    """

    pid: int
    used_B: int | None
    computes: bool = True
    draws: bool = False


@dataclass(frozen=True, slots=True)
class GpuState:
    """A card at one moment; None for what its driver does not tell.

    Attributes
    ----------
    gpu : Gpu
        The card.
    visible : bool
        Whether this process and its children may compute on it, by ``CUDA_VISIBLE_DEVICES`` and its like.
    power_W : float or None
        What it draws. Unit: W.
    limits : PowerLimits
        How much it may draw.
    utilisation : float or None
        Share of the last moments in which it was busy, from 0 to 1.
    memory_used_B, memory_total_B : int or None
        Its memory. Unit: B.
    temperature_C : float or None
        Of the chip. Unit: °C.
    core_clock_MHz, memory_clock_MHz : float or None
        Clocks. Unit: MHz.
    throttle : tuple of str, or None
        Why the clocks are lower than they could be, in words; empty if they are not.
    processes : tuple of GpuProcess, or None
        Who is on it.
    persistence : bool or None
        Whether the driver stays loaded while nobody uses the card.
    mig : bool or None
        Whether the card is divided into instances; power and energy are the whole card's.
    """

    gpu: Gpu
    visible: bool = True
    power_W: float | None = None
    limits: PowerLimits = field(default_factory=PowerLimits)
    utilisation: float | None = None
    memory_used_B: int | None = None
    memory_total_B: int | None = None
    temperature_C: float | None = None
    core_clock_MHz: float | None = None
    memory_clock_MHz: float | None = None
    throttle: tuple[str, ...] | None = None
    processes: tuple[GpuProcess, ...] | None = None
    persistence: bool | None = None
    mig: bool | None = None
