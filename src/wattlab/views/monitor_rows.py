"""The live view's parts as text: bars, small curves, and a row for each gauge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from wattlab.monitor.sample import gpu_name
from wattlab.units import format_bytes, format_power, significant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wattlab.machine.gpu_state import GpuState
    from wattlab.meter.quantity import Quantity
    from wattlab.monitor.sample import Sample
    from wattlab.monitor.trace import History, Trace

__all__ = ["Piece", "Row", "bar", "cores", "curve", "gpu_rows", "power_rows", "processor_rows"]

_STEPS: Final = "▁▂▃▄▅▆▇█"
_PARTS: Final = " ▏▎▍▌▋▊▉"
_STYLES: Final = {"measured": "green", "modelled": "yellow", "missing": "red"}


class Piece(NamedTuple):
    """A text and its style."""

    text: str
    style: str = ""


class Row(NamedTuple):
    """A gauge: what it is, its figures, and what is drawn behind them.

    Attributes
    ----------
    label : str
    figures : tuple of Piece
        One for each column.
    trace : Trace or None
        What the curve shows; None for a row without.
    top : float or None
        The top of the curve; None takes the trace's peak.
    note : str
        Instead of a curve.
    """

    label: str
    figures: tuple[Piece, ...]
    trace: Trace | None = None
    top: float | None = None
    note: str = ""


def bar(share: float, width: int) -> str:
    """Draw a share from 0 to 1 as a bar.

    Examples
    --------
    >>> bar(0.5, 4), bar(0.55, 4), bar(2.0, 3)
    ('██  ', '██▎ ', '███')
    """
    whole, part = divmod(round(min(1.0, max(0.0, share)) * width * 8), 8)
    return ("█" * whole + (_PARTS[part] if part else "")).ljust(width)


def curve(values: Sequence[float | None], width: int, top: float) -> str:
    """Draw the last values as a small curve, from 0 to `top`; what is not known is left blank.

    Examples
    --------
    >>> curve([0.0, 2.0, None, 4.0], 6, top=4.0)
    '  ▁▅ █'
    """
    shown = list(values)[-width:] if width > 0 else []
    return "".join(map(_step, shown, [top] * len(shown))).rjust(max(0, width))


def _step(value: float | None, top: float) -> str:
    if value is None:
        return " "
    share = min(1.0, max(0.0, value / top)) if top > 0 else 0.0
    return _STEPS[round(share * (len(_STEPS) - 1))]


def cores(loads: Iterable[float | None]) -> str:
    """Draw the load of each core as one sign.

    Examples
    --------
    >>> cores([0.0, 0.5, 1.0])
    '▁▅█'
    """
    return "".join(_step(load, 1.0) for load in loads)


def power_rows(sample: Sample, history: History) -> Iterator[Row]:
    """Return the total and a row for each sensor: power now, on average, and at most."""
    yield _power_row("total", sample.power, history["total.power_W"])
    for domain in sample.domains:
        label = domain.name if domain.added else f"  {domain.name}"
        yield _power_row(label, domain.power, history[f"{domain.name}.power_W"])


def _power_row(label: str, power: Quantity, trace: Trace) -> Row:
    style = _STYLES[power.provenance]
    mean, peak = (Piece(_watts(value), "dim") for value in (trace.mean, trace.peak))
    if power.value is None:
        return Row(label, (Piece("—", style), mean, peak, Piece("", style)), note=power.note)
    return Row(label, (Piece(_watts(power.value), style), mean, peak, Piece(power.provenance, style)), trace)


def _watts(power_W: float | None) -> str:
    return "—" if power_W is None else format_power(power_W)


def processor_rows(sample: Sample, history: History) -> Iterator[Row]:
    """Return processor and memory: how much now, on average, and at most."""
    load = history["cpu.load"]
    heat_C = sample.processor.temperature_C
    facts = [_clocks(sample.processor.core_clocks_Hz), "" if heat_C is None else f"{heat_C:.0f} °C"]
    yield Row("load", (*_percents(load), Piece(" ".join(filter(None, facts)))), load, 1.0)
    memory = sample.memory
    yield _memory_row("memory", history["memory.used_B"], memory.total_B)
    if memory.swap_total_B:
        yield _memory_row("swap", history["swap.used_B"], memory.swap_total_B)


def _memory_row(label: str, used: Trace, total_B: float) -> Row:
    now, mean, peak = (
        "—" if value is None else format_bytes(value) for value in (used.now, used.mean, used.peak)
    )
    figures = (
        Piece(now, "cyan"),
        Piece(mean, "dim"),
        Piece(peak, "dim"),
        Piece(f"of {format_bytes(total_B)}"),
    )
    return Row(label, figures, used, total_B)


def _percents(trace: Trace) -> tuple[Piece, Piece, Piece]:
    now, mean, peak = (
        "—" if value is None else f"{value:.0%}" for value in (trace.now, trace.mean, trace.peak)
    )
    return Piece(now, "cyan"), Piece(mean, "dim"), Piece(peak, "dim")


def _clocks(clocks_Hz: Sequence[float]) -> str:
    if not clocks_Hz:
        return ""
    low_GHz, high_GHz = min(clocks_Hz) / 1e9, max(clocks_Hz) / 1e9
    if significant(low_GHz) == significant(high_GHz):
        return f"{significant(low_GHz)} GHz"
    return f"{low_GHz:.1f}-{high_GHz:.1f} GHz"


def gpu_rows(state: GpuState, history: History) -> Iterator[Row]:
    """Return a card's load and memory, with temperature and clock, and why it is held back."""
    name = gpu_name(state)
    load, used = history[f"{name}.load"], history[f"{name}.memory_used_B"]
    heat = "" if state.temperature_C is None else f"{state.temperature_C:.0f} °C"
    clock = "" if state.core_clock_MHz is None else f"{state.core_clock_MHz:.0f} MHz"
    yield Row(name, (*_percents(load), Piece(" ".join(filter(None, (clock, heat))))), load, 1.0)
    if state.memory_used_B is not None and state.memory_total_B:
        yield _memory_row("  memory", used, float(state.memory_total_B))
    if state.throttle:
        yield Row("  held back", (Piece(", ".join(state.throttle), "yellow"),))
