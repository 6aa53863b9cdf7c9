"""The command ``wattlab``: all verbs, and how errors end."""

from __future__ import annotations

import sys
import traceback
from typing import Annotated

import typer

from wattlab.cli import (
    compare,
    data,
    doctor,
    loading,
    measure,
    monitor,
    predict,
    recipes,
    report,
    resume,
    runs,
    schema,
    show,
    train,
    verify,
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
    measure,
    monitor,
    doctor,
    loading,
    recipes,
    data,
    runs,
    show,
    report,
    predict,
    schema,
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
    debug = "--debug" in sys.argv[1:]
    sys.argv = [sys.argv[0], *(argument for argument in sys.argv[1:] if argument != "--debug")]
    try:
        app()
    except UserError as error:
        _explain(f"error: {error}", debug)
        sys.exit(2)
    except Exception as error:  # noqa: BLE001 (the last resort: no traceback unless it is asked for)
        _explain(
            f"internal error: {type(error).__name__}: {error}\n"
            "This is a fault of wattlab; run the command again with --debug and report what it prints.",
            debug,
        )
        sys.exit(1)


def _explain(message: str, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    print(message, file=sys.stderr)
