"""``wattlab centroids``: one clustering looked at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from wattlab.cli.shared import JsonFlag, PlotOutput, RunsFolder, ThemeOption, read_word

if TYPE_CHECKING:
    from wattlab.insight.clustering import Clustering
    from wattlab.recipe.preparation import Scaling
    from wattlab.views.plots.plot import Plot
    from wattlab.views.plots.themes import ThemeName

__all__ = ["add_to"]

What = Literal["centroids", "silhouette", "members", "classes"]
_WHATS: Final[tuple[What, ...]] = ("centroids", "silhouette", "members", "classes")
_SCALINGS: Final[tuple[Scaling, ...]] = ("none", "bytes", "standard", "min-max", "normalise")


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(centroids)


def centroids(
    target: Annotated[
        str,
        typer.Argument(
            metavar="RUN|DATA",
            help="A run's name, the beginning of it, its folder or \"last\"; or a data set's name or path.",
        ),
    ],
    k: Annotated[
        int | None,
        typer.Option("--k", help="Find so many clusters. Left out: a run's own; 10 in a data set."),
    ] = None,
    part: Annotated[
        str, typer.Option(metavar="train|validation|test", help="Samples that are looked at.")
    ] = "train",
    what: Annotated[
        str,
        typer.Option(
            "--what",
            metavar="|".join(_WHATS),
            help="What -o draws, and what --json prints; classes: which share a cluster.",
        ),
    ] = "centroids",
    scaling: Annotated[
        str | None,
        typer.Option(
            "--scaling",
            metavar="|".join(_SCALINGS),
            help="Before clusters are found. Left out: the run's, or normalise for images, standard for others.",
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Of the search. Left out: that of a run's own clusters; else 0.")
    ] = None,
    n_members: Annotated[
        int, typer.Option("--members", help="Nearest members of each cluster, and as many farthest ones.")
    ] = 8,
    silhouette_samples: Annotated[
        int, typer.Option(help="Samples for the silhouette, whose time grows with their square.")
    ] = 5000,
    label: Annotated[
        str | None, typer.Option(help="Column or array of the labels, where DATA is a file.")
    ] = None,
    output: PlotOutput = None,
    theme: ThemeOption = "light",
    as_json: JsonFlag = False,
    runs: RunsFolder = Path("wattlab-runs"),
) -> None:
    """Look at one clustering: centroids as images, silhouettes, nearest and farthest members, classes that share one.

    How many clusters there should be is what `wattlab clusters` asks.
    """
    from wattlab.insight.clustering import composition, find_clusters, silhouette
    from wattlab.insight.clustering.source import find_source
    from wattlab.records.store import RunStore
    from wattlab.views.centroids_text import print_clustering
    from wattlab.views.plots.file import check_plot_path, write_plot
    from wattlab.views.plots.numbers import to_json
    from wattlab.views.plots.themes import get_theme

    look, shown = get_theme(theme).name, read_word(what, "--what", _WHATS)
    scaled = None if scaling is None else read_word(scaling, "--scaling", _SCALINGS)
    if output is not None:
        check_plot_path(output)
    source = find_source(target, RunStore(runs), label)
    found = find_clusters(source, k, part=part, scaling=scaled, seed=seed)
    if as_json or output is not None:
        plot = _plot(found, shown, n_members, silhouette_samples, look)
        if output is not None:
            path = write_plot(plot, output)
        print(to_json(plot.data) if as_json else path)
        return
    shares = None if found.labels is None else composition(found)
    print_clustering(found, silhouette(found, silhouette_samples), shares)


def _plot(
    found: Clustering, what: What, n_members: int, silhouette_samples: int, theme: ThemeName
) -> Plot[Any]:
    from wattlab.insight import clustering
    from wattlab.views.plots.centroids import plot_centroids
    from wattlab.views.plots.composition import plot_composition
    from wattlab.views.plots.members import plot_members
    from wattlab.views.plots.silhouette import plot_silhouette

    match what:
        case "centroids":
            return plot_centroids(clustering.centroids(found), theme=theme)
        case "silhouette":
            return plot_silhouette(clustering.silhouette(found, silhouette_samples), theme=theme)
        case "members":
            return plot_members(clustering.members(found, n_members), theme=theme)
        case "classes":
            return plot_composition(clustering.composition(found), theme=theme)
