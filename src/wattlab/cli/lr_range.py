"""``wattlab lr-range``: which learning rates are good, and whether short trainings agree."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wattlab.cli.shared import (
    Changes,
    EngineName,
    JsonFlag,
    QuietFlag,
    ResumedStudy,
    StudiesFolder,
    StudyOutput,
    check_resume,
    finish_study,
    resumable,
)
from wattlab.errors import UserError

if TYPE_CHECKING:
    from wattlab.studies.lr_range.asked import LrRangeAsked

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("lr-range")(lr_range)


def lr_range(
    context: typer.Context,
    recipe: Annotated[
        str | None,
        typer.Argument(
            metavar="RECIPE", help="Name of a recipe (see: wattlab recipes) or path of a TOML file."
        ),
    ] = None,
    engine: EngineName = None,
    changes: Changes = None,
    low: Annotated[
        float | None,
        typer.Option(
            "--from", metavar="RATE", help="First learning rate. Left out: by optimizer, such as 1e-5."
        ),
    ] = None,
    high: Annotated[
        float | None,
        typer.Option("--to", metavar="RATE", help="Last learning rate. Left out: by optimizer, such as 10."),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(
            help="Rates, a training step each; 20 or more. Left out: 20 a decade, but 100 at least."
        ),
    ] = None,
    seeds: Annotated[
        int, typer.Option(help="Ramps, each in a fresh process, with other initial weights.")
    ] = 3,
    smoothing: Annotated[
        float,
        typer.Option(metavar="BETA", help="Of the exponential smoothing of the loss, from 0 to below 1."),
    ] = 0.9,
    no_verify: Annotated[
        bool, typer.Option("--no-verify", help="No short trainings at the suggested rate and its neighbours.")
    ] = False,
    verify_steps: Annotated[
        int | None,
        typer.Option(
            help="Steps of each short training. Left out: an epoch, but no fewer than the range has, and at most five "
            "times as many."
        ),
    ] = None,
    timeout: Annotated[
        str | None,
        typer.Option(metavar="DURATION", help="Longest time of one process, such as 90 (seconds) or 5m."),
    ] = None,
    resume: ResumedStudy = None,
    output: StudyOutput = None,
    studies: StudiesFolder = Path("wattlab-studies"),
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
) -> None:
    """Raise the learning rate step by step, tell which rates are good, and try what is suggested.

    The recipe's schedule is left out. Short trainings at the suggested rate and its neighbours are judged on the
    validation part, or on a share of the training part where there is none; never on the test part.
    """
    from wattlab.studies.lr_range import study
    from wattlab.views.lr_range_page import write_lr_range
    from wattlab.views.lr_range_progress import make_lr_range_observer
    from wattlab.views.lr_range_text import print_lr_range
    from wattlab.views.study_file import check_study_path

    if output is not None:
        check_study_path(output)
    observer = make_lr_range_observer(quiet=quiet)
    with resumable():
        if resume is not None:
            check_resume(context, "RECIPE")
            found = study.resume(resume, studies=studies, observer=observer)
        else:
            asked = _asked(
                recipe,
                changes or [],
                timeout,
                engine=engine,
                low=low,
                high=high,
                steps=steps,
                seeds=seeds,
                smoothing=smoothing,
                verify=not no_verify,
                verify_steps=verify_steps,
            )
            found = study.lr_range(asked, studies=studies, observer=observer)
    if output is not None:
        write_lr_range(found, output)
    finish_study(
        found,
        print_lr_range,
        [(found.plan.title, one) for one in found.verdicts] if not found.usable else [],
        some_finished=found.usable,
        as_json=as_json,
        quiet=quiet,
    )


def _asked(recipe: str | None, changes: list[str], timeout: str | None, **plain: Any) -> LrRangeAsked:
    """Return the question; `plain` are fields of `LrRangeAsked` that need no reading."""
    from wattlab.studies.fields import parse_assignments
    from wattlab.studies.lr_range.asked import LrRangeAsked
    from wattlab.units import parse_seconds

    if recipe is None:
        msg = "there is nothing to look at; name a recipe, as in: wattlab lr-range mnist-fast"
        raise UserError(msg)
    return LrRangeAsked(
        recipe,
        changes=parse_assignments(changes),
        timeout_s=None if timeout is None else parse_seconds(timeout, "--timeout"),
        **plain,
    )
