"""The figure of a learning-rate range test as PNG, by matplotlib."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Final

from wattlab.views import lr_range_tables
from wattlab.views.colours import GREEN, run_colour
from wattlab.views.drawing import GREY, GRID, INK, LINE
from wattlab.views.lr_range_charts import SHAPES, lr_range_chart

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from wattlab.studies.lr_range.answer import LrRange
    from wattlab.views.lr_range_charts import LrRangeChart

__all__ = ["draw_lr_range"]

_MARKERS: Final = dict(zip(SHAPES, ("o", "s", "^", "D"), strict=True))
_SEED_MARKERS: Final = ("v", "P", "*", "<", "p", ">", "h", "8")
"""Of seeds: others than those of the pickers, so that one shape means one thing."""


def draw_lr_range(answer: LrRange) -> Figure:
    """Draw loss against learning rate, and below it what the short trainings gave.

    Parameters
    ----------
    answer : LrRange
        One without a curve gives a figure that says so.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    chart = lr_range_chart(answer)
    rows = 2 if chart.spots else 1
    figure = Figure((9.0, 8.2 if chart.spots else 6.2), layout="constrained")
    panels = figure.subplots(rows, 1, squeeze=False, sharex=True, height_ratios=(2.2, 1)[:rows])[:, 0]
    _draw_losses(panels[0], chart)
    if chart.spots:
        _draw_scores(panels[1], chart)
    for axes in panels:
        _dress(axes, chart)
    panels[-1].set_xlabel("learning rate", color=GREY, fontsize=9)
    figure.suptitle(fill(f"Learning rates of {answer.title}: {answer.status}", 90), color=INK, fontsize=12)
    lines = (*answer.verdicts, *lr_range_tables.reading(answer), lr_range_tables.circumstances(answer))
    foot = "\n".join(fill(line, 150) for line in lines)
    figure.supxlabel(foot, x=0.01, ha="left", fontsize=7.5, color=GREY)
    return figure


def _draw_losses(axes: Axes, chart: LrRangeChart) -> None:
    if not chart.lines:
        axes.text(0.5, 0.5, "no process gave a curve", transform=axes.transAxes, ha="center", color=GREY)
    for seed, line in enumerate(chart.lines):
        colour = run_colour(seed)
        axes.plot(line.rates, line.losses, ".", color=colour, markersize=3.5, alpha=0.35)
        axes.plot(line.rates, line.smoothed, color=colour, linewidth=1.7, label=line.name)
        for mark in line.marks:
            axes.plot(
                [mark.rate],
                [mark.loss],
                _MARKERS[mark.picker],
                color=colour,
                markersize=7,
                markeredgecolor="white",
            )
    for picker, marker in _MARKERS.items():
        if any(mark.picker == picker for line in chart.lines for mark in line.marks):
            axes.plot([], [], marker, color=GREY, markersize=6, label=picker)
    axes.set_ylim(*chart.loss_span)
    axes.set_ylabel("loss per sample\n(points: each step; lines: smoothed)", color=GREY, fontsize=9)
    if chart.lines:
        axes.legend(frameon=False, fontsize=8, loc="lower left", ncols=2)
    for number, place in enumerate(chart.places):
        axes.annotate(
            place.text,
            (place.rate, 1.0),
            xycoords=axes.get_xaxis_transform(),
            xytext=(-4 if number == 0 else 4, -12),
            textcoords="offset points",
            ha="right" if number == 0 else "left",
            fontsize=8.5,
            color=INK,
            bbox={"facecolor": "white", "alpha": 0.8, "linewidth": 0, "pad": 1.0},
        )


def _draw_scores(axes: Axes, chart: LrRangeChart) -> None:
    for spot in chart.spots:
        if spot.score is None:
            axes.plot(
                [spot.rate], [0.04], "x", color=run_colour(spot.seed), transform=axes.get_xaxis_transform()
            )
            continue
        marker = _SEED_MARKERS[spot.seed % len(_SEED_MARKERS)]
        axes.plot([spot.rate], [spot.score], marker, color=run_colour(spot.seed), markersize=6, alpha=0.85)
    seeds = sorted({spot.seed for spot in chart.spots})
    for seed in seeds if len(seeds) > 1 else ():
        marker = _SEED_MARKERS[seed % len(_SEED_MARKERS)]
        axes.plot([], [], marker, color=run_colour(seed), markersize=6, label=f"seed {seed}")
    if len(seeds) > 1:
        axes.legend(frameon=False, fontsize=8, loc="best", ncols=2)
    axes.margins(y=0.15)
    if chart.score_name == "accuracy":
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.4g}")
    axes.set_ylabel(f"{chart.score_name}, held out\n(short trainings; ×: diverged)", color=GREY, fontsize=9)


def _dress(axes: Axes, chart: LrRangeChart) -> None:
    axes.set_xscale("log")
    axes.set_xlim(*chart.rate_span)
    if chart.interval is not None:
        axes.axvspan(*chart.interval, color=GREEN, alpha=0.12, linewidth=0)
    for place in chart.places:
        axes.axvline(place.rate, color=INK, linewidth=1.0, linestyle="--")
    axes.tick_params(which="both", colors=GREY, labelsize=8)
    axes.grid(visible=True, color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(LINE)
