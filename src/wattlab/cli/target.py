"""``wattlab target``: time, energy and epochs until recipes reach an accuracy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wattlab.cli.shared import (
    Changes,
    DeviceName,
    EngineName,
    JsonFlag,
    OrderSeed,
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
    from wattlab.studies.target.asked import TargetAsked

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(target)


def target(
    context: typer.Context,
    recipes: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RECIPE...]",
            help="Names of recipes, or paths of TOML files; the others are held against the first.",
        ),
    ] = None,
    accuracy: Annotated[
        float | None,
        typer.Option(
            "--accuracy",
            "--target",
            help="What to reach, such as 0.978; R² for regression. Left out: the recipes' own stop.target.",
        ),
    ] = None,
    seeds: Annotated[
        int,
        typer.Option(
            help="Trainings of each, with seeds one after the other; five are the fewest for a firm verdict."
        ),
    ] = 5,
    part: Annotated[
        str | None,
        typer.Option(
            metavar="test|validation",
            help="On which part the target is judged; with validation the test part is opened once, at the end. "
            "Left out: as the recipes say.",
        ),
    ] = None,
    validation_fraction: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="Share of the training samples to judge on. Left out: the recipe's own, else 0.15.",
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(help="Longest training; a schedule is laid out over it. Left out: the recipe's own."),
    ] = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD=A,B,...",
            help="Train with each of these values, too: precision=float32,float64; several times: all combinations.",
        ),
    ] = None,
    engine: EngineName = None,
    device: DeviceName = None,
    changes: Changes = None,
    timeout: Annotated[
        str | None,
        typer.Option(
            metavar="DURATION",
            help="Longest time for one training, such as 10m; one that is ended has missed.",
        ),
    ] = None,
    order_seed: OrderSeed = 0,
    resume: ResumedStudy = None,
    output: StudyOutput = None,
    studies: StudiesFolder = Path("wattlab-studies"),
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
) -> None:
    """Find out what it takes to reach an accuracy: success rate, time, energy and epochs, over seeds.

    Each seed is a whole training in a fresh process that ends at the target. A miss is infinite and never left out of
    a median. The exit code is 0 also where none reached it, and 2 only if no training came to its end.
    """
    from wattlab.studies.target import study
    from wattlab.views.study_file import check_study_path
    from wattlab.views.study_progress import make_study_observer
    from wattlab.views.target_notes import troubles
    from wattlab.views.target_page import write_target
    from wattlab.views.target_text import print_target

    if output is not None:
        check_study_path(output)
    observer = make_study_observer(quiet=quiet)
    with resumable():
        if resume is not None:
            check_resume(context, "RECIPE")
            found = study.resume(resume, studies=studies, observer=observer)
        else:
            asked = _asked(
                recipes or [],
                vary or [],
                changes or [],
                timeout,
                accuracy=accuracy,
                seeds=seeds,
                part=part,
                validation_fraction=validation_fraction,
                epochs=epochs,
                engine=engine,
                device=device,
                order_seed=order_seed,
            )
            found = study.target(asked, studies=studies, observer=observer)
    if output is not None:
        write_target(found, output)
    finish_study(
        found,
        print_target,
        [(one.label, one.text) for _, one in troubles(found)],
        some_finished=found.n_finished > 0,
        as_json=as_json,
        quiet=quiet,
    )


def _asked(
    recipes: list[str], vary: list[str], changes: list[str], timeout: str | None, **plain: object
) -> TargetAsked:
    """Return the question; `plain` are fields of `TargetAsked` that need no reading."""
    from wattlab.studies.fields import parse_assignments, parse_variations
    from wattlab.studies.target.asked import TargetAsked
    from wattlab.units import parse_seconds

    if not recipes:
        msg = "there is no recipe; name one at least, as in: wattlab target mnist-fast --accuracy 0.978"
        raise UserError(msg)
    return TargetAsked(
        recipes,
        vary=parse_variations(vary),
        changes=parse_assignments(changes),
        timeout_s=None if timeout is None else parse_seconds(timeout, "--timeout"),
        **plain,  # type: ignore[arg-type]
    )
