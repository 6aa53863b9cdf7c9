"""The figure of a batch-size study as PNG, by matplotlib."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Final

from wattlab.views import batch_size_tables
from wattlab.views.batch_size_charts import batch_size_chart
from wattlab.views.colours import BLUE, GREEN, ORANGE, PLAIN
from wattlab.views.drawing import GREY, GRID, INK, LINE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from wattlab.studies.batch_size.answer import BatchSizes
    from wattlab.views.batch_size_charts import Chart, Panel

__all__ = ["FAILED", "PANEL_COLOURS", "draw_batch_sizes"]

PANEL_COLOURS: Final = {"Throughput": BLUE, "Peak memory": ORANGE, "Energy": GREEN}
FAILED: Final = "#d1495b"
_WIDTH_IN: Final = 12.0
_MANY: Final = 10_000
_ROOM: Final = 1.06
_PAD_PT: Final = 32
"""Room between title and axes for the marked sizes."""


def draw_batch_sizes(answer: BatchSizes) -> Figure:
    """Draw throughput, memory and energy against the batch size, side by side.

    Parameters
    ----------
    answer : BatchSizes
        One in which nothing fitted gives a figure that says so.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    chart = batch_size_chart(answer)
    figure = Figure((_WIDTH_IN, 6.4), layout="constrained")
    panels = figure.subplots(1, max(1, len(chart.panels)), squeeze=False)[0]
    if not chart.panels:
        panels[0].text(0.5, 0.5, "no size fits", transform=panels[0].transAxes, ha="center", color=GREY)
    for axes, panel in zip(panels, chart.panels, strict=False):
        _draw(axes, panel, chart)
        _mark(axes, chart)
        _dress(axes, panel)
    title = fill(f"Batch sizes of {answer.title}", 110)
    figure.suptitle(f"{title}\n{chart.key}" if chart.key else title, color=INK, fontsize=12)
    figure.supxlabel(_foot(answer), x=0.01, ha="left", fontsize=8, color=GREY)
    return figure


def _foot(answer: BatchSizes) -> str:
    lines = (*answer.verdicts, *batch_size_tables.reading(answer), batch_size_tables.circumstances(answer))
    return "\n".join(fill(line, 190) for line in lines)


def _draw(axes: Axes, panel: Panel, chart: Chart) -> None:
    from matplotlib.ticker import EngFormatter, NullLocator

    axes.set_xscale("log", base=2)
    axes.set_xticks(chart.ticks, [f"{size:,}" for size in chart.ticks], rotation=45, ha="right")
    axes.xaxis.set_minor_locator(NullLocator())
    if max(one.value for one in panel.points) >= _MANY:
        axes.yaxis.set_major_formatter(EngFormatter(sep=""))
    points = panel.points
    values = [one.value for one in points]
    spans = [[one.value - one.low for one in points], [one.high - one.value for one in points]]
    axes.errorbar(
        [one.size for one in points],
        values,
        yerr=spans,
        color=PANEL_COLOURS[panel.title],
        marker="o",
        markersize=5,
        capsize=3,
        linewidth=1.6,
    )
    if panel.fit:
        axes.plot(*zip(*panel.fit, strict=True), color=PLAIN, linestyle=":", linewidth=1.4, label="fit")
        axes.legend(frameon=False, fontsize=8, loc="upper left")
    if panel.level is not None:
        axes.axhline(panel.level.value, color=FAILED, linestyle="--", linewidth=1.2)
        axes.annotate(
            panel.level.text,
            (0.02, panel.level.value),
            xycoords=axes.get_yaxis_transform(),
            va="bottom",
            fontsize=8,
            color=FAILED,
        )
    axes.set_ylim(0, _ROOM * max([one.high for one in points] + [panel.level.value if panel.level else 0.0]))
    for one in chart.failures:
        axes.plot([one.size], [0.0], "x", color=FAILED, markersize=7, clip_on=False)


def _mark(axes: Axes, chart: Chart) -> None:
    """Draw lines at the sizes that are the knee, the maximum and so on; the figure's head says which is which."""
    for place in chart.places:
        axes.axvline(place.size, color=LINE, linewidth=1.0, zorder=0)
        axes.annotate(
            str(place.size),
            (place.size, 1.0),
            xycoords=axes.get_xaxis_transform(),
            xytext=(0, 2),
            textcoords="offset points",
            rotation=90,
            ha="center",
            va="bottom",
            fontsize=8,
            color=INK,
        )


def _dress(axes: Axes, panel: Panel) -> None:
    axes.set_title(panel.title, loc="left", fontsize=11, color=INK, pad=_PAD_PT)
    axes.set_xlabel("batch size; ×: does not fit", color=GREY, fontsize=9)
    axes.set_ylabel(panel.y_label, color=GREY, fontsize=9)
    axes.tick_params(colors=GREY, labelsize=8)
    axes.grid(visible=True, axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(LINE)
