"""The cost card of a measured command, on standard error: standard output is the command's own."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

from wattlab.command.measuring import MeasureObserver
from wattlab.records.cost_lines import (
    CardLine,
    bounds,
    cores_busy,
    device_lines,
    domain_lines,
    energy_line,
    lines_text,
    quantity_line,
    rate_line,
    shared_lines,
    surcharge_line,
    value_text,
)
from wattlab.units import format_seconds
from wattlab.views.terminal import is_terminal, make_console, stream_is_terminal, write_line
from wattlab.views.text import print_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from wattlab.command.measurement import CommandRun, Measurement
    from wattlab.meter.cost import Cost
    from wattlab.meter.quantity import Quantity

__all__ = ["RunLines", "measurement_lines", "print_measurement"]


class RunLines(MeasureObserver):
    """Says in a line on standard error what goes on.

    Parameters
    ----------
    repeat : int
        Measured runs that were asked for; of a single one nothing is said but its card.
    """

    def __init__(self, repeat: int) -> None:
        self._repeat = repeat

    def idle(self, seconds: float) -> None:
        """Say that the idle machine is being measured."""
        _say(f"measuring the idle machine for {format_seconds(seconds)}")

    def ran(self, number: int, run: CommandRun) -> None:
        """Say what a run took."""
        if self._repeat > 1:
            failed = "" if run.succeeded else f", {_ending(run)}"
            _say(
                f"run {number} of {self._repeat}: {value_text(run.cost.wall)}, {value_text(run.cost.energy)}{failed}"
            )


def _say(line: str) -> None:
    if sys.stderr is not None:
        write_line(sys.stderr, line)


def print_measurement(measurement: Measurement, console: Console | None = None) -> None:
    """Print the cost card of a command.

    Parameters
    ----------
    measurement : Measurement
        What it cost.
    console : rich.console.Console, optional
        Left out: standard error, and rich is loaded only if that is a terminal; nothing if it is closed.
    """
    if console is None and sys.stderr is None:
        return
    lines, notes = measurement_lines(measurement), measurement.notes
    if console is None and not stream_is_terminal(sys.stderr):
        # What the command said last may lack its line's end.
        write_line(sys.stderr, "\n" + "\n".join([lines_text(lines), *(f"note: {note}" for note in notes)]))
        return
    console = console or make_console(stderr=True)
    console.print()
    print_lines(lines, console=console)
    _print_notes(notes, console)


def _print_notes(notes: Sequence[str], console: Console) -> None:
    if not is_terminal(console):
        console.file.writelines(f"note: {note}\n" for note in notes)
        return
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    for note in notes:
        table.add_row(Text("note", "yellow"), Text(note))
    console.print(table)


def measurement_lines(measurement: Measurement) -> list[CardLine]:
    """Return the lines of the card, in order."""
    cost = measurement.cost
    return [
        CardLine("command", shlex.join(measurement.command)),
        _ended(measurement),
        *_runs(measurement),
        quantity_line("wall time", cost.wall, _spread(cost.wall)),
        quantity_line("CPU time", cost.cpu, _joined(cores_busy(cost), _spread(cost.cpu))),
        _memory(measurement),
        *device_lines(cost),
        energy_line("energy", cost.energy),
        *domain_lines(cost),
        energy_line("  net of idle", cost.net),
        _idle(cost),
        *(surcharge_line(name, lost) for name, lost in measurement.surcharges.items()),
        rate_line("price", measurement.price, cost.energy),
        rate_line("CO2e", measurement.co2e, cost.energy),
        *shared_lines(cost),
        _overhead(measurement),
        CardLine("machine", str(measurement.machine.get("line", measurement.machine.get("id", "unknown")))),
    ]


def _ended(measurement: Measurement) -> CardLine:
    last = measurement.runs[-1]
    which = f"run {len(measurement.runs)}" if measurement.repeat > 1 and not last.succeeded else ""
    asked = f"asked to end by {last.interrupted_by}" if last.interrupted_by else ""
    return CardLine("ended", _ending(last), _joined(which, asked))


def _ending(run: CommandRun) -> str:
    if run.signal:
        return f"killed by {run.signal} (exit code {run.exit_code})"
    return f"exit code {run.exit_code}"


def _runs(measurement: Measurement) -> list[CardLine]:
    if measurement.repeat == 1:
        return []
    count = f"{measurement.counted} of {measurement.repeat}"
    if measurement.level is None:
        return [CardLine("runs", count)]
    sure = f"medians; their intervals cover the true ones with a probability of {measurement.level:.1%}"
    return [CardLine("runs", count, sure)]


def _spread(quantity: Quantity) -> str:
    return bounds(quantity) if quantity.interval else ""


def _memory(measurement: Measurement) -> CardLine:
    memory = measurement.cost.peak_memory
    most = max(run.processes for run in measurement.runs)
    several = f"up to {most} processes at once" if most > 1 else ""
    return quantity_line("peak memory", memory, _joined(memory.note, _spread(memory), several))


def _idle(cost: Cost) -> CardLine:
    return CardLine("  idle", value_text(cost.idle), cost.idle.note)


def _overhead(measurement: Measurement) -> CardLine:
    used_s = sum(run.overhead.value or 0.0 for run in measurement.runs)
    wall_s = sum(run.cost.wall.value or 0.0 for run in measurement.runs)
    share = f"{used_s / wall_s:.2%} of one core, in the energy" if wall_s else ""
    return CardLine("measuring", f"{format_seconds(used_s)} of CPU time", share)


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
