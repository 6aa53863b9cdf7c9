"""``wattlab saturation``: how far the activations of each layer are saturated."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wattlab.cli.shared import JsonFlag, PartName, PlotOutput, RunName, RunsFolder, ThemeOption

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(saturation)


def saturation(
    run: RunName,
    part: PartName = "train",
    n_samples: Annotated[
        int, typer.Option("--samples", min=1, help="At most so many, evenly spread over the part.")
    ] = 1000,
    output: PlotOutput = None,
    theme: ThemeOption = "light",
    as_json: JsonFlag = False,
    runs: RunsFolder = Path("wattlab-runs"),
) -> None:
    """Show how far each layer is saturated, with the initial and with the trained weights.

    Sigmoid and tanh: the share of activations in the flat ends, where nothing is learned. ReLU: units that are zero for
    every sample.
    """
    from wattlab.insight.inside.saturation import find_saturation
    from wattlab.records.store import RunStore
    from wattlab.views.inside_text import print_saturation
    from wattlab.views.plots.file import check_plot_path, write_plot
    from wattlab.views.plots.numbers import to_json
    from wattlab.views.plots.saturation import plot_saturation
    from wattlab.views.plots.themes import get_theme

    look = get_theme(theme).name
    if output is not None:
        check_plot_path(output)
    found = find_saturation(RunStore(runs).find(run), part, n_samples=n_samples)
    path = None if output is None else write_plot(plot_saturation(found, theme=look), output)
    if as_json:
        print(to_json(found))
    elif path is not None:
        print(path)
    else:
        print_saturation(found)
