"""The roofline of an explanation as a PNG file, by matplotlib."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Final

from wattlab.views.colours import BLUE, GREEN, ORANGE, PLAIN
from wattlab.views.drawing import GREY, GRID, INK, LINE
from wattlab.views.explain_chart import roofline_chart
from wattlab.views.explain_labels import place_labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from wattlab.studies.explain.answer import Explanation, Point
    from wattlab.views.explain_chart import RooflineChart

__all__ = ["KINDS", "draw_roofline"]

KINDS: Final = {
    "step": ("the whole step", ORANGE, "*"),
    "affine": ("a layer with a product", BLUE, "o"),
    "other": ("another layer", GREEN, "s"),
}
"""What a point is, its colour and its marker."""

_FONT_PT: Final = 9
"""Size of the names."""


def draw_roofline(answer: Explanation) -> Figure:
    """Draw rates by arithmetic intensity under this machine's ceilings.

    Parameters
    ----------
    answer : Explanation
        One without ceilings gives a figure that says so.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    figure = Figure((9.0, 6.2), layout="constrained")
    axes = figure.subplots()
    figure.suptitle(fill(answer.title, 90), color=INK, fontsize=13)
    figure.supxlabel(fill(answer.sentence, 130), x=0.01, ha="left", fontsize=9, color=GREY)
    if answer.roofline is None:
        axes.text(0.5, 0.5, "no ceiling is known", transform=axes.transAxes, ha="center", color=GREY)
        return figure
    chart = roofline_chart(answer.roofline)
    _draw_roof(axes, chart)
    for point in chart.points:
        _draw_point(axes, point)
    _dress(axes, chart)
    figure.draw_without_rendering()  # gives the axes their size
    _name(axes, chart, 72 / figure.dpi)
    return figure


def _draw_roof(axes: Axes, chart: RooflineChart) -> None:
    for one in chart.strokes:
        axes.plot(one.x, [rate / 1e9 for rate in one.y], color=PLAIN, linewidth=1.8, zorder=1)


def _name(axes: Axes, chart: RooflineChart, pixel_pt: float) -> None:
    """Write the names beside lines and points."""
    width, height = pixel_pt * axes.bbox.width, pixel_pt * axes.bbox.height
    for one in place_labels(chart, width, height, _FONT_PT):
        axes.annotate(
            one.text,
            (one.x, one.y / 1e9),
            xytext=(one.dx, one.dy),
            textcoords="offset points",
            ha="left",
            va="center",
            fontsize=_FONT_PT,
            color=GREY if one.line else INK,
            zorder=4,
        )


def _draw_point(axes: Axes, point: Point) -> None:
    _, colour, marker = KINDS[point.kind]
    size = 15 if point.kind == "step" else 7
    axes.plot(
        point.intensity,
        point.rate / 1e9,
        marker=marker,
        markersize=size,
        color=colour,
        markeredgecolor="white",
        linestyle="",
        zorder=3 if point.kind == "step" else 2,
    )


def _dress(axes: Axes, chart: RooflineChart) -> None:
    from matplotlib.lines import Line2D

    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(*chart.x)
    axes.set_ylim(chart.y[0] / 1e9, chart.y[1] / 1e9)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("operations for each byte moved (FLOP/B)", color=GREY)
    axes.set_ylabel("GFLOP/s", color=GREY)
    axes.tick_params(colors=GREY, labelsize=9)
    axes.grid(visible=True, color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("bottom", "left"):
        axes.spines[side].set_color(LINE)
    present = {point.kind for point in chart.points}
    handles = [
        Line2D([], [], linestyle="", marker=marker, color=colour, label=label)
        for kind, (label, colour, marker) in KINDS.items()
        if kind in present
    ]
    axes.legend(handles=handles, frameon=False, fontsize=9, loc="lower right")
