"""``wattlab shear``: what a shear makes of a circle, an ellipse, a square or a cube."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from wattlab.cli.shared import JsonFlag, PlotOutput, ThemeOption, read_word

if TYPE_CHECKING:
    from wattlab.insight.geometry.matrices import Axis
    from wattlab.insight.geometry.stages import Way

__all__ = ["add_to"]

_AXES: Final[tuple[Axis, ...]] = ("x", "y")
_WAYS: Final[tuple[Way, ...]] = ("svd", "polar")


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(shear)


def shear(
    amount: Annotated[
        str,
        typer.Option(
            "--lambda",
            metavar="LAMBDA",
            help="By how much x grows with y; with --cube up to three, as in 1.5,0.5,0.3: x by y, x by z, y by z.",
        ),
    ] = "1",
    radius: Annotated[
        float,
        typer.Option(help="Of the circle; half a side of square or cube; root of the ellipse's right side."),
    ] = 1.0,
    axis: Annotated[
        str, typer.Option(metavar="x|y", help="Along which points move; y: the transposed matrix.")
    ] = "x",
    square: Annotated[bool, typer.Option("--square", help="Shear a square instead of a circle.")] = False,
    cube: Annotated[bool, typer.Option("--cube", help="Shear a cube and the sphere inside.")] = False,
    ellipse: Annotated[
        str | None, typer.Option(metavar="a,b,c", help="Shear the ellipse ax² + bxy + cy² = radius².")
    ] = None,
    then: Annotated[
        float | None,
        typer.Option(metavar="MU", help="A second shear, along the other axis: what the product is."),
    ] = None,
    steps: Annotated[
        str | None,
        typer.Option(
            metavar="svd|polar",
            help="Show the factors one by one: rotate, scale, rotate (svd), or scale, rotate (polar).",
        ),
    ] = None,
    output: PlotOutput = None,
    theme: ThemeOption = "light",
    as_json: JsonFlag = False,
) -> None:
    """Show what a shear makes of a circle: axes, angle, extremal points, and its decompositions.

    A latent space that is normally distributed is a standard normal distribution, sheared, scaled and rotated.
    """
    from wattlab.insight.geometry.asked import ShearAsked, find_sheared
    from wattlab.views.plots.file import check_plot_path, write_plot
    from wattlab.views.plots.numbers import to_json
    from wattlab.views.plots.shear import plot_shear
    from wattlab.views.plots.themes import get_theme
    from wattlab.views.shear_text import print_sheared

    look, along = get_theme(theme).name, read_word(axis, "--axis", _AXES)
    way = None if steps is None else read_word(steps, "--steps", _WAYS)
    if output is not None:
        check_plot_path(output)
    found = find_sheared(ShearAsked(amount, radius, along, square, cube, ellipse, then, way))
    path = None if output is None else write_plot(plot_shear(found, theme=look), output)
    if as_json:
        print(to_json(found))
    elif path is not None:
        print(path)
    else:
        print_sheared(found)
