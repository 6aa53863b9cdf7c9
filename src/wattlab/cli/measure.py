"""``wattlab measure``: any command under the meter."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wattlab.cli.shared import INTERRUPTED, QuietFlag
from wattlab.errors import CommandError, StorageError

if TYPE_CHECKING:
    from wattlab.command import Measurement, MeasurementInterrupted

__all__ = ["add_to"]

_BY_SIGNAL = 128
_USER_CAN_MEND = 2
_AFTER = """Exit code: that of the command's last run; 128 + N if signal N ended it, 127 if it was not found, 126 if it
cannot be executed; 2 if wattlab itself could not do what was asked. Standard input, output and error are the
command's own; the card goes to standard error. With --repeat, a file on standard input (< FILE) is read anew by each
run; of a pipe or terminal, each run reads on where the one before had stopped."""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(
        context_settings={"allow_interspersed_args": False},
        options_metavar="[OPTIONS] [--]",
        epilog=" ".join(_AFTER.split()),
    )(measure)


def measure(
    command: Annotated[
        list[str],
        typer.Argument(
            metavar="COMMAND",
            help="What to run, with its arguments, such as: python train.py --epochs 3",
            show_default=False,
        ),
    ],
    repeat: Annotated[
        int, typer.Option(min=1, help="Run it so often; from 5 on, medians are certain to 90 %.")
    ] = 1,
    warm_up: Annotated[int, typer.Option(min=0, help="Run it so often before that, unmeasured.")] = 0,
    baseline: Annotated[
        str | None,
        typer.Option(
            metavar="DURATION",
            help="Measure the idle machine so long first, such as 10 (seconds); left out: idle power is modelled.",
        ),
    ] = None,
    interval: Annotated[
        str, typer.Option(metavar="DURATION", help="Time between two samples, such as 0.25 or 250ms.")
    ] = "0.5",
    ignore_failure: Annotated[
        bool, typer.Option("--ignore-failure", "-i", help="Go on after a run that failed, and count it.")
    ] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write all numbers to this file as well.")
    ] = None,
    quiet: QuietFlag = False,
) -> None:
    """Run any command, and print what it cost with all the processes that it started."""
    from wattlab.command import MeasurementInterrupted, MeasureObserver
    from wattlab.command import measure as run
    from wattlab.command.events import listening
    from wattlab.command.saving import check_destination
    from wattlab.units import parse_seconds

    if json_file is not None:
        check_destination(json_file)
    baseline_s = 0.0 if baseline is None else parse_seconds(baseline)
    interval_s = parse_seconds(interval)
    # Before numpy starts threads, which would get signals in our place; and until the card is printed: an impatient
    # second Ctrl-C shall not lose it.
    with listening() as events:
        from wattlab.views.measure_text import RunLines

        interrupt = None
        try:
            found: Measurement | None = run(
                command,
                repeat=repeat,
                warm_up=warm_up,
                baseline_s=baseline_s,
                interval_s=interval_s,
                ignore_failure=ignore_failure,
                events=events,
                observer=MeasureObserver() if quiet else RunLines(repeat),
            )
        except MeasurementInterrupted as error:
            found, interrupt = error.measurement, error
        except CommandError as error:
            _complain(f"error: {error}")
            raise typer.Exit(error.exit_code) from None
        written = found is None or _report(found, json_file, quiet=quiet)
    _end(found, interrupt, written=written)


def _report(found: Measurement, json_file: Path | None, *, quiet: bool) -> bool:
    """Print the card and write the file; return whether that could be written."""
    from wattlab.command.saving import save
    from wattlab.views.measure_text import print_measurement

    if not quiet:
        # Nobody may be reading any more; the file and the exit code still count.
        with suppress(OSError):
            print_measurement(found)
    if json_file is not None:
        try:
            save(found, json_file)
        except StorageError as error:
            _complain(f"error: {error}")
            return False
    return True


def _end(found: Measurement | None, interrupt: MeasurementInterrupted | None, *, written: bool) -> None:
    code = found.exit_code if found else 0
    if interrupt is not None:
        code = code or _interrupted(found, interrupt)
        if interrupt.by_terminal and code == INTERRUPTED:
            _die_by_interrupt()
    raise typer.Exit(code or (0 if written else _USER_CAN_MEND))


def _interrupted(found: Measurement | None, interrupt: MeasurementInterrupted) -> int:
    """Return the exit code after an interrupt which the command itself made nothing of."""
    if found is None:
        _complain("interrupted before the command was measured")
    if found is None or len(found.runs) < found.repeat:
        return _BY_SIGNAL + signal.Signals[interrupt.signal]
    return 0


def _die_by_interrupt() -> None:
    """End by SIGINT, as a shell expects after Ctrl-C: it goes on with its loop after any other end."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with suppress(OSError):
                stream.flush()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGINT)


def _complain(message: str) -> None:
    if sys.stderr is not None:
        with suppress(OSError):
            print(message, file=sys.stderr, flush=True)
