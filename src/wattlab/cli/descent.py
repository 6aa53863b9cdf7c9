"""``wattlab descent``: the paths of optimizers on a small loss."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from wattlab.cli.shared import JsonFlag, ThemeOption

if TYPE_CHECKING:
    from wattlab.insight.theory.regression import Reduction

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(descent)


def descent(
    loss: Annotated[
        str,
        typer.Argument(
            metavar="LOSS",
            help='An expression of x, or x and y, such as "x**2 + 4*y**2"; or linear-regression.',
        ),
    ],
    optimizer: Annotated[
        str,
        typer.Option(metavar="NAME[,NAME…]", help="gd, momentum, nesterov, adagrad, rmsprop, adam, adamw, …"),
    ] = "gd",
    rate: Annotated[
        str | None,
        typer.Option(metavar="η[,η…]", help="Learning rates, each with each optimizer. [default: 0.1]"),
    ] = None,
    start: Annotated[
        str | None, typer.Option(metavar="X[,Y]", help="Where all begin. [default: 2,1.5]")
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Updates. [default: 50; regression: 100 epochs]")] = None,
    momentum: Annotated[
        float | None, typer.Option(metavar="γ", help="Of those that have it; β₁ of Adam. [default: 0.9]")
    ] = None,
    show: Annotated[
        str | None,
        typer.Option(metavar="P[,P]", help="Parameters of the surface. [default: x,y; regression: a3,b]"),
    ] = None,
    reduction: Annotated[
        str | None, typer.Option(metavar="sum|mean", help="Regression: of the squared errors. [default: sum]")
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(help="Regression: samples in a mini-batch. [default: all 50]")
    ] = None,
    noise: Annotated[
        float | None, typer.Option(min=0, help="Regression: standard deviation in y. [default: 0]")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Regression: of samples, start and batches. [default: 0]")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Draw it: .png, .svg, .pdf, a .html page; .gif, .webp, .apng: a film; .json: all numbers.",
        ),
    ] = None,
    theme: ThemeOption = "light",
    as_json: JsonFlag = False,
) -> None:
    """Show how optimizers go down a loss, and from which learning rate on they would not.

    The update rules are those that train. linear-regression is the worked example of a talk: 50 samples, y = 4 x₁ −
    5 x₂ + 3 x₃ + 2, summed squared error, learning rate 0.01, which diverges.
    """
    from wattlab.insight.theory.asked import DescentAsked, find_descents, names_in, numbers_in
    from wattlab.views.counting import counting
    from wattlab.views.descent_text import print_descents
    from wattlab.views.plots.descent_file import check_descent_path, write_descent
    from wattlab.views.plots.numbers import to_json
    from wattlab.views.plots.themes import get_theme

    look = get_theme(theme).name
    if output is not None:
        check_descent_path(output)
    found = find_descents(
        DescentAsked(
            loss,
            names_in(optimizer),
            () if rate is None else numbers_in(rate, "the learning rate"),
            None if start is None else numbers_in(start, "the start"),
            steps,
            momentum,
            None if show is None else names_in(show),
            cast("Reduction | None", reduction),
            batch_size,
            noise,
            seed,
        )
    )
    path = None
    if output is not None:
        with counting("frames") as tell:
            path = write_descent(found, output, theme=look, tell=tell)
    if as_json:
        print(to_json(found))
    elif path is not None:
        print(path)
    else:
        print_descents(found)
