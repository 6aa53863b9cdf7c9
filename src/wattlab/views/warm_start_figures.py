"""The figure of a study of warm starts as PNG, by matplotlib."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Final

from wattlab.views import warm_start_tables
from wattlab.views.drawing import GREY, GRID, INK, LINE
from wattlab.views.warm_start_charts import warm_start_chart

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from wattlab.studies.warm_start.answer import WarmStarts
    from wattlab.views.warm_start_charts import Chart, Panel

__all__ = ["draw_warm_starts"]

_SIZE_IN: Final = (11.0, 6.0)


def draw_warm_starts(answer: WarmStarts) -> Figure:
    """Draw the score against time and against energy, one line a training, coloured by stage.

    Parameters
    ----------
    answer : WarmStarts
        One without any trainings gives a figure that says so.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    chart = warm_start_chart(answer)
    figure = Figure(_SIZE_IN, layout="constrained")
    axes = figure.subplots(1, max(1, len(chart.panels)), squeeze=False)[0]
    if not chart.panels:
        axes[0].text(0.5, 0.5, "nothing was trained", transform=axes[0].transAxes, ha="center", color=GREY)
    for one, panel in zip(axes, chart.panels, strict=False):
        _draw(one, panel, chart)
        _dress(one, panel, chart)
    _legend(figure, chart, fill(answer.title, 100))
    foot = (*answer.verdicts, *warm_start_tables.reading(answer), warm_start_tables.circumstances(answer))
    figure.supxlabel("\n".join(fill(line, 170) for line in foot), x=0.01, ha="left", fontsize=8, color=GREY)
    return figure


def _draw(axes: Axes, panel: Panel, chart: Chart) -> None:
    for curve in panel.curves:
        colour = chart.colours[curve.place]
        marker = "o" if len(curve.x) == 1 else ""
        axes.plot(curve.x, curve.y, color=colour, linewidth=1.4, marker=marker, markersize=5)
        if curve.after is not None:
            link = (curve.after, (curve.x[0], curve.y[0]))
            axes.plot(*zip(*link, strict=True), color=colour, linewidth=0.9, linestyle=":")
        if curve.reached is not None:
            axes.plot(*curve.reached, marker="D", color=colour, markersize=6, markeredgecolor="white")
    axes.axhline(chart.target, color=INK, linestyle=":", linewidth=1.2)
    axes.annotate(
        f"target {chart.target:g}",
        (0.0, chart.target),
        xycoords=axes.get_yaxis_transform(),
        xytext=(4, 3),
        textcoords="offset points",
        fontsize=8,
        color=INK,
    )


def _dress(axes: Axes, panel: Panel, chart: Chart) -> None:
    axes.set_title(panel.title, loc="left", fontsize=11, color=INK)
    axes.set_xlabel(panel.x_label, color=GREY)
    axes.set_ylabel(chart.y_label, color=GREY)
    axes.set_xlim(left=0)
    axes.grid(visible=True, color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=GREY, labelsize=9)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(LINE)


def _legend(figure: Figure, chart: Chart, title: str) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=colour, linewidth=3, label=label)
        for label, colour in zip(chart.labels, chart.colours, strict=True)
    ]
    handles.append(Line2D([], [], color=GREY, marker="D", linestyle="", label="target reached"))
    legend = figure.legend(
        handles=handles,
        title=title,
        title_fontsize=12,
        loc="outside upper center",
        ncols=min(len(handles), 5),
        frameon=False,
        fontsize=9,
        labelcolor=INK,
    )
    legend.get_title().set_color(INK)
