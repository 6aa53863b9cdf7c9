"""The figure of a sweep as PNG, by matplotlib."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Final

from wattlab.views import sweep_notes
from wattlab.views.colours import RUNS
from wattlab.views.drawing import GREY, GRID, INK, LINE
from wattlab.views.sweep_charts import sweep_chart

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from wattlab.studies.sweep.answer import Sweep
    from wattlab.views.sweep_charts import Series, SweepChart, SweepPanel

__all__ = ["MARKERS", "draw_sweep"]

MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X", "*")
"""Series are told apart by shape, too."""
_WIDTH_IN: Final = 12.0
_ROW_IN: Final = 3.3
_COLUMNS: Final = 3
_FEW: Final = 8
_ROOM: Final = 1.08


def draw_sweep(answer: Sweep) -> Figure:
    """Draw time, rate, ratio, memory, energy and score, each over the batch size.

    Parameters
    ----------
    answer : Sweep
        One in which nothing was measured gives a figure that says so.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    chart = sweep_chart(answer)
    n_rows = max(1, -(-len(chart.panels) // _COLUMNS))
    figure = Figure((_WIDTH_IN, 1.6 + _ROW_IN * n_rows), layout="constrained")
    grid = list(figure.subplots(n_rows, min(_COLUMNS, max(1, len(chart.panels))), squeeze=False).flat)
    for axes, panel in zip(grid, chart.panels, strict=False):
        _draw(axes, panel, chart)
    for axes in grid[len(chart.panels) :]:
        axes.set_axis_off()
    if chart.panels:
        _key(figure, chart)
    else:
        _say_nothing(figure.axes[0])
    figure.suptitle(fill(chart.title, 110), color=INK, fontsize=13)
    figure.supxlabel(_foot(answer), x=0.01, ha="left", fontsize=8, color=GREY)
    return figure


def _say_nothing(axes: Axes) -> None:
    axes.text(0.5, 0.5, "nothing was measured", transform=axes.transAxes, ha="center", color=GREY)


def _foot(answer: Sweep) -> str:
    notes = [remark.text for remark in sweep_notes.remarks(answer) if not remark.label]
    lines = (*notes, sweep_notes.circumstances(answer), sweep_notes.machine(answer))
    return "\n".join(fill(line, 190) for line in lines)


def _draw(axes: Axes, panel: SweepPanel, chart: SweepChart) -> None:
    if panel.line is not None:
        axes.axhline(panel.line, color=INK, linewidth=1.0, linestyle="--")
    if panel.log:
        _make_logarithmic(axes)
    for one in panel.series:
        _draw_series(axes, one)
    if panel.from_zero:
        axes.set_ylim(0, _ROOM * max(point.high for one in panel.series for point in one.points))
    if panel.most is not None:
        low, high = axes.get_ylim()
        axes.set_ylim(max(low, 0.0), min(high, panel.most))
    _dress(axes, panel, chart)


def _make_logarithmic(axes: Axes) -> None:
    """Make the y axis logarithmic, with ticks that are numbers one can read."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter(NullFormatter())


def _draw_series(axes: Axes, one: Series) -> None:
    colour, marker = RUNS[one.number % len(RUNS)], MARKERS[one.number % len(MARKERS)]
    shift = one.shift
    if one.points:
        axes.errorbar(
            [point.place + shift for point in one.points],
            [point.value for point in one.points],
            yerr=[
                [point.value - point.low for point in one.points],
                [point.high - point.value for point in one.points],
            ],
            color=colour,
            marker=marker,
            markersize=6,
            capsize=4,
            linewidth=1.2,
            linestyle=":",
        )
    for place, text in one.lost:
        where = axes.get_xaxis_transform()
        axes.text(
            place + shift, 0.02, text, transform=where, color=colour, fontsize=8, rotation=90, ha="center"
        )


def _dress(axes: Axes, panel: SweepPanel, chart: SweepChart) -> None:
    axes.set_title(panel.title, loc="left", fontsize=11, color=INK)
    axes.set_xlabel(chart.x_label, color=GREY)
    axes.set_ylabel(panel.y_label, color=GREY, fontsize=9)
    turned = 30 if len(chart.places) > _FEW or max(map(len, chart.places)) > _FEW else 0
    axes.set_xticks(range(len(chart.places)), chart.places, rotation=turned)
    axes.set_xlim(-0.5, len(chart.places) - 0.5)
    axes.tick_params(colors=GREY, labelsize=9)
    axes.grid(visible=True, axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(LINE)


def _key(figure: Figure, chart: SweepChart) -> None:
    """Say what colours and shapes mean, unless there is one series only."""
    from matplotlib.lines import Line2D

    series = chart.panels[0].series
    if len(series) < 2:
        return
    handles = [
        Line2D(
            [],
            [],
            color=RUNS[one.number % len(RUNS)],
            marker=MARKERS[one.number % len(MARKERS)],
            linestyle=":",
            label=one.name,
        )
        for one in series
    ]
    figure.legend(handles=handles, loc="outside right upper", frameon=False, fontsize=9, labelcolor=INK)
