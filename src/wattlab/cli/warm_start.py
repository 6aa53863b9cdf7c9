"""``wattlab warm-start``: what weights from fewer pixels, fewer features or an earlier run save."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wattlab.cli.shared import (
    DeviceName,
    EngineName,
    JsonFlag,
    OrderSeed,
    QuietFlag,
    RecipeName,
    ResumedStudy,
    RunsFolder,
    StudiesFolder,
    StudyOutput,
    check_resume,
    finish_study,
    resumable,
)
from wattlab.errors import UserError

if TYPE_CHECKING:
    from wattlab.studies.warm_start.asked import WarmStartAsked

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(name="warm-start")(warm_start)


def warm_start(
    context: typer.Context,
    recipe: RecipeName = None,
    stages: Annotated[
        str | None,
        typer.Option(
            metavar="STAGE:EPOCHS,...,full",
            help="What comes before the recipe itself: pool=4:2,pool=2:2,full for images of a quarter and half the "
            "resolution for 2 epochs each; also pca=N, random-projection=N, drop-constant. Left out: of images pool=2 "
            "for a quarter of the epochs; with --from nothing but the recipe.",
        ),
    ] = None,
    start_from: Annotated[
        str | None,
        typer.Option(
            "--from",
            "--start-from",
            metavar="RUN",
            help="Begin with the weights of this run, finished or interrupted.",
        ),
    ] = None,
    target: Annotated[
        float | None, typer.Option(help="Accuracy (R² for regression) to reach. Left out: the recipe's.")
    ] = None,
    validation_fraction: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="Share of the training samples to judge on, such as 0.15. Left out: the recipe's own; without one the "
            "test part decides when a training ends.",
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(help="Trainings of each way, with different seeds.")] = 5,
    engine: EngineName = None,
    device: DeviceName = None,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="FIELD=VALUE", help="Change a field of all trainings; nothing after = unsets it."
        ),
    ] = None,
    warm_changes: Annotated[
        list[str] | None,
        typer.Option(
            "--warm-set",
            metavar="FIELD=VALUE",
            help="Change a field of the warm stages alone, such as schedule.kind=constant.",
        ),
    ] = None,
    timeout: Annotated[
        str | None, typer.Option(metavar="DURATION", help="Longest time of one training. Left out: any.")
    ] = None,
    order_seed: OrderSeed = 0,
    resume: ResumedStudy = None,
    output: StudyOutput = None,
    runs: RunsFolder = Path("wattlab-runs"),
    studies: StudiesFolder = Path("wattlab-studies"),
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
) -> None:
    """Train cold and from earlier stages to the same target: time, energy and epochs, earlier stages included.

    Each training is a fresh process; seed by seed, the two ways in random order.
    """
    from wattlab.studies.warm_start import study
    from wattlab.views.study_file import check_study_path
    from wattlab.views.study_progress import make_study_observer
    from wattlab.views.warm_start_page import write_warm_starts
    from wattlab.views.warm_start_tables import troubles
    from wattlab.views.warm_start_text import print_warm_starts

    if output is not None:
        check_study_path(output)
    observer = make_study_observer(quiet=quiet)
    with resumable():
        if resume is not None:
            check_resume(context, "RECIPE")
            found = study.resume(resume, studies=studies, observer=observer)
        else:
            asked = _asked(
                recipe,
                changes or [],
                warm_changes or [],
                timeout,
                stages=stages,
                start_from=start_from,
                target=target,
                seeds=seeds,
                validation_fraction=validation_fraction,
                engine=engine,
                device=device,
                order_seed=order_seed,
            )
            found = study.warm_start(asked, studies=studies, runs=runs, observer=observer)
    if output is not None:
        write_warm_starts(found, output)
    finish_study(
        found,
        print_warm_starts,
        [(one.label, one.text) for one in troubles(found)],
        some_finished=found.some_finished,
        as_json=as_json,
        quiet=quiet,
    )


def _asked(
    recipe: str | None, changes: list[str], warm_changes: list[str], timeout: str | None, **plain: Any
) -> WarmStartAsked:
    """Return the question; `plain` are fields of `WarmStartAsked` that need no reading."""
    from wattlab.studies.fields import parse_assignments
    from wattlab.studies.warm_start.asked import WarmStartAsked
    from wattlab.units import parse_seconds

    if recipe is None:
        msg = "there is no recipe; name one, as in: wattlab warm-start digits --target 0.95"
        raise UserError(msg)
    return WarmStartAsked(
        recipe,
        changes=parse_assignments(changes),
        warm_changes=parse_assignments(warm_changes),
        timeout_s=None if timeout is None else parse_seconds(timeout, "--timeout"),
        **plain,
    )
