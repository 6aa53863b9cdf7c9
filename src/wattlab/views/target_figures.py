"""The figure of a study of a target as PNG, by matplotlib."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Final

from wattlab.views import target_notes
from wattlab.views.colours import RUNS
from wattlab.views.drawing import GREY, GRID, INK, LINE, make_logarithmic
from wattlab.views.target_charts import target_chart

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from wattlab.studies.target.answer import Target
    from wattlab.views.target_charts import ScorePanel, SurvivalPanel, TargetChart

__all__ = ["DASHES", "draw_target"]

DASHES: Final = ("-", "--", "-.", ":")
"""Recipes are told apart by dash, too."""
_COLUMNS: Final = 2
_PANEL_IN: Final = 5.4
_HEIGHT_IN: Final = 3.9
_CHARACTERS: Final = 170
"""Of a line of small text in the width of the figure."""


def draw_target(answer: Target) -> Figure:
    """Draw the share of trainings not yet at the target over time and over energy, and their scores.

    Parameters
    ----------
    answer : Target
        One in which nothing was trained gives a figure that says so.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    chart = target_chart(answer)
    count = max(1, len(chart.survivals) + (chart.scores is not None))
    columns = min(_COLUMNS, count)
    rows = -(-count // columns)
    figure = Figure((_PANEL_IN * _COLUMNS, _HEIGHT_IN * rows + 1.4), layout="constrained")
    grid = list(figure.subplots(rows, columns, squeeze=False).ravel())
    for axes in grid[count:]:
        axes.remove()
    for axes, panel in zip(grid, chart.survivals, strict=False):
        _draw_survivals(axes, panel)
    if chart.scores is not None:
        _draw_scores(grid[count - 1], chart.scores)
    if not chart.names:
        grid[0].set_axis_off()
        grid[0].text(0.5, 0.5, "nothing was trained", transform=grid[0].transAxes, ha="center", color=GREY)
    _head(figure, chart)
    lines = (*answer.verdicts, target_notes.circumstances(answer), target_notes.machine(answer))
    foot = "\n".join(fill(line, _CHARACTERS) for line in lines)
    figure.supxlabel(foot, x=0.01, ha="left", fontsize=8, color=GREY)
    return figure


def _draw_survivals(axes: Axes, panel: SurvivalPanel) -> None:
    if panel.log:
        make_logarithmic(axes)
    for one in panel.curves:
        colour = RUNS[one.number % len(RUNS)]
        axes.fill_between(one.at, one.low, one.high, step="post", color=colour, alpha=0.15, linewidth=0)
        dash = DASHES[one.number % len(DASHES)]
        axes.step(one.at, one.shares, where="post", color=colour, linestyle=dash, linewidth=2)
    axes.set_xlim(panel.start, panel.end)
    axes.set_ylim(-0.02, 1.02)
    axes.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    _dress(axes, panel.title, panel.x_label, "share of trainings; band: 90 % at each point")


def _draw_scores(axes: Axes, panel: ScorePanel) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter

    if panel.log_x:
        make_logarithmic(axes)
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.axhline(panel.error, color=INK, linewidth=1.0, linestyle="--")
    for one in panel.lines:
        colour = RUNS[one.number % len(RUNS)]
        dash = DASHES[one.number % len(DASHES)]
        axes.plot(one.seconds, one.errors, color=colour, linestyle=dash, linewidth=1.0, alpha=0.7)
        marker = "o" if one.reached else "x"
        axes.plot(one.seconds[-1], one.errors[-1], color=colour, marker=marker, markersize=5)
    label = "s since the start of the process" + (", logarithmic" if panel.log_x else "")
    _dress(axes, panel.title, f"{label}\n● reached  × missed  - - the target", panel.y_label)


def _dress(axes: Axes, title: str, x_label: str, y_label: str) -> None:
    axes.set_title(title, loc="left", fontsize=11, color=INK)
    axes.set_xlabel(x_label, color=GREY, fontsize=9)
    axes.set_ylabel(y_label, color=GREY, fontsize=9)
    axes.tick_params(colors=GREY, labelsize=9)
    axes.grid(visible=True, color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(LINE)


def _head(figure: Figure, chart: TargetChart) -> None:
    """Write the title, and below it what colours and dashes mean unless there is one recipe only."""
    from matplotlib.lines import Line2D

    title = fill(chart.title, _CHARACTERS // 2)
    if len(chart.names) < 2:
        figure.suptitle(title, color=INK, fontsize=13)
        return
    handles = [
        Line2D(
            [],
            [],
            color=RUNS[number % len(RUNS)],
            linestyle=DASHES[number % len(DASHES)],
            linewidth=2,
            label=name,
        )
        for number, name in chart.names
    ]
    longest = max(len(name) for _, name in chart.names)
    legend = figure.legend(
        handles=handles,
        title=title,
        title_fontsize=13,
        loc="outside upper center",
        ncols=max(1, min(len(handles), 110 // (longest + 8))),
        frameon=False,
        fontsize=9,
        labelcolor=INK,
    )
    legend.get_title().set_color(INK)
