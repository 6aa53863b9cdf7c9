"""The roofline of an explanation as a PNG file, by matplotlib."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Final

from wattlab.views.colours import BLUE, GREEN, ORANGE, PLAIN
from wattlab.views.drawing import GREY, GRID, INK, LINE
from wattlab.views.explain_chart import roofline_chart

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


_SIDES: Final = (6, -14)
"""Where names stand, in turn: above their points, and below. Unit: pt."""
_APART: Final = 4.0
"""Factor of intensity between the names of two bandwidths."""


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
        _draw_point(axes, point, chart, named=point.label in chart.named)
    _dress(axes, chart)
    return figure


def _draw_roof(axes: Axes, chart: RooflineChart) -> None:
    slanted = [one for one in chart.strokes if one.slanted]
    for one in chart.strokes:
        axes.plot(one.x, [rate / 1e9 for rate in one.y], color=PLAIN, linewidth=1.8, zorder=1)
        if not one.slanted:
            place = (chart.x[1], one.y[1] / 1e9)
            axes.text(*place, f"{one.label} ", ha="right", va="bottom", fontsize=9, color=GREY)
    for number, one in enumerate(slanted):  # one after the other, as two caches may lie close together
        x = chart.x[0] * 1.1 * _APART**number
        axes.annotate(
            one.label,
            (x, one.y[0] / one.x[0] * x / 1e9),
            xytext=(0, 3),
            textcoords="offset points",
            fontsize=9,
            color=GREY,
            rotation=_slope(axes, chart),
            rotation_mode="anchor",
        )


def _slope(axes: Axes, chart: RooflineChart) -> float:
    """Return how steep a bandwidth is drawn. Unit: degrees."""
    from math import atan2, degrees, log10

    width, height = axes.bbox.width, axes.bbox.height
    across, up = log10(chart.x[1] / chart.x[0]), log10(chart.y[1] / chart.y[0])
    return degrees(atan2(height / up, width / across))


def _draw_point(axes: Axes, point: Point, chart: RooflineChart, *, named: bool) -> None:
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
    if named:
        right = point.intensity > (chart.x[0] * chart.x[1]) ** 0.5
        axes.annotate(
            point.label,
            (point.intensity, point.rate / 1e9),
            xytext=(-9 if right else 9, _SIDES[chart.named.index(point.label) % 2]),
            textcoords="offset points",
            ha="right" if right else "left",
            fontsize=9,
            color=INK,
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
