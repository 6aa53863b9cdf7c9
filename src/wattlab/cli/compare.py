"""``wattlab compare``: candidates side by side, on equal work, in interleaved rounds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wattlab.cli.shared import (
    ENGINES,
    INTERRUPTED,
    Changes,
    JsonFlag,
    OrderSeed,
    QuietFlag,
    ResumedStudy,
    StudiesFolder,
    StudyOutput,
    check_resume,
    finish_study,
    say_interrupted,
)

__all__ = ["Engines", "Threads", "TimeOut", "Vary", "add_to"]

Engines = Annotated[
    str | None,
    typer.Option(
        metavar="NAME,NAME,...",
        help=f"{ENGINES}; left out: each recipe's own.",
    ),
]
Vary = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FIELD=A,B,...",
        help="Try each of these values: precision=float64,float32; several times: all combinations.",
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        help="Threads of each candidate whose recipe names none (engine.threads); an engine may use fewer. "
        "Left out: all cores."
    ),
]
TimeOut = Annotated[
    str | None, typer.Option(metavar="DURATION", help="Longest time for one process, such as 10m.")
]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(compare)


def compare(
    context: typer.Context,
    recipes: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RECIPE...]", help="Names of recipes (see: wattlab recipes) or paths of TOML files."
        ),
    ] = None,
    engines: Engines = None,
    vary: Vary = None,
    changes: Changes = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs of every candidate.")] = None,
    rounds: Annotated[int, typer.Option(help="How often each trains; below 5 there is no verdict.")] = 5,
    threads: Threads = None,
    no_verify: Annotated[
        bool, typer.Option("--no-verify", help="Do not check first that all do the same work; rows say so.")
    ] = False,
    timeout: TimeOut = None,
    order_seed: OrderSeed = 0,
    resume: ResumedStudy = None,
    output: StudyOutput = None,
    studies: StudiesFolder = Path("wattlab-studies"),
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
) -> None:
    """Train candidates side by side, to see which is faster and what each costs."""
    from wattlab.studies import compare as study
    from wattlab.studies.fields import parse_assignments, parse_variations
    from wattlab.studies.question import parse_engines
    from wattlab.studies.verify import STEPS
    from wattlab.units import parse_seconds
    from wattlab.views.study_file import check_study_path
    from wattlab.views.study_report import write_study
    from wattlab.views.study_text import make_study_observer, print_study

    if output is not None:
        check_study_path(output)
    observer = make_study_observer(quiet=quiet)
    try:
        if resume is not None:
            check_resume(context, "RECIPE")
            found = study.resume(resume, studies=studies, observer=observer)
        else:
            found = study.compare(
                recipes or [],
                engines=parse_engines(engines),
                vary=parse_variations(vary or []),
                changes=parse_assignments(changes or []),
                epochs=epochs,
                rounds=rounds,
                threads=threads,
                verify_steps=0 if no_verify else STEPS,
                order_seed=order_seed,
                timeout_s=None if timeout is None else parse_seconds(timeout, "--timeout"),
                studies=studies,
                observer=observer,
            )
    except study.StudyInterrupted as interrupt:
        say_interrupted(len(interrupt.study.trials), "trial", f"wattlab compare --resume {interrupt.folder}")
        raise typer.Exit(INTERRUPTED) from None
    if output is not None:
        write_study(found, output)
    finish_study(
        found,
        print_study,
        [(row.label, failure) for row in found.rows for failure in dict.fromkeys(row.failures)],
        some_finished=any(row.epoch is not None for row in found.rows),
        as_json=as_json,
        quiet=quiet,
    )
