"""``wattlab weights``: the weights of a layer, unit by unit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wattlab.cli.shared import JsonFlag, PlotOutput, RunName, RunsFolder, ThemeOption

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(weights)


def weights(
    run: RunName,
    layer: Annotated[
        str | None,
        typer.Option(
            "--layer", metavar="NAME", help="Its name, or its place such as layers.2; left out: the first."
        ),
    ] = None,
    count: Annotated[int, typer.Option("--count", min=1, help="At most so many units or filters.")] = 36,
    by_norm: Annotated[
        bool, typer.Option("--by-norm", help="The units with the largest weights first; else in their order.")
    ] = False,
    output: PlotOutput = None,
    theme: ThemeOption = "light",
    as_json: JsonFlag = False,
    runs: RunsFolder = Path("wattlab-runs"),
) -> None:
    """Show the weights of a run's first layer, or of another one: as images where they read images.

    Features that were left out are blank; weights on a linear reduction are unfolded to the features.
    """
    from wattlab.insight.inside.weights import layer_weights
    from wattlab.records.store import RunStore
    from wattlab.views.inside_text import print_weights
    from wattlab.views.plots.file import check_plot_path, write_plot
    from wattlab.views.plots.numbers import to_json
    from wattlab.views.plots.themes import get_theme
    from wattlab.views.plots.weights import plot_weights

    look = get_theme(theme).name
    if output is not None:
        check_plot_path(output)
    found = layer_weights(RunStore(runs).find(run), layer, count=count, by_norm=by_norm)
    path = None if output is None else write_plot(plot_weights(found, theme=look), output)
    if as_json:
        print(to_json(found))
    elif path is not None:
        print(path)
    else:
        print_weights(found)
