"""Demonstration: how many numbers of each type lie side by side in a register, and how much faster that makes them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from wattlab.demonstrations.outcome import Demonstrated
from wattlab.demonstrations.products import TENSOR_CORES, gpu_products, numpy_products, torch_products
from wattlab.demonstrations.registers import find_registers, lanes
from wattlab.demonstrations.vectors import ARRAY_B, BITS, compiled_for, multiply_adds
from wattlab.engines.devices import limit_torch_threads
from wattlab.machine.threads import limit_threads
from wattlab.meter.statistics import Estimate, estimate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wattlab.demonstrations.registers import Register
    from wattlab.demonstrations.timing import Timed

__all__ = ["Lanes", "Throughput", "Width", "demonstrate_lanes"]

_ROUNDS: Final = 25
_WIDE: Final = 1.5
_BUSY: Final = "Intervals are wide: something else kept the machine busy; run it again when it is idle."
_MISSING: Final = (
    "No products in bfloat16 and float16: torch is not installed (pip install 'wattlab[torch]')."
)


@dataclass(frozen=True)
class Width:
    """A number type.

    Attributes
    ----------
    name : str
    bits : int
        Of one number.
    lanes : tuple of int
        How many of them each of the registers holds.
    """

    name: str
    bits: int
    lanes: tuple[int, ...]


@dataclass(frozen=True)
class Throughput:
    """One operation on one type.

    Attributes
    ----------
    operation : {"multiply-add", "matrix product"}
    name : str
        The type.
    where : str
        Who computed it, and on what.
    rate : Estimate
        Multiply-adds per second. Unit: 1/s.
    ratio : Estimate
        To float64 by the same operation at the same place, round by round.
    promised : float or None
        64 over the bits of the type: the ratio of the lanes. None on a GPU, whose tensor cores have none.
    note : str
        How it is computed, where that matters.
    """

    operation: str
    name: str
    where: str
    rate: Estimate
    ratio: Estimate
    promised: float | None
    note: str


@dataclass(frozen=True)
class Lanes(Demonstrated):
    """Lanes and throughput by number type.

    Attributes
    ----------
    registers : tuple of Register
        This processor's, narrowest first.
    widths : tuple of Width
    rows : tuple of Throughput
        Multiply-adds first, then matrix products.
    compiled_for : str
        Which instructions NumPy's own loops use here; empty where it does not tell.
    has_torch : bool
    """

    registers: tuple[Register, ...]
    widths: tuple[Width, ...]
    rows: tuple[Throughput, ...]
    compiled_for: str
    has_torch: bool

    @property
    def sentence(self) -> str:
        """Say how far the lanes' promise is kept."""
        own = {one.name: one for one in self.rows if one.operation == "multiply-add"}
        kept = " and ".join(
            f"{name} at {own[name].ratio.median:.1f} × (its lanes promise {own[name].promised:g})"
            for name in ("float32", "int8")
        )
        return (
            f"Against float64, multiply-adds run in {kept}, and in float16 at {own['float16'].ratio.median:.2g} ×, "
            "since NumPy emulates it."
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """Say which registers there are, and how it was measured."""
        kinds = ", ".join(f"{one.name} {one.bits} bits" for one in self.registers)
        compiled = f" NumPy's loops use {self.compiled_for}." if self.compiled_for else ""
        how = (
            f"Multiply-adds: arrays of {ARRAY_B // 1024} KiB each, whatever the type, so that all stay in the cache; "
            "processor: one thread. Medians, in random order round by round."
        )
        by_bits = {one.bits: "/".join(map(str, one.lanes)) for one in self.widths if one.lanes}
        held = ", ".join(f"{count} of {bits} bits" for bits, count in by_bits.items())
        registers = f"Registers of this processor: {kinds or 'not known'}.{compiled}" + (
            f" Numbers in one: {held}." if held else ""
        )
        busy = any(one.ratio.high > _WIDE * one.ratio.low for one in self.rows)
        missing = () if self.has_torch else (_MISSING,)
        return (registers, how, *self._tensor_cores(), *((_BUSY,) if busy else ()), *missing)

    def _tensor_cores(self) -> tuple[str, ...]:
        used = [one for one in self.rows if one.note == TENSOR_CORES]
        return (f"{used[0].where}: {', '.join(one.name for one in used)} by tensor cores.",) if used else ()


def demonstrate_lanes(rounds: int = _ROUNDS) -> Lanes:
    """Time the same operations on wide and narrow types, on one thread, and on a GPU where torch sees one.

    Parameters
    ----------
    rounds : int, optional
        Samples of each; 5 or more give an interval of 90 %.
    """
    has_torch = find_spec("torch") is not None
    if has_torch:
        import torch  # noqa: F401 (its threads can be limited once it is loaded)
    registers = find_registers()
    with limit_torch_threads(1), limit_threads(1):
        rows = [
            *_throughputs(multiply_adds(rounds)),
            *_throughputs(numpy_products(rounds)),
            *_throughputs(torch_products(rounds)),
        ]
    rows += _throughputs(gpu_products(rounds), by_lanes=False)
    return Lanes(registers, _widths(registers), tuple(rows), compiled_for(), has_torch)


def _widths(registers: Sequence[Register]) -> tuple[Width, ...]:
    return tuple(
        Width(name, bits, tuple(lanes(one, bits) for one in registers)) for name, bits in BITS.items()
    )


def _throughputs(timed: Sequence[Timed], *, by_lanes: bool = True) -> Iterator[Throughput]:
    """Compare with float64, which comes first, round by round."""
    for one in timed:
        seconds_each = one.seconds / one.multiply_adds
        ratio = estimate((timed[0].seconds / timed[0].multiply_adds / seconds_each).tolist(), "")
        rate = estimate((1.0 / seconds_each).tolist(), "1/s")
        assert rate is not None
        assert ratio is not None
        promised = 64 / BITS[one.name] if by_lanes else None
        yield Throughput(one.operation, one.name, one.where, rate, ratio, promised, one.note)
