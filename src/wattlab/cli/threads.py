"""``wattlab threads``: time, processor time and energy against the number of threads, per engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wattlab.cli.shared import (
    ENGINES,
    Changes,
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
    from wattlab.studies.threads.asked import ThreadsAsked

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(threads)


def threads(
    context: typer.Context,
    recipe: RecipeName = None,
    engines: Annotated[
        str | None, typer.Option(metavar="A,B,...", help=f"{ENGINES}; left out: the recipe's own.")
    ] = None,
    counts: Annotated[
        str | None,
        typer.Option(
            metavar="N,N,...",
            help="Numbers of threads; left out: powers of two and the cores that this process may use.",
        ),
    ] = None,
    inter_threads: Annotated[
        str | None,
        typer.Option(
            metavar="N,N,...",
            help="TensorFlow's threads for independent operations, each number a row of its own. "
            "Left out: TensorFlow decides.",
        ),
    ] = None,
    rounds: Annotated[
        int, typer.Option(help="How often each number is timed, each time in a fresh process.")
    ] = 5,
    steps: Annotated[int, typer.Option(help="Steps to time in each process, at least.")] = 40,
    warm_up: Annotated[int, typer.Option(help="Steps before those.")] = 10,
    limit: Annotated[
        str, typer.Option(metavar="DURATION", help="Time no further step of a process after so long.")
    ] = "60s",
    timeout: Annotated[
        str | None,
        typer.Option(
            metavar="DURATION",
            help="Longest time for a process that times steps, start and compiling included. Left out: ten times "
            "--limit, at least 10m.",
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(help="Train as a whole, too, for so many epochs; with --target the most."),
    ] = None,
    target: Annotated[
        float | None,
        typer.Option(
            metavar="ACCURACY",
            help="Train as a whole, too, until this accuracy or R² is reached, such as 0.978.",
        ),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(help="With --epochs or --target: trainings of each, with different seeds. Left out: 3."),
    ] = None,
    device: Annotated[
        str | None, typer.Option(help="cpu, for a recipe that computes on a graphics card.")
    ] = None,
    changes: Changes = None,
    order_seed: OrderSeed = 0,
    resume: ResumedStudy = None,
    output: StudyOutput = None,
    studies: StudiesFolder = Path("wattlab-studies"),
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
) -> None:
    """Time training steps with several numbers of threads: two cores busy for longer can cost less than four.

    Each number has fresh processes, in interleaved rounds. Says, too, whether the engine obeyed the limit, and what to
    set in the recipe.
    """
    from wattlab.studies.threads import study
    from wattlab.views.study_file import check_study_path
    from wattlab.views.study_progress import make_study_observer
    from wattlab.views.threads_notes import troubles
    from wattlab.views.threads_page import write_threads
    from wattlab.views.threads_text import print_threads

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
                {"engines": engines, "counts": counts, "inter_threads": inter_threads},
                changes or [],
                limit,
                timeout,
                device=device,
                rounds=rounds,
                steps=steps,
                warm_up=warm_up,
                order_seed=order_seed,
                epochs=epochs,
                target=target,
                seeds=seeds,
            )
            found = study.threads(asked, studies=studies, observer=observer)
    if output is not None:
        write_threads(found, output)
    finish_study(
        found,
        print_threads,
        [(one.label, one.text) for _, one in troubles(found)],
        some_finished=found.n_timed > 0,
        as_json=as_json,
        quiet=quiet,
    )


def _asked(
    recipe: str | None,
    lists: dict[str, str | None],
    changes: list[str],
    limit: str,
    timeout: str | None,
    **plain: object,
) -> ThreadsAsked:
    """Return the question; `plain` are fields of `ThreadsAsked` that need no reading."""
    from wattlab.studies.fields import parse_assignments
    from wattlab.studies.question import parse_engines
    from wattlab.studies.threads.asked import ThreadsAsked, parse_counts
    from wattlab.units import parse_seconds

    if recipe is None:
        msg = "there is no recipe; name one, as in: wattlab threads mnist-fast"
        raise UserError(msg)
    return ThreadsAsked(
        recipe,
        parse_engines(lists["engines"]),
        parse_counts(lists["counts"], "--counts"),
        parse_counts(lists["inter_threads"], "--inter-threads"),
        parse_assignments(changes),
        limit_s=parse_seconds(limit, "--limit"),
        timeout_s=None if timeout is None else parse_seconds(timeout, "--timeout"),
        **plain,  # type: ignore[arg-type]
    )
