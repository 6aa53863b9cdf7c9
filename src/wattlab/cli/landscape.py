"""``wattlab landscape``: the loss of a run around its weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from wattlab.cli.shared import JsonFlag, PlotOutput, RunName, RunsFolder, ThemeOption

if TYPE_CHECKING:
    from wattlab.insight.theory.landscape import LandscapeKind

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(landscape)


def landscape(
    run: RunName,
    along: Annotated[
        str,
        typer.Option(
            metavar="random|line|trajectory",
            help="Two random directions; from the initial weights to the last; the plane of the training's way.",
        ),
    ] = "random",
    points: Annotated[int, typer.Option(help="Along each direction, 3 to 1001.")] = 41,
    reach: Annotated[
        float | None,
        typer.Option(help="How far along random directions, in lengths of the filters. [default: 1]"),
    ] = None,
    part: Annotated[
        str, typer.Option(metavar="train|validation|test", help="Samples of the loss.")
    ] = "train",
    samples: Annotated[int, typer.Option(help="At most so many of them.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Of directions and samples.")] = 0,
    output: PlotOutput = None,
    theme: ThemeOption = "light",
    as_json: JsonFlag = False,
    runs: RunsFolder = Path("wattlab-runs"),
) -> None:
    """Find the loss of a trained network where its weights are others.

    The trajectory needs weights of several epochs: train with --keep-weights 1.
    """
    from wattlab.insight.theory.landscape import landscape as explore
    from wattlab.records.store import RunStore
    from wattlab.views.counting import counting
    from wattlab.views.landscape_text import print_landscape
    from wattlab.views.plots.file import check_plot_path, write_plot
    from wattlab.views.plots.landscape import plot_landscape
    from wattlab.views.plots.numbers import to_json
    from wattlab.views.plots.themes import get_theme

    look = get_theme(theme).name
    if output is not None:
        check_plot_path(output)
    chosen = RunStore(runs).find(run)
    with counting("points") as tell:
        found = explore(
            chosen,
            cast("LandscapeKind", along),
            points=points,
            reach=reach,
            part=part,
            samples=samples,
            seed=seed,
            tell=tell,
        )
    path = None if output is None else write_plot(plot_landscape(found, theme=look), output)
    if as_json:
        print(to_json(found))
    elif path is not None:
        print(path)
    else:
        print_landscape(found)
