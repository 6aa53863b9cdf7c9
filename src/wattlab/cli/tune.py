"""``wattlab tune``: the cheapest recipe for this machine, by search."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wattlab.cli.shared import (
    ENGINES,
    INTERRUPTED,
    JsonFlag,
    QuietFlag,
    ResumedStudy,
    StudiesFolder,
    StudyOutput,
    check_resume,
    finish_study,
    say_interrupted,
)
from wattlab.errors import UserError

if TYPE_CHECKING:
    from wattlab.studies.tune.answer import Tune
    from wattlab.studies.tune.asked import TuneAsked

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(tune)


def tune(
    context: typer.Context,
    subject: Annotated[
        str | None,
        typer.Argument(
            metavar="DATASET|RECIPE",
            help="A recipe to vary: name or TOML file; or a data set: name or path, for which a recipe is made. "
            "Where both have that name, the recipe.",
        ),
    ] = None,
    target: Annotated[
        float | None,
        typer.Option(help="Accuracy (R² for regression) to reach on the validation part, such as 0.978."),
    ] = None,
    minimize: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GOAL",
            help="time, energy or memory; several times: a Pareto front. Left out: time, if there is a target.",
        ),
    ] = None,
    maximize: Annotated[
        str | None, typer.Option(metavar="GOAL", help="accuracy, in place of a target: a Pareto front.")
    ] = None,
    budget: Annotated[
        str, typer.Option(metavar="DURATION", help="For search, repetitions and test together.")
    ] = "10m",
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD=A,B|LOW:HIGH[:log]",
            help="Vary a field over these values, in place of what is varied by itself, or besides: "
            "batch_size=64,128 or optimizer.learning_rate=1e-3:1:log.",
        ),
    ] = None,
    fix: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD=VALUE", help="The same value for all: engine=native or width=1."),
    ] = None,
    engines: Annotated[str | None, typer.Option(metavar="A,B", help=f"Engines to try, of {ENGINES}.")] = None,
    only: Annotated[
        bool, typer.Option("--only", help="Vary nothing but what --vary and --engines name.")
    ] = False,
    seeds: Annotated[int, typer.Option(help="Repetitions of each final candidate.")] = 5,
    finalists: Annotated[
        int, typer.Option(help="Best candidates that are repeated, besides the base recipe.")
    ] = 3,
    trials: Annotated[
        int | None, typer.Option(help="End the search after so many trials, be there budget left or not.")
    ] = None,
    storage: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Database for Optuna's study, such as postgresql://user@host/database; left out: a file in the "
            "study's folder.",
        ),
    ] = None,
    baseline: Annotated[
        bool,
        typer.Option("--baseline/--no-baseline", help="Train Adam at its defaults, too, to compare with."),
    ] = True,
    range_test: Annotated[
        bool,
        typer.Option("--range-test/--no-range-test", help="Find the range of learning rates by range tests."),
    ] = True,
    sampler_seed: Annotated[int, typer.Option(help="Of Optuna's sampler.")] = 0,
    resume: ResumedStudy = None,
    pick: Annotated[
        int | None,
        typer.Option(metavar="TRIAL", help="With --save: the recipe of this trial in place of the winner's."),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.toml", help="Write the winning recipe here, too, with the evidence for it."
        ),
    ] = None,
    output: StudyOutput = None,
    studies: StudiesFolder = Path("wattlab-studies"),
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
) -> None:
    """Search for the recipe that reaches a target for the least time or energy on this machine.

    Every trial is a fresh process. The best are repeated over seeds before a winner is named; its recipe is written
    to winner.toml in the study's folder.
    """
    from wattlab.records.files import check_folder
    from wattlab.studies.tune import study
    from wattlab.studies.tune.notes import why_no_winner
    from wattlab.views.study_file import check_study_path
    from wattlab.views.tune_page import write_tune
    from wattlab.views.tune_progress import make_tune_observer
    from wattlab.views.tune_text import print_tune

    if output is not None:
        check_study_path(output)
    if pick is not None and save is None:
        msg = f"--pick {pick} says whose recipe is written, but not where to; add: --save chosen.toml"
        raise UserError(msg)
    if save is not None:
        check_folder(save)
    observer = make_tune_observer(quiet=quiet)
    try:
        if resume is not None:
            check_resume(context, "DATASET|RECIPE", also=("storage", "pick", "save"))
            found = study.resume(resume, studies=studies, storage=storage, observer=observer)
        else:
            asked = _asked(
                subject,
                minimize or [],
                maximize,
                budget,
                vary or [],
                fix or [],
                engines,
                target=target,
                only=only,
                seeds=seeds,
                n_finalists=finalists,
                max_trials=trials,
                storage=storage,
                baseline=baseline,
                range_test=range_test,
                sampler_seed=sampler_seed,
            )
            found = study.tune(asked, studies=studies, observer=observer)
    except study.TuneInterrupted as interrupt:
        say_interrupted(interrupt.n_done, "trial", f"wattlab tune --resume {interrupt.folder}")
        raise typer.Exit(INTERRUPTED) from None
    if output is not None:
        write_tune(found, output)
    if save is not None:
        _save(found, save, pick)
    why = why_no_winner(found)
    finish_study(
        found,
        lambda answer: print_tune(answer, folder=studies / answer.id, but=why),
        [(found.id, why)] if why else [],
        some_finished=found.winner is not None or (len(found.goals) > 1 and bool(found.front)),
        as_json=as_json,
        quiet=quiet,
    )


def _save(found: Tune, path: Path, pick: int | None) -> None:
    """Write the winning recipe, or that of a trial, with the evidence for it."""
    from wattlab.records.files import write_atomically
    from wattlab.studies.tune.evidence import pick_toml, winner_toml

    text = winner_toml(found) if pick is None else pick_toml(found, pick)
    if text is None:
        msg = f"study {found.id!r} has no winner, so {str(path)!r} was not written; choose a trial: --pick"
        raise UserError(msg)
    write_atomically(path, text.encode())


def _asked(
    subject: str | None,
    minimize: list[str],
    maximize: str | None,
    budget: str,
    vary: list[str],
    fix: list[str],
    engines: str | None,
    **plain: object,
) -> TuneAsked:
    """Return the question; `plain` are fields of `TuneAsked` that need no reading."""
    from wattlab.studies.fields import parse_assignments
    from wattlab.studies.question import parse_engines
    from wattlab.studies.tune.asked import TuneAsked, parse_settings
    from wattlab.units import parse_seconds

    if subject is None:
        msg = "there is no data set and no recipe; name one, as in: wattlab tune mnist --target 0.978"
        raise UserError(msg)
    if maximize not in {None, "accuracy"}:
        msg = f"--maximize {maximize}: only accuracy can be made large; costs are named with --minimize"
        raise UserError(msg)
    return TuneAsked(
        subject,
        minimize=tuple(minimize),  # type: ignore[arg-type]
        maximize_accuracy=maximize is not None,
        budget_s=parse_seconds(budget, "--budget"),
        vary=parse_settings(vary),
        fix=parse_assignments(fix),
        engines=parse_engines(engines),
        **plain,  # type: ignore[arg-type]
    )
