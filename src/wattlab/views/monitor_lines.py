"""A watch as lines: for a log or a pipe, as JSON, and its summary."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final

from wattlab.meter.clock import wall_s
from wattlab.monitor.power import NO_SECOND
from wattlab.monitor.sample import gpu_name
from wattlab.monitor.watch import Audience
from wattlab.units import (
    format_bytes,
    format_energy,
    format_interval,
    format_power,
    format_quantity,
    format_seconds,
)
from wattlab.views.terminal import write_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    from wattlab.monitor.sample import Sample
    from wattlab.monitor.summary import Summary

__all__ = ["JsonMonitor", "PlainMonitor", "summary_lines"]

_PLAIN_S: Final = 1.0


class JsonMonitor(Audience):
    """Prints each sample as a JSON object on a line of its own.

    Parameters
    ----------
    file : text file, optional
        Standard output if left out.
    """

    def __init__(self, file: TextIO | None = None) -> None:
        self._file = file or sys.stdout

    def show(self, sample: Sample) -> None:
        """Print a sample; what cannot be known is null."""
        write_line(self._file, json.dumps({"kind": "sample", **sample.values()}))


class PlainMonitor(Audience):
    """Prints a line a second at most, for a log or a pipe; the first once there is a power.

    Parameters
    ----------
    file : text file, optional
        Standard output if left out.
    clock : callable, optional
        Seconds that only go forward.
    """

    def __init__(self, file: TextIO | None = None, clock: Callable[[], float] = wall_s) -> None:
        self._file, self._clock = file or sys.stdout, clock
        self._told_s = -_PLAIN_S

    def show(self, sample: Sample) -> None:
        """Print a sample, or leave it out if the last line is less than a second old."""
        now_s = self._clock()
        if _is_beginning(sample):
            return
        if now_s - self._told_s >= _PLAIN_S - 0.01:
            self._told_s = now_s
            write_line(self._file, "  ".join(_parts(sample)))


def _is_beginning(sample: Sample) -> bool:
    """Tell whether a power is still to come."""
    return sample.power.value is None and any(
        one.added and one.power.note == NO_SECOND for one in sample.domains
    )


def _parts(sample: Sample) -> Iterator[str]:
    processor, memory = sample.processor, sample.memory
    yield f"{sample.elapsed_s:8.2f} s"
    power = sample.power
    yield "power missing" if power.value is None else f"{format_power(power.value)} {power.provenance}"
    for domain in sample.domains:
        if domain.power.note.startswith("lost: "):
            yield f"{domain.name} {domain.power.note}"
    if processor.load is not None:
        yield f"cpu {processor.load:.0%}"
    if processor.temperature_C is not None:
        yield f"{processor.temperature_C:.0f} °C"
    yield f"memory {format_bytes(memory.used_B)}"
    for state in sample.gpus:
        facts = [
            "" if state.utilisation is None else f"{state.utilisation:.0%}",
            "" if state.power_W is None else format_power(state.power_W),
            "" if state.temperature_C is None else f"{state.temperature_C:.0f} °C",
        ]
        yield " ".join([gpu_name(state), *filter(None, facts)])


def summary_lines(summary: Summary) -> list[str]:
    """Return what a watch saw, as plain lines."""
    missed = ""
    if summary.missed:
        missed = f", {summary.missed} left out (the machine was too busy or asleep, or the monitor stopped)"
    lines = [f"watched for {format_seconds(summary.duration_s)}: {summary.samples} samples{missed}"]
    energy, power = summary.energy, summary.mean_power
    if energy.value is None:
        lines.append(f"energy missing ({energy.note})")
    else:
        low, high = energy.interval or (energy.value, energy.value)
        origin = f"{energy.provenance} by {energy.sensor}"
        lines.append(f"energy {format_energy(energy.value)} [{format_interval(low, high, 'J')}], {origin}")
    if power.value is not None:
        peak = "" if summary.peak_power_W is None else f", at most {format_power(summary.peak_power_W)}"
        lines.append(f"power {format_power(power.value)} on average{peak}")
    lines += [
        f"  {name}: {'missing (' + one.note + ')' if one.value is None else format_quantity(one.value, 'J')}"
        for name, one in summary.domains.items()
    ]
    lines.append(f"the monitor itself kept {summary.own_load:.1%} of one core busy")
    return lines
