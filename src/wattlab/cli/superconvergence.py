"""``wattlab superconvergence``: one cycle with a large rate against the best constant rate, to the same score."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wattlab.cli.shared import (
    DeviceName,
    EngineName,
    JsonFlag,
    OrderSeed,
    QuietFlag,
    RecipeName,
    ResumedStudy,
    StudiesFolder,
    StudyOutput,
    check_resume,
    finish_study,
    resumable,
)
from wattlab.errors import UserError

if TYPE_CHECKING:
    from wattlab.studies.superconvergence.asked import SuperconvergenceAsked

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(superconvergence)


def superconvergence(
    context: typer.Context,
    recipe: RecipeName = None,
    target: Annotated[
        float | None, typer.Option(help="Score that both have to reach; left out: the recipe's own.")
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(
            help="Longest training of both. Left out: the recipe's, four times as many if it is one cycle itself."
        ),
    ] = None,
    rates: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,...",
            help="Constant rates to choose from. Left out: around the recipe's, and on until the best has neighbours.",
        ),
    ] = None,
    peaks: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,...",
            help="Highest rates of the cycles. Left out: 1, 3 and 10 times the best constant.",
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(help="Trainings of each of both in the comparison.")] = 3,
    search_seeds: Annotated[
        int | None,
        typer.Option(
            help="Trainings of each rate and each cycle, by which both are chosen. Left out: as many."
        ),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh/--no-fresh", help="Compare by other seeds than those that chose.")
    ] = True,
    validation_fraction: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="Judge on this share of the training samples. Left out: the recipe's own, else 0.1; a recipe with "
            'stop.part = "test" is judged there.',
        ),
    ] = None,
    engine: EngineName = None,
    device: DeviceName = None,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="FIELD=VALUE", help="Change a field for both; nothing after = unsets it."
        ),
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(
            metavar="DURATION",
            help="Try no rate and no cycle that would take longer in all, by the mean epoch so far.",
        ),
    ] = None,
    timeout: Annotated[
        str | None, typer.Option(metavar="DURATION", help="Longest time of one process; left out: none.")
    ] = None,
    order_seed: OrderSeed = 0,
    resume: ResumedStudy = None,
    output: StudyOutput = None,
    studies: StudiesFolder = Path("wattlab-studies"),
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
) -> None:
    """Find whether one cycle with a large learning rate reaches a score in fewer epochs and joules than a constant one.

    The constant rate is tuned first, then cycles of growing length are tried; both are compared by fresh seeds.
    """
    from wattlab.studies.superconvergence import study
    from wattlab.views.study_file import check_study_path
    from wattlab.views.study_progress import make_study_observer
    from wattlab.views.superconvergence_notes import troubles
    from wattlab.views.superconvergence_page import write_superconvergence
    from wattlab.views.superconvergence_text import print_superconvergence

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
                rates,
                peaks,
                changes or [],
                budget,
                timeout,
                target=target,
                epochs=epochs,
                seeds=seeds,
                search_seeds=search_seeds,
                fresh=fresh,
                validation_fraction=validation_fraction,
                engine=engine,
                device=device,
                order_seed=order_seed,
            )
            found = study.superconvergence(asked, studies=studies, observer=observer)
    if output is not None:
        write_superconvergence(found, output)
    finish_study(
        found,
        print_superconvergence,
        [(one.label, one.text) for _, one in troubles(found)],
        some_finished=found.usable,
        as_json=as_json,
        quiet=quiet,
    )


def _asked(
    recipe: str | None,
    rates: str | None,
    peaks: str | None,
    changes: list[str],
    budget: str | None,
    timeout: str | None,
    **plain: object,
) -> SuperconvergenceAsked:
    """Return the question; `plain` are fields of `SuperconvergenceAsked` that need no reading."""
    from wattlab.studies.fields import parse_assignments
    from wattlab.studies.superconvergence.asked import SuperconvergenceAsked, parse_rates
    from wattlab.units import parse_seconds

    if recipe is None:
        msg = "there is no recipe; name one, as in: wattlab superconvergence cifar10-cnn --target 0.75"
        raise UserError(msg)
    return SuperconvergenceAsked(
        recipe,
        rates=parse_rates(rates, "--rates"),
        peaks=parse_rates(peaks, "--peaks"),
        changes=parse_assignments(changes),
        budget_s=None if budget is None else parse_seconds(budget, "--budget"),
        timeout_s=None if timeout is None else parse_seconds(timeout, "--timeout"),
        **plain,  # type: ignore[arg-type]
    )
