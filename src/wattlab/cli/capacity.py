"""``wattlab capacity``: bias and variance against capacity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

import typer

from wattlab.cli.shared import JsonFlag, PlotOutput, ThemeOption

if TYPE_CHECKING:
    from wattlab.insight.theory.capacity import Inputs

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(capacity)


def capacity(
    max_degree: Annotated[int, typer.Option(help="Polynomials from degree 0 to this one, at most 30.")] = 15,
    samples: Annotated[int, typer.Option(help="Of each data set; more than the degree.")] = 30,
    noise: Annotated[float, typer.Option(help="Its standard deviation, above 0.")] = 0.3,
    repeats: Annotated[int, typer.Option(help="Data sets, at least 2.")] = 100,
    inputs: Annotated[
        str, typer.Option(metavar="even|random", help="The same evenly spaced ones each time, or drawn anew.")
    ] = "even",
    seed: Annotated[int, typer.Option(help="Of all draws.")] = 0,
    output: PlotOutput = None,
    theme: ThemeOption = "light",
    as_json: JsonFlag = False,
) -> None:
    """Fit polynomials of rising degree to many small data sets: bias falls, variance rises, and one degree is best."""
    from wattlab.insight.theory.capacity import capacity_curve
    from wattlab.views.capacity_text import print_capacity
    from wattlab.views.plots.capacity import plot_capacity
    from wattlab.views.plots.file import check_plot_path, write_plot
    from wattlab.views.plots.numbers import to_json
    from wattlab.views.plots.themes import get_theme

    look = get_theme(theme).name
    if output is not None:
        check_plot_path(output)
    found = capacity_curve(max_degree, samples, noise, repeats, inputs=cast("Inputs", inputs), seed=seed)
    path = None if output is None else write_plot(plot_capacity(found, theme=look), output)
    if as_json:
        print(to_json(found))
    elif path is not None:
        print(path)
    else:
        print_capacity(found)
