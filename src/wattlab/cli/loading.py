"""``wattlab loading``: where input comes from, how fast, and whether training waits for it."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wattlab.cli.shared import (
    INTERRUPTED,
    JsonFlag,
    OrderSeed,
    QuietFlag,
    ResumedStudy,
    RunsFolder,
    StudiesFolder,
    StudyOutput,
    check_resume,
    finish_study,
    say_interrupted,
)
from wattlab.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.studies.loading.answer import Loading
    from wattlab.studies.loading.asked import Asked
    from wattlab.studies.loading.plan import FileSet

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(loading)


def loading(
    context: typer.Context,
    target: Annotated[
        str | None,
        typer.Argument(
            metavar="DIR|DATASET",
            help="Folder or file to read, or a data set that lies in files, such as mnist.",
        ),
    ] = None,
    workers: Annotated[
        str, typer.Option(metavar="N,N,...", help="How many workers read at the same time.")
    ] = "1,2,4",
    kinds: Annotated[str, typer.Option(help="Workers: threads, processes, or both.")] = "threads,processes",
    formats: Annotated[
        str | None,
        typer.Option(
            metavar="NAME,NAME,...",
            help="Also read as raw (bytes), direct (past the cache), npy, npy-mmap, npz, npz-compressed, idx-gz, csv, "
            "parquet, safetensors, png, jpeg; files are converted for it. Left out: as they are, and raw.",
        ),
    ] = None,
    rounds: Annotated[
        int, typer.Option(help="How often all is read in each way; below 5 there is no verdict.")
    ] = 5,
    generate: Annotated[
        str | None,
        typer.Option(
            metavar="COUNTxSIZE", help="Write such files into DIR first, as 50x40MB; removed afterwards."
        ),
    ] = None,
    limit: Annotated[
        str, typer.Option(metavar="SIZE", help='Most that is read of a folder, a random choice; or "none".')
    ] = "2GB",
    scratch: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where converted files go; if it lies at another place, as a local disk, copies are read there, too.",
        ),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the files that were written for the study.")
    ] = False,
    recipe: Annotated[
        str | None, typer.Option(metavar="RECIPE", help="Is this training bound by input? It is timed here.")
    ] = None,
    run: Annotated[
        str | None,
        typer.Option(metavar="RUN", help='Is that past run ("last") bound by input? Not timed again.'),
    ] = None,
    samples_per_file: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Training samples in a file. Left out: a picture is one, and each row of npy, npz, idx, csv and "
            "parquet; for --recipe and --run, other formats need it.",
        ),
    ] = None,
    order_seed: OrderSeed = 0,
    resume: ResumedStudy = None,
    output: StudyOutput = None,
    runs: RunsFolder = Path("wattlab-runs"),
    studies: StudiesFolder = Path("wattlab-studies"),
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
) -> None:
    """Measure how fast files come from where they lie, by cache, format and workers, and what cache would pay.

    Every reading is a process of its own, in interleaved rounds; a cold cache is made cold, and checked to be.
    """
    from wattlab.studies.loading import study
    from wattlab.views.loading_figures import write_loading
    from wattlab.views.loading_tables import troubles
    from wattlab.views.loading_text import print_loading
    from wattlab.views.study_file import check_study_path
    from wattlab.views.study_progress import make_study_observer

    if output is not None:
        check_study_path(output)
    observer = make_study_observer(quiet=quiet)
    try:
        if resume is not None:
            check_resume(context, "DIR")
            found = study.resume(resume, studies=studies, observer=observer)
        else:
            asked = _asked(
                target,
                formats=formats,
                workers=workers,
                kinds=kinds,
                limit=limit,
                generate=generate,
                rounds=rounds,
                scratch=scratch,
                keep=keep,
                recipe=recipe,
                run=run,
                runs=runs,
                samples_per_file=samples_per_file,
                order_seed=order_seed,
            )
            found = study.load_study(asked, studies=studies, observer=observer)
    except study.LoadingInterrupted as interrupt:
        command = f"wattlab loading --resume {interrupt.folder}"
        say_interrupted(len(interrupt.answer.trials), "trial", command)
        _say_made(interrupt.made)
        raise typer.Exit(INTERRUPTED) from None
    if output is not None:
        write_loading(found, output)
    finish_study(
        found,
        print_loading,
        [*((one.label, one.text) for one in troubles(found)), *_training_failures(found)],
        some_finished=any(row.seconds is not None for row in found.rows) and not _training_failures(found),
        as_json=as_json,
        quiet=quiet,
    )


def _training_failures(found: Loading) -> list[tuple[str, str]]:
    """Return why the training that loading was to be held against never finished; nothing if it did."""
    training = found.training
    if training is None or training.rate is not None:
        return []
    return [(f"training {training.label}", failure) for failure in training.failures]


def _say_made(made: Sequence[FileSet]) -> None:
    """Say which files an interrupted study leaves, and how they are removed."""
    from wattlab.units import format_bytes

    for one in made:
        print(
            f"files made for it stay until then in {one.made_in} ({format_bytes(one.size_B)}); "
            f"if you do not go on, remove them with: rm -r {shlex.quote(one.made_in)}",
            file=sys.stderr,
        )


def _asked(
    target: str | None,
    *,
    formats: str | None,
    workers: str,
    kinds: str,
    limit: str,
    generate: str | None,
    **plain: object,
) -> Asked:
    """Return the question; `plain` are fields of `Asked` that need no reading."""
    from wattlab.studies.loading.asked import Asked
    from wattlab.studies.loading.making import Wanted
    from wattlab.studies.loading.plan import parse_workers
    from wattlab.units import parse_bytes

    if target is None:
        msg = "there is nothing to read; name a folder or a data set, as in: wattlab loading mnist"
        raise UserError(msg)
    return Asked(
        target,
        formats=() if formats is None else tuple(name.strip() for name in formats.split(",")),
        workers=parse_workers(workers, kinds),
        limit_B=None if limit == "none" else parse_bytes(limit),
        generate=None if generate is None else Wanted.parse(generate),
        **plain,  # type: ignore[arg-type]
    )
