"""``wattlab batch-size``: the knee, the maximum, the margin; every size tested."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wattlab.cli.shared import (
    INTERRUPTED,
    Changes,
    EngineName,
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
    from wattlab.studies.batch_size.asked import BatchSizeAsked

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("batch-size")(batch_size)


def batch_size(
    context: typer.Context,
    recipe: Annotated[
        str | None,
        typer.Argument(
            metavar="RECIPE", help="Name of a recipe (see: wattlab recipes) or path of a TOML file."
        ),
    ] = None,
    engine: EngineName = None,
    device: Annotated[
        str | None, typer.Option(help="cpu, cuda, or cuda:1 for the second GPU; left out: the recipe's.")
    ] = None,
    precision: Annotated[
        str | None, typer.Option(help="float64, float32, tf32, bfloat16 or float16; left out: the recipe's.")
    ] = None,
    changes: Changes = None,
    least: Annotated[
        int | None, typer.Option("--min", help="Smallest size. Left out: 8, and below where 8 does not fit.")
    ] = None,
    most: Annotated[
        int | None, typer.Option("--max", help="Largest size. Left out: the whole training part.")
    ] = None,
    steps: Annotated[int, typer.Option(help="Steps to time of each size, at least; 3 or more.")] = 20,
    limit: Annotated[
        str,
        typer.Option(
            metavar="DURATION",
            help="Longest time for the steps and the evaluation of each size, such as 90 (seconds) or 5m; starting "
            "and compiling come on top. A size that takes longer is too slow, and ends the search.",
        ),
    ] = "120",
    memory_limit: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            help="Most memory of a process, such as 4GB or 900MiB: of the GPU where one computes, else of the host. "
            "Left out: what is free, less a reserve.",
        ),
    ] = None,
    resume: ResumedStudy = None,
    output: StudyOutput = None,
    studies: StudiesFolder = Path("wattlab-studies"),
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
) -> None:
    """Find the batch size that is fast enough, and the largest that fits in memory.

    Each size is tried in a fresh process that trains and evaluates: doubled while it fits, then halved in between, on
    multiples of 8; the largest is tried once more.
    """
    from wattlab.studies.batch_size import study
    from wattlab.views.batch_size_page import write_batch_sizes
    from wattlab.views.batch_size_progress import make_search_observer
    from wattlab.views.batch_size_text import print_batch_sizes
    from wattlab.views.study_file import check_study_path

    if output is not None:
        check_study_path(output)
    observer = make_search_observer(quiet=quiet)
    try:
        if resume is not None:
            check_resume(context, "RECIPE")
            found = study.resume(resume, studies=studies, observer=observer)
        else:
            asked = _asked(
                recipe,
                {"engine.device": device, "engine.precision": precision},
                changes or [],
                limit,
                memory_limit,
                engine=engine,
                least=least,
                most=most,
                steps=steps,
            )
            found = study.find_batch_size(asked, studies=studies, observer=observer)
    except study.SearchInterrupted as interrupt:
        command = f"wattlab batch-size --resume {interrupt.folder}"
        say_interrupted(len(interrupt.answer.probes), "probe", command)
        raise typer.Exit(INTERRUPTED) from None
    if output is not None:
        write_batch_sizes(found, output)
    finish_study(
        found,
        print_batch_sizes,
        [(str(row.size), row.reason) for row in found.rows if row.outcome == "crashed"],
        some_finished=True,
        as_json=as_json,
        quiet=quiet,
    )


def _asked(
    recipe: str | None,
    named: dict[str, str | None],
    changes: list[str],
    limit: str,
    memory_limit: str | None,
    **plain: Any,
) -> BatchSizeAsked:
    """Return the question; `plain` are fields of `BatchSizeAsked` that need no reading."""
    from wattlab.studies.batch_size.asked import BatchSizeAsked
    from wattlab.studies.fields import parse_assignments
    from wattlab.units import parse_bytes, parse_seconds

    if recipe is None:
        msg = "there is nothing to look at; name a recipe, as in: wattlab batch-size mnist-fast"
        raise UserError(msg)
    given = {path: value for path, value in named.items() if value is not None}
    assigned = parse_assignments(changes)
    for path in given.keys() & assigned:
        msg = f"--set {path} and --{path.partition('.')[2]} both say the same; leave one of them out"
        raise UserError(msg)
    return BatchSizeAsked(
        recipe,
        changes={**assigned, **given},
        limit_s=parse_seconds(limit, "--limit"),
        memory_limit_B=None if memory_limit is None else parse_bytes(memory_limit),
        **plain,
    )
