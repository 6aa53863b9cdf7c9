"""``wattlab explain``: what bounds a training on this machine, and what would help."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wattlab.cli.shared import (
    INTERRUPTED,
    DeviceName,
    EngineName,
    JsonFlag,
    QuietFlag,
    RunsFolder,
    StudiesFolder,
    StudyOutput,
    finish_study,
)

if TYPE_CHECKING:
    from wattlab.studies.explain.answer import Explanation
    from wattlab.studies.explain.study import ExplainInterrupted

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(explain)


def explain(
    target: Annotated[
        str,
        typer.Argument(
            metavar="RUN|RECIPE",
            help='A recipe: name or TOML file; or a run: name, its beginning, folder, or "last".',
        ),
    ],
    tries: Annotated[
        bool, typer.Option("--try", help="Time the suggested change, and hold it against the prediction.")
    ] = False,
    rounds: Annotated[int, typer.Option(help="With --try: how often both are timed, in turn.")] = 3,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Measure ceilings and parts again, though they are kept.")
    ] = False,
    engine: EngineName = None,
    device: DeviceName = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="Change a field; nothing after = unsets it."),
    ] = None,
    output: StudyOutput = None,
    runs: RunsFolder = Path("wattlab-runs"),
    studies: StudiesFolder = Path("wattlab-studies"),
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
) -> None:
    """Hold a training's steps against this machine's ceilings, and test one by one what would help.

    Every measurement is a process of its own; gains are predicted from parts of a step that are timed alone.
    """
    from wattlab.studies.explain.study import ExplainInterrupted
    from wattlab.studies.explain.study import explain as find_out
    from wattlab.studies.explain.subject import ExplainAsked
    from wattlab.studies.fields import parse_assignments
    from wattlab.views.explain_page import write_explanation
    from wattlab.views.explain_text import print_explanation
    from wattlab.views.study_file import check_study_path
    from wattlab.views.study_progress import make_study_observer

    if output is not None:
        check_study_path(output)
    asked = ExplainAsked(
        target,
        parse_assignments(changes or []),
        engine=engine,
        device=device,
        tries=tries,
        rounds=rounds,
        fresh=fresh,
        runs=runs,
    )
    try:
        found = find_out(asked, studies=studies, observer=make_study_observer(quiet=quiet))
    except ExplainInterrupted as interrupt:
        _say_interrupted(interrupt)
        raise typer.Exit(INTERRUPTED) from None
    if output is not None:
        write_explanation(found, output)
    finish_study(
        found,
        print_explanation,
        _failures(found),
        some_finished=not _failures(found),
        as_json=as_json,
        quiet=quiet,
    )


def _say_interrupted(interrupt: ExplainInterrupted) -> None:
    """Say what an interrupt left, and the command that goes on from there."""
    kept = " and ".join(interrupt.kept)
    when = f"after the {kept} were measured, which are kept" if kept else "before anything was kept"
    if interrupt.saved is not None:
        when = f"during the trial; all else is saved: wattlab report {interrupt.saved} -o explain.html"
    again = shlex.join(["wattlab", *(one for one in sys.argv[1:] if one != "--fresh")])
    print(f"interrupted {when}; go on with: {again}", file=sys.stderr)


def _failures(found: Explanation) -> list[tuple[str, str]]:
    """Return why a trial that was asked for never finished; nothing if it did."""
    tried = found.tried
    if tried is None or tried.outcome is not None:
        return []
    return [("the trial", one) for one in tried.failures]
