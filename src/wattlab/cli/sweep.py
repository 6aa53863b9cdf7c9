"""``wattlab sweep``: every combination of some values, by what a training step costs."""

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
    from wattlab.studies.sweep.asked import SweepAsked

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(sweep)


def sweep(
    context: typer.Context,
    recipe: RecipeName = None,
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD=A,B,...",
            help="Try each of these values: precision=float32,bfloat16 or batch_size=32,64 or engine=native,torch; "
            "several times: all combinations.",
        ),
    ] = None,
    steps: Annotated[int, typer.Option(help="Steps to time in each process, at least.")] = 40,
    warm_up: Annotated[int, typer.Option(help="Steps before those.")] = 10,
    limit: Annotated[
        str, typer.Option(metavar="DURATION", help="Time no further step of a process after so long.")
    ] = "60s",
    rounds: Annotated[
        int, typer.Option(help="How often each cell is timed, each time in a fresh process.")
    ] = 3,
    epochs: Annotated[
        int | None, typer.Option(help="Train for so many epochs, too, to set accuracy beside speed.")
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(help="With --epochs: trainings of each, with different seeds. Left out: 3."),
    ] = None,
    baseline: Annotated[
        str,
        typer.Option(
            metavar="FIELD=VALUE,...", help='What the ratios are to; "first": the first value of each field.'
        ),
    ] = "first",
    engine: EngineName = None,
    device: DeviceName = None,
    changes: Changes = None,
    timeout: Annotated[
        str | None,
        typer.Option(
            metavar="DURATION",
            help="Longest time for a process that times steps, start and compiling included. Left out: ten times "
            "--limit, at least 10m.",
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="More than 200 combinations are meant.")] = False,
    order_seed: OrderSeed = 0,
    resume: ResumedStudy = None,
    output: StudyOutput = None,
    studies: StudiesFolder = Path("wattlab-studies"),
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
) -> None:
    """Time a training step with every combination: time, memory, utilisation, energy, ratio to the baseline.

    Each cell has fresh processes, in interleaved rounds: what fails or runs out of memory harms no other.
    """
    from wattlab.studies.sweep import study
    from wattlab.views.study_file import check_study_path
    from wattlab.views.study_progress import make_study_observer
    from wattlab.views.sweep_notes import troubles
    from wattlab.views.sweep_page import write_sweep
    from wattlab.views.sweep_text import print_sweep

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
                vary or [],
                changes or [],
                baseline,
                limit,
                timeout,
                engine=engine,
                device=device,
                steps=steps,
                warm_up=warm_up,
                rounds=rounds,
                epochs=epochs,
                seeds=seeds,
                order_seed=order_seed,
                many=yes,
            )
            found = study.sweep(asked, studies=studies, observer=observer)
    if output is not None:
        write_sweep(found, output)
    finish_study(
        found,
        print_sweep,
        [(one.label, one.text) for _, one in troubles(found)],
        some_finished=found.n_timed > 0,
        as_json=as_json,
        quiet=quiet,
    )


def _asked(
    recipe: str | None,
    vary: list[str],
    changes: list[str],
    baseline: str,
    limit: str,
    timeout: str | None,
    **plain: object,
) -> SweepAsked:
    """Return the question; `plain` are fields of `SweepAsked` that need no reading."""
    from wattlab.studies.fields import parse_assignments, parse_variations
    from wattlab.studies.sweep.asked import SweepAsked, parse_baseline
    from wattlab.units import parse_seconds

    if recipe is None:
        msg = "there is no recipe; name one, as in: wattlab sweep mnist-fast --vary precision=float64,float32"
        raise UserError(msg)
    varied = parse_variations(vary)
    return SweepAsked(
        recipe,
        varied,
        parse_assignments(changes),
        limit_s=parse_seconds(limit, "--limit"),
        timeout_s=None if timeout is None else parse_seconds(timeout, "--timeout"),
        baseline=parse_baseline(baseline, varied),
        **plain,  # type: ignore[arg-type]
    )
