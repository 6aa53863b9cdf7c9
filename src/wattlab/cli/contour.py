"""``wattlab contour``: a function of x and y, its contours and critical points."""

from __future__ import annotations

from typing import Annotated

import typer
from typer.core import TyperCommand

from wattlab.cli.shared import JsonFlag, PlotOutput, ThemeOption

__all__ = ["add_to"]


class _Command(TyperCommand):
    """A command whose arguments may begin with a minus, such as ``-x**2``, which are no options."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Put a space before what begins with a minus and is no option of ours; expressions and spans may have it."""
        own = [name for one in self.params for name in one.opts if not name.startswith("--")]
        return super().parse_args(ctx, [f" {one}" if _is_expression(one, own) else one for one in args])


def _is_expression(argument: str, short_options: list[str]) -> bool:
    if argument.startswith("--") or not argument.startswith("-"):
        return False
    return not any(argument.startswith(name) for name in short_options)


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command(cls=_Command)(contour)


def contour(
    expressions: Annotated[
        list[str],
        typer.Argument(
            metavar="EXPRESSION",
            help='Function of x and y, such as "x**2 + 4*y**2"; several are drawn side by side.',
        ),
    ],
    x: Annotated[str, typer.Option("--x", metavar="FROM:TO", help="Ends of the x axis.")] = "-5:5",
    y: Annotated[str, typer.Option("--y", metavar="FROM:TO", help="Ends of the y axis.")] = "-5:5",
    levels: Annotated[
        str,
        typer.Option(
            metavar="NUMBER|A,B,C",
            help="Into how many areas values are cut at most, which gives a line more; or the levels themselves.",
        ),
    ] = "12",
    n_points: Annotated[
        int, typer.Option("--points", metavar="NUMBER", help="Points of the mesh a side, 2 to 2000.")
    ] = 201,
    filled: Annotated[
        bool,
        typer.Option("--filled/--lines", help="Colour the areas between the levels, or the lines alone."),
    ] = True,
    solid: Annotated[bool, typer.Option("--3d", help="Draw a surface in three dimensions.")] = False,
    view: Annotated[
        str,
        typer.Option(metavar="ELEVATION:AZIMUTH", help="Whence it is seen in three dimensions, in degrees."),
    ] = "30:-60",
    colours: Annotated[
        str,
        typer.Option(
            "--colours", metavar="MAP", help="Colour map of matplotlib, such as plasma; _r reverses it."
        ),
    ] = "",
    labels: Annotated[
        bool, typer.Option("--labels/--no-labels", help="Write the levels on the lines.")
    ] = True,
    equal: Annotated[bool, typer.Option("--equal", help="A unit is as long in x as in y.")] = False,
    size: Annotated[
        str, typer.Option(metavar="WIDTHxHEIGHT", help="Of the figure, or of each of several. Unit: inch.")
    ] = "5.6x4.6",
    output: PlotOutput = None,
    theme: ThemeOption = "light",
    as_json: JsonFlag = False,
) -> None:
    """Say what a function of x and y is, its form, minima, maxima and saddles, and draw its contours.

    Operators are + - * / and ** for powers; there are pi, e and functions such as sin, exp, log, sqrt, abs, relu,
    sigmoid, minimum and arctan2. Nothing else in the text is executed.
    """
    from wattlab.insight.surface import Surfaces, compute_surface
    from wattlab.insight.surface.given import parse_levels, parse_pair
    from wattlab.views.contour_text import print_surface
    from wattlab.views.plots.colour_maps import get_colour_map
    from wattlab.views.plots.contour import ContourLook, plot_contours
    from wattlab.views.plots.file import check_plot_path
    from wattlab.views.plots.numbers import to_json
    from wattlab.views.plots.themes import get_theme

    look = ContourLook(
        filled,
        solid,
        colours,
        labels,
        equal,
        parse_pair(size, "--size", "x", low=1.0, high=60.0),
        parse_pair(view, "--view", ":"),
    )
    chosen = get_theme(theme).name
    if colours:
        get_colour_map(colours)
    if output is not None:
        check_plot_path(output)
    spans = parse_pair(x, "--x", ":"), parse_pair(y, "--y", ":")
    wanted = parse_levels(levels)
    found = Surfaces(
        tuple(compute_surface(one.strip(), *spans, levels=wanted, n_points=n_points) for one in expressions)
    )
    path = None if output is None else plot_contours(*found.surfaces, look=look, theme=chosen).save(output)
    if as_json:
        print(to_json(found))
    elif path is not None:
        print(path)
    else:
        for place, one in enumerate(found.surfaces):
            print("\n" * bool(place), end="")
            print_surface(one)
