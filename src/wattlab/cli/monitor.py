"""``wattlab monitor``: what the machine draws and does, live, recorded and served."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wattlab.monitor.exporter import Address, Exporter
    from wattlab.monitor.gauges import Gauges
    from wattlab.monitor.recorder import Recorder
    from wattlab.monitor.summary import Summary
    from wattlab.monitor.watch import Audience
    from wattlab.views.keyboard import Keyboard

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(monitor)


def monitor(
    interval: Annotated[
        str,
        typer.Option(
            metavar="DURATION", help="Time between two samples, such as 0.25 or 250ms; at least 0.05 s."
        ),
    ] = "0.25",
    record: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keep all samples in a new file: .parquet or .csv."),
    ] = None,
    prometheus: Annotated[
        str | None,
        typer.Option(
            metavar="[ADDRESS:]PORT",
            help="Serve Prometheus at this port, to this machine only; with an ADDRESS, to all who can reach it, as at "
            "0.0.0.0:9101.",
        ),
    ] = None,
    duration: Annotated[
        str | None,
        typer.Option(metavar="DURATION", help="End after this time: 90s, 10m, 1h30m; else q or Ctrl-C ends."),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print a JSON object a sample, and one of the summary; nothing else."),
    ] = False,
) -> None:
    """Watch power, load, memory, temperature and clocks; q or Ctrl-C ends with a summary."""
    from wattlab.monitor.ending import Ending
    from wattlab.monitor.exporter import parse_address
    from wattlab.monitor.gauges import find_gauges
    from wattlab.monitor.watch import check_interval, watch
    from wattlab.units import parse_seconds
    from wattlab.views.keyboard import Keyboard
    from wattlab.views.monitor_lines import JsonMonitor, PlainMonitor
    from wattlab.views.monitor_live import LiveMonitor
    from wattlab.views.terminal import stream_is_terminal

    interval_s = check_interval(parse_seconds(interval, "--interval"))
    duration_s = None if duration is None else parse_seconds(duration, "--duration")
    address = None if prometheus is None else parse_address(prometheus)
    live, messages = not as_json and stream_is_terminal(sys.stdout), list[str]()
    keepers: list[Exporter | Recorder] = []
    with _closed_pipe_ends(), find_gauges() as gauges, Keyboard(wanted=live) as keyboard:
        keepers += _keepers(gauges, record, address, messages.append if live else _tell)
        if live:
            view: Audience = LiveMonitor(
                interval_s, keyboard.advice, gauges.sensors.absent, lambda: _notes(keepers)
            )
        else:
            view = JsonMonitor() if as_json else PlainMonitor()
        with Ending(keyboard.wait, partial(_away, view, keyboard) if live else None) as ending:
            summary = watch(gauges, [*keepers, view], interval_s, duration_s, ending.wait)
        _print(summary, messages, as_json=as_json)
    if any(one.problem for one in keepers):
        raise typer.Exit(2)


def _keepers(
    gauges: Gauges, record: Path | None, address: Address | None, tell: Callable[[str], None]
) -> list[Exporter | Recorder]:
    """Return who keeps or passes on the samples, as it was asked for."""
    keepers: list[Exporter | Recorder] = []
    if address is not None:
        from wattlab.monitor.exporter import Exporter

        keepers.append(Exporter(address))
        tell(f"serving {keepers[0].status}")
    if record is not None:
        from wattlab.monitor.recorder import Recorder

        keepers.append(Recorder(record, gauges.read(), gauges.counters.facts, tell))
    return keepers


@contextmanager
def _away(view: Audience, keyboard: Keyboard) -> Iterator[None]:
    """Give the terminal back for so long."""
    view.close()
    with keyboard.away():
        yield


def _notes(keepers: list[Exporter | Recorder]) -> tuple[str, ...]:
    return tuple(one.status for one in keepers)


def _tell(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _print(summary: Summary, messages: list[str], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"kind": "summary", **summary.to_dict()}), flush=True)
        return
    from wattlab.views.monitor_lines import summary_lines

    for message in messages:
        _tell(message)
    print("\n".join(summary_lines(summary)), flush=True)


@contextmanager
def _closed_pipe_ends() -> Iterator[None]:
    """End quietly when nobody reads the output any more, as behind ``| head``."""
    try:
        yield
    except BrokenPipeError:
        # Python writes what is left at its own end, and would complain once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
