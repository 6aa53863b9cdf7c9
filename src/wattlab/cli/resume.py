"""``wattlab resume``: go on where a training was interrupted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wattlab.cli.shared import JsonFlag, QuietFlag, RunsFolder, finish, interruptible

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(resume)


def resume(
    run: Annotated[
        str, typer.Argument(help='Name of an interrupted run, the beginning of it, its folder, or "last".')
    ],
    runs: RunsFolder = Path("wattlab-runs"),
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
) -> None:
    """Go on with an interrupted training, bit for bit as if it had never stopped."""
    from wattlab.training import Start, resume
    from wattlab.views.progress import make_observer

    with interruptible(runs):
        finished = resume(run, runs=runs, observer=make_observer(quiet=quiet), start=Start.of_process())
    finish(finished, as_json=as_json, quiet=quiet)
