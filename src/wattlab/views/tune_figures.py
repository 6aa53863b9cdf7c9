"""The figure of a tuning study as PNG, by matplotlib."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Final

from wattlab.views import tune_notes
from wattlab.views.colours import BLUE
from wattlab.views.drawing import GREY, GRID, INK, LINE
from wattlab.views.tune_chart import KINDS
from wattlab.views.tune_charts import tune_chart

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from wattlab.studies.tune.answer import Tune
    from wattlab.views.tune_chart import Kind, Stroke, TuneChart, TunePanel

__all__ = ["draw_tune"]

_SIZE_IN: Final = (12.0, 4.2)
_HEAD_IN: Final = 1.4
_COLUMNS: Final = 2


def draw_tune(answer: Tune) -> Figure:
    """Draw front, importance, history and the course of every training.

    Parameters
    ----------
    answer : Tune
        One in which nothing was trained gives a figure that says so.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    chart = tune_chart(answer)
    n_rows = max(1, -(-len(chart.panels) // _COLUMNS))
    figure = Figure((_SIZE_IN[0], _HEAD_IN + _SIZE_IN[1] * n_rows), layout="constrained")
    grid = list(figure.subplots(n_rows, _COLUMNS if len(chart.panels) > 1 else 1, squeeze=False).flat)
    for axes, panel in zip(grid, chart.panels, strict=False):
        _draw(axes, panel)
    for axes in grid[len(chart.panels) :]:
        axes.set_axis_off()
    if not chart.panels:
        grid[0].text(0.5, 0.5, "nothing was trained", transform=grid[0].transAxes, ha="center", color=GREY)
    _head(figure, chart)
    figure.supxlabel(_foot(answer, chart), x=0.01, ha="left", fontsize=8, color=GREY)
    return figure


def _foot(answer: Tune, chart: TuneChart) -> str:
    missing = "" if answer.importance else answer.importance_note
    lines = (
        " ".join(filter(None, (chart.note, missing))),
        tune_notes.circumstances(answer),
        tune_notes.machine(answer),
    )
    return "\n".join(fill(line, 190) for line in lines if line)


def _draw(axes: Axes, panel: TunePanel) -> None:
    if panel.bars:
        _draw_bars(axes, panel)
    else:
        _draw_plane(axes, panel)
    axes.set_title(panel.title, loc="left", fontsize=11, color=INK)
    axes.set_xlabel(panel.x_label, color=GREY, fontsize=9)
    axes.set_ylabel(panel.y_label, color=GREY, fontsize=9)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(LINE)


def _draw_bars(axes: Axes, panel: TunePanel) -> None:
    names = [one.name for one in panel.bars]
    shares = [100 * one.share for one in panel.bars]
    drawn = axes.barh(range(len(names)), shares, color=BLUE, height=0.62)
    axes.bar_label(drawn, [f"{share:.0f} %" for share in shares], padding=4, color=INK, fontsize=9)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(0, 1.15 * max(shares))
    axes.tick_params(colors=GREY, labelsize=9)
    axes.tick_params("y", length=0, labelcolor=INK)
    axes.grid(visible=True, axis="x", color=GRID, linewidth=0.8)


def _draw_plane(axes: Axes, panel: TunePanel) -> None:
    for one in panel.strokes:
        _draw_stroke(axes, one)
    for kind in KINDS:
        _draw_dots(axes, panel, kind)
    if panel.level is not None:
        axes.axhline(panel.level, color=INK, linewidth=1.0, linestyle="--")
        axes.annotate(
            panel.level_name,
            (1.0, panel.level),
            xycoords=("axes fraction", "data"),
            xytext=(0, -3),
            textcoords="offset points",
            ha="right",
            va="top",
            fontsize=8,
            color=INK,
        )
    if panel.x_log:
        _make_logarithmic(axes, "x")
    if panel.y_log:
        _make_logarithmic(axes, "y")
    if panel.low is not None:
        axes.set_ylim(panel.low, panel.high)
    axes.tick_params(colors=GREY, labelsize=9)
    axes.grid(visible=True, color=GRID, linewidth=0.8)


def _draw_stroke(axes: Axes, one: Stroke) -> None:
    axes.plot(
        one.x,
        one.y,
        color=KINDS[one.kind].colour,
        linewidth=2.0 if one.is_strong else 1.0,
        alpha=1.0 if one.is_strong else 0.45,
        linestyle="--" if one.kind == "adam" else "-",
        drawstyle="steps-post" if one.is_stepped else "default",
        marker="" if one.is_stepped else KINDS[one.kind].marker,
        markersize=4,
        fillstyle="none" if one.kind == "stopped" else "full",
        zorder=3 if one.is_strong else 2,
    )


def _draw_dots(axes: Axes, panel: TunePanel, kind: Kind) -> None:
    dots = [one for one in panel.dots if one.kind == kind]
    look, is_open = KINDS[kind], kind in {"front", "stopped"}
    axes.plot(
        [one.x for one in dots],
        [one.y for one in dots],
        color=look.colour,
        marker=look.marker,
        markersize=12 if kind == "front" else 7,
        markeredgewidth=1.6,
        fillstyle="none" if is_open else "full",
        linestyle="",
        zorder=4,
    )


def _make_logarithmic(axes: Axes, name: str) -> None:
    """Make an axis logarithmic, with ticks that are numbers one can read."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axes.set(**{f"{name}scale": "log"})
    axis = {"x": axes.xaxis, "y": axes.yaxis}[name]
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(NullFormatter())


def _head(figure: Figure, chart: TuneChart) -> None:
    """Write the title, and below it what colours and shapes mean."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D(
            [],
            [],
            color=KINDS[kind].colour,
            marker=KINDS[kind].marker,
            markersize=9 if kind == "front" else 7,
            fillstyle="none" if kind in {"front", "stopped"} else "full",
            linestyle="-" if kind == "best" else "",
            linewidth=2.0,
            label=words,
        )
        for kind, words in chart.words.items()
    ]
    title = fill(chart.title, 110)
    if not handles:
        figure.suptitle(title, color=INK, fontsize=13, x=0.01, ha="left")
        return
    legend = figure.legend(
        handles=handles,
        title=title,
        loc="outside upper left",
        ncols=len(handles),
        frameon=False,
        fontsize=9,
        title_fontsize=13,
        labelcolor=INK,
        alignment="left",
    )
    legend.get_title().set_color(INK)
