"""``wattlab clusters``: into how many clusters to divide the samples, and whether fewer inputs pay."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wattlab.cli.shared import (
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
    from wattlab.studies.clusters.asked import ClustersAsked

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(clusters)


def clusters(
    context: typer.Context,
    target: Annotated[
        str | None,
        typer.Argument(
            metavar="RECIPE|DATA",
            help="A recipe's name or TOML file; or a data set's name or path, then with a network of 70 and 30 units.",
        ),
    ] = None,
    counts: Annotated[
        str | None, typer.Argument(metavar="[COUNTS]", help="The same as --k, for short.")
    ] = None,
    k: Annotated[
        str | None,
        typer.Option(
            "--k",
            metavar="A:B:STEP|K,K,...",
            help="Numbers of clusters: 10:170:10 or 40,70,90. Left out: up to 170, as far as they save inputs.",
        ),
    ] = None,
    seeds: Annotated[
        int, typer.Option(help="How often to find each number of clusters, with different seeds.")
    ] = 1,
    rounds: Annotated[
        int,
        typer.Option(
            help="How often to time steps of each network; 0: not, so nothing is said of what pays."
        ),
    ] = 3,
    n_init: Annotated[
        int | None,
        typer.Option(help="Starts of each search; the blog had 500. Left out: the recipe's, or 3."),
    ] = None,
    max_iter: Annotated[
        int | None,
        typer.Option(help="Most passes over the samples; the blog had 1000. Left out: the recipe's, or 100."),
    ] = None,
    batch_size: Annotated[
        int | None,
        typer.Option(help="Samples of a mini-batch; the blog had 500. Left out: the recipe's, or 1024."),
    ] = None,
    fit_on: Annotated[
        str | None,
        typer.Option(
            metavar="train|train-and-test",
            help="train-and-test: as the blog did; scores are optimistic after it.",
        ),
    ] = None,
    scaling: Annotated[
        str | None,
        typer.Option(
            metavar="none|bytes|standard|min-max|normalise",
            help="Before clusters are found. Left out: the recipe's, or normalise for images, standard for others.",
        ),
    ] = None,
    silhouette_samples: Annotated[
        int, typer.Option(help="Samples for the silhouette, whose time grows with their square; 0: none.")
    ] = 5000,
    space: Annotated[
        str, typer.Option(metavar="features|distances", help="Where the silhouette is found.")
    ] = "features",
    timeout: Annotated[str, typer.Option(metavar="DURATION", help="Longest time for a process.")] = "1h",
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="Change a field of the recipe."),
    ] = None,
    order_seed: OrderSeed = 0,
    resume: ResumedStudy = None,
    output: StudyOutput = None,
    studies: StudiesFolder = Path("wattlab-studies"),
    as_json: JsonFlag = False,
    quiet: QuietFlag = False,
) -> None:
    """Find clusters in several numbers: time, inertia with its elbow, silhouette, and what each number would save.

    Says from which number of epochs on fewer inputs pay for finding them. Each number has fresh processes.
    """
    from wattlab.studies.clusters import study
    from wattlab.views.clusters_notes import troubles
    from wattlab.views.clusters_page import write_clusters
    from wattlab.views.clusters_text import print_clusters
    from wattlab.views.study_file import check_study_path
    from wattlab.views.study_progress import make_study_observer

    if output is not None:
        check_study_path(output)
    observer = make_study_observer(quiet=quiet)
    with resumable():
        if resume is not None:
            check_resume(context, "RECIPE|DATA")
            found = study.resume(resume, studies=studies, observer=observer)
        else:
            settings = {"n_init": n_init, "max_iter": max_iter, "batch_size": batch_size, "fit_on": fit_on}
            asked = _asked(
                target,
                (counts, k),
                changes or [],
                timeout,
                settings=settings,
                scaling=scaling,
                seeds=seeds,
                rounds=rounds,
                silhouette_samples=silhouette_samples,
                space=space,
                order_seed=order_seed,
            )
            found = study.clusters(asked, studies=studies, observer=observer)
    if output is not None:
        write_clusters(found, output)
    finish_study(
        found,
        print_clusters,
        [(one.label, one.text) for _, one in troubles(found)],
        some_finished=found.n_found > 0,
        as_json=as_json,
        quiet=quiet,
    )


def _asked(
    target: str | None,
    counts: tuple[str | None, str | None],
    changes: list[str],
    timeout: str,
    **plain: object,
) -> ClustersAsked:
    """Return the question; `plain` are fields of `ClustersAsked` that need no reading."""
    from wattlab.studies.clusters.asked import ClustersAsked, parse_counts
    from wattlab.studies.fields import parse_assignments
    from wattlab.units import parse_seconds

    if target is None:
        msg = "there is no recipe and no data; name one, as in: wattlab clusters mnist --k 10:170:10"
        raise UserError(msg)
    first, second = counts
    if first is not None and second is not None:
        msg = f"the numbers of clusters are said twice, as {first!r} and as --k {second!r}; leave one of them out"
        raise UserError(msg)
    chosen = first if first is not None else second
    return ClustersAsked(
        target,
        parse_counts(chosen) if chosen is not None else (),
        changes=parse_assignments(changes),
        timeout_s=parse_seconds(timeout, "--timeout"),
        **plain,  # type: ignore[arg-type]
    )
