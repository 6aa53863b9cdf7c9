"""``wattlab measure``: any command under the meter."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

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
    found, reason, written = _measure(
        command,
        repeat,
        warm_up,
        baseline,
        interval,
        json_file,
        ignore_failure=ignore_failure,
        quiet=quiet,
    )
    _end(found, reason, written=written)


def _measure(
    command: list[str],
    repeat: int,
    warm_up: int,
    baseline: str | None,
    interval: str,
    json_file: Path | None,
    *,
    ignore_failure: bool,
    quiet: bool,
) -> tuple[Measurement | None, MeasurementInterrupted | CommandError | None, bool]:
    """Run the command and report; return what is known, why it is not all, and whether the file could be written."""
    from wattlab.command import MeasurementCutShortError, MeasurementInterrupted, MeasureObserver
    from wattlab.command import measure as run
    from wattlab.command.environment import inherited
    from wattlab.command.events import listening
    from wattlab.command.saving import check_destination
    from wattlab.units import parse_seconds

    if json_file is not None:
        check_destination(json_file)
    baseline_s = 0.0 if baseline is None else parse_seconds(baseline, "--baseline")
    interval_s = parse_seconds(interval, "--interval")
    # Before numpy starts threads, which would get signals in our place; and until the card is printed: an impatient
    # second Ctrl-C shall not lose it.
    with listening() as events:
        from wattlab.views.measure_text import RunLines

        found: Measurement | None = None
        reason: MeasurementInterrupted | CommandError | None = None
        try:
            found = run(
                command,
                environ=inherited(),
                repeat=repeat,
                warm_up=warm_up,
                baseline_s=baseline_s,
                interval_s=interval_s,
                ignore_failure=ignore_failure,
                events=events,
                observer=MeasureObserver() if quiet else RunLines(repeat),
            )
        except (MeasurementInterrupted, MeasurementCutShortError) as error:
            found, reason = error.measurement, error
        except CommandError as error:
            reason = error
        written = found is None or _report(found, json_file, quiet=quiet)
        while received := events.wait(0.0):
            if received.ends and reason is None:
                reason = MeasurementInterrupted(received.name, found, by_terminal=received.sender is None)
        return found, reason, written


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


def _end(
    found: Measurement | None, reason: MeasurementInterrupted | CommandError | None, *, written: bool
) -> NoReturn:
    if isinstance(reason, CommandError):
        _complain(f"error: {reason}")
        raise typer.Exit(reason.exit_code)
    code = found.exit_code if found else 0
    if reason is not None:
        code = code or _interrupted(found, reason)
        if reason.by_terminal and code == INTERRUPTED:
            _die_by_interrupt()
    raise typer.Exit(code or (0 if written else _USER_CAN_MEND))


def _interrupted(found: Measurement | None, interrupt: MeasurementInterrupted) -> int:
    """Return the exit code after an interrupt which the command itself made nothing of."""
    if found is None:
        _complain("interrupted before the command was measured")
    if found is None or len(found.runs) < found.repeat or found.runs[-1].interrupted_by is None:
        return _BY_SIGNAL + signal.Signals[interrupt.signal]
    return 0


def _die_by_interrupt() -> NoReturn:
    """End by SIGINT, as a shell expects after Ctrl-C: it goes on with its loop after any other end."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with suppress(OSError):
                stream.flush()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGINT)
    raise typer.Exit(INTERRUPTED)


def _complain(message: str) -> None:
    if sys.stderr is not None:
        with suppress(OSError):
            print(message, file=sys.stderr, flush=True)
