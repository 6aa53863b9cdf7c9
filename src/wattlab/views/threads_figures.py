"""The figure of a study of threads as PNG, by matplotlib."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Final

from wattlab.views import threads_notes
from wattlab.views.colours import RUNS
from wattlab.views.drawing import GREY, GRID, INK, LINE
from wattlab.views.sweep_figures import MARKERS
from wattlab.views.threads_charts import threads_chart

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from wattlab.studies.threads.answer import Threads
    from wattlab.views.threads_charts import ThreadLine, ThreadPanel, ThreadsChart

__all__ = ["draw_threads"]

_SIZE_IN: Final = (12.0, 6.2)
_ROOM: Final = 1.08


def draw_threads(answer: Threads) -> Figure:
    """Draw time and energy, or processor time, of an epoch against the number of threads, a line for each engine.

    Parameters
    ----------
    answer : Threads
        One in which nothing was timed gives a figure that says so.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    chart = threads_chart(answer)
    figure = Figure(_SIZE_IN, layout="constrained")
    grid = figure.subplots(1, max(1, len(chart.panels)), squeeze=False)[0]
    if not chart.panels:
        grid[0].text(0.5, 0.5, "nothing was timed", transform=grid[0].transAxes, ha="center", color=GREY)
    for axes, panel in zip(grid, chart.panels, strict=False):
        _draw(axes, panel, chart)
    if chart.panels:
        _key(figure, chart)
    figure.suptitle(fill(chart.title, 80), color=INK, fontsize=13)
    figure.supxlabel(_foot(answer), x=0.01, ha="left", fontsize=8, color=GREY)
    return figure


def _foot(answer: Threads) -> str:
    said = " ".join(one.text for one in threads_notes.conclusions(answer))
    lines = (said, threads_notes.circumstances(answer), threads_notes.machine(answer))
    return "\n".join(fill(line, 180) for line in lines)


def _draw(axes: Axes, panel: ThreadPanel, chart: ThreadsChart) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter, NullLocator

    axes.set_xscale("log", base=2)
    axes.set_xticks(chart.ticks, [str(count) for count in chart.ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(chart.ticks[0] / 1.25, chart.ticks[-1] * 1.25)
    if panel.log:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter(NullFormatter())
    for line in panel.lines:
        _draw_line(axes, line)
    if not panel.log:
        axes.set_ylim(0, _ROOM * max(one.high for line in panel.lines for one in line.points))
    if chart.ticks[0] < chart.cores < chart.ticks[-1]:
        axes.axvline(chart.cores, color=LINE, linewidth=1.0, zorder=0)
    _dress(axes, panel)


def _draw_line(axes: Axes, line: ThreadLine) -> None:
    colour, points = RUNS[line.number % len(RUNS)], line.points
    axes.errorbar(
        [one.threads * line.shift for one in points],
        [one.value for one in points],
        yerr=[[one.value - one.low for one in points], [one.high - one.value for one in points]],
        color=colour,
        marker=MARKERS[line.number % len(MARKERS)],
        markersize=6,
        capsize=4,
        linewidth=1.6,
    )
    if line.ideal:
        axes.plot(*zip(*line.ideal, strict=True), color=colour, linestyle="--", linewidth=1.0, zorder=1)


def _dress(axes: Axes, panel: ThreadPanel) -> None:
    axes.set_title(panel.title, loc="left", fontsize=11, color=INK)
    axes.set_xlabel("threads", color=GREY)
    axes.set_ylabel(panel.y_label, color=GREY)
    axes.tick_params(colors=GREY, labelsize=9)
    axes.grid(visible=True, axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(LINE)


def _key(figure: Figure, chart: ThreadsChart) -> None:
    """Say what colours, shapes and dashes mean."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D(
            [],
            [],
            color=RUNS[line.number % len(RUNS)],
            marker=MARKERS[line.number % len(MARKERS)],
            label=line.name,
        )
        for line in chart.panels[0].lines
    ]
    if any(line.ideal for line in chart.panels[0].lines):
        handles.append(Line2D([], [], color=GREY, linestyle="--", linewidth=1.0, label="shared without loss"))
    if chart.ticks[0] < chart.cores < chart.ticks[-1]:
        handles.append(Line2D([], [], color=LINE, linewidth=1.0, label="all usable cores"))
    figure.legend(handles=handles, loc="outside right upper", frameon=False, fontsize=9, labelcolor=INK)
