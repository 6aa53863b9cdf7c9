"""The command ``wattlab``: all verbs, and how errors end."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
import traceback
from contextlib import suppress
from typing import Annotated, NoReturn, TypeGuard

import typer
from typer.core import TyperGroup, TyperOption
from typer.main import get_command

from wattlab.cli import (
    batch_size,
    boundary,
    capacity,
    centroids,
    clusters,
    compare,
    confusion,
    contour,
    data,
    demo,
    descent,
    doctor,
    epochs,
    explain,
    landscape,
    latent,
    loading,
    lr_range,
    measure,
    mistakes,
    monitor,
    predict,
    recipes,
    report,
    resume,
    runs,
    saturation,
    schema,
    shear,
    show,
    summary,
    superconvergence,
    sweep,
    target,
    threads,
    train,
    tune,
    verify,
    warm_start,
    weights,
)
from wattlab.errors import UserError

__all__ = ["app", "main"]

app = typer.Typer(
    name="wattlab",
    help="Find out what training a neural network costs on your machine, and make it cost less.",
    epilog="Start with: wattlab train digits",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for verb in (
    train,
    resume,
    compare,
    verify,
    sweep,
    batch_size,
    threads,
    explain,
    target,
    tune,
    lr_range,
    superconvergence,
    clusters,
    warm_start,
    measure,
    monitor,
    doctor,
    loading,
    recipes,
    summary,
    data,
    runs,
    show,
    report,
    predict,
    confusion,
    mistakes,
    weights,
    saturation,
    boundary,
    epochs,
    latent,
    centroids,
    landscape,
    contour,
    descent,
    capacity,
    shear,
    schema,
    demo,
):
    verb.add_to(app)


def _print_version(value: bool) -> None:
    if value:
        from wattlab import __version__

        typer.echo(f"wattlab {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop."),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of errors; may stand anywhere.")
    ] = False,
) -> None:
    """Find out what training a neural network costs on your machine, and make it cost less."""


def main() -> None:
    """Run the command line; exit code 0 for success, 2 for what the user can mend, 1 for our own fault."""
    _let_interrupts_end(sys.argv)
    own = _own_arguments(sys.argv)
    debug = "--debug" in own
    sys.argv = [*(argument for argument in own if argument != "--debug"), *sys.argv[len(own) :]]
    if sys.stdout is None:
        sys.stdout = _Closed()
    try:
        _run()
    except UserError as error:
        _explain(f"error: {error}", debug)
        sys.exit(2)
    except BrokenPipeError:
        # Nobody reads any more, as behind ``| head``.
        _drop_output()
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 (the last resort: no traceback unless it is asked for)
        if _is_of_standard_output(error):
            _drop_output()
            _explain(
                f"error: standard output cannot be written: {error.strerror}; "
                "send it elsewhere, such as > output.txt",
                debug,
            )
            sys.exit(2)
        _explain(
            f"internal error: {type(error).__name__}: {error}\n"
            "This is a fault of wattlab; run the command again with --debug and report what it prints.",
            debug,
        )
        sys.exit(1)


class _Closed(io.TextIOBase):
    """Standard output that was closed before we began, as by ``>&-``: who prints nothing does not notice."""

    def write(self, text: str) -> NoReturn:  # noqa: ARG002 (nobody gets it)
        """Fail as the system would."""
        raise OSError(errno.EBADF, "it is closed")


def _let_interrupts_end(arguments: list[str]) -> None:
    """Have Ctrl-C before and after a measured command end us by its signal, as it ends the loop of a shell around us.

    While the command runs, `wattlab.command` listens to signals. All other verbs have something to save.
    """
    verb = next((one for one in arguments[1:] if not one.startswith("-")), "")
    if verb == "measure" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)


def _run() -> None:
    try:
        app()
    except SystemExit:
        # Python would do it later, where nobody explains what fails.
        sys.stdout.flush()
        raise


def _is_of_standard_output(error: Exception) -> TypeGuard[OSError]:
    """Return whether it came of writing to standard output, which is tried once more to be sure."""
    if not isinstance(error, OSError) or error.filename is not None:
        return False
    try:
        sys.stdout.write("\n")
        sys.stdout.flush()
    except OSError:
        return True
    return False


def _drop_output() -> None:
    """Have Python write what is left to nowhere at its own end; it would complain once more."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _own_arguments(arguments: list[str]) -> list[str]:
    """Return the arguments that are wattlab's own: those before ``--``, and before the command that is measured."""
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    verb = next((index for index, one in enumerate(own) if index and not one.startswith("-")), len(own))
    if own[verb : verb + 1] != ["measure"] or "--debug" not in own[verb:]:
        return own
    valued = _options_with_values("measure")
    rest = range(verb + 1, len(own))
    command = (i for i in rest if not own[i].startswith("-") and own[i - 1] not in valued)
    return own[: next(command, len(own))]


def _options_with_values(verb: str) -> set[str]:
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    options = (one for one in group.commands[verb].params if isinstance(one, TyperOption))
    return {name for option in options if not option.is_flag for name in option.opts}


def _explain(message: str, debug: bool) -> None:
    if sys.stderr is None:
        return
    with suppress(OSError):
        if debug:
            traceback.print_exc()
        print(message, file=sys.stderr, flush=True)
