"""The figure of a study of clusters as PNG, by matplotlib."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Final

from wattlab.views import clusters_notes
from wattlab.views.clusters_charts import clusters_chart
from wattlab.views.drawing import GREY, GRID, INK, LINE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from wattlab.studies.clusters.answer import Clusters
    from wattlab.views.clusters_charts import ClusterLine, ClusterPanel

__all__ = ["draw_clusters"]

_SIZE_IN: Final = (12.0, 8.6)
_COLUMNS: Final = 2


def draw_clusters(answer: Clusters) -> Figure:
    """Draw time, inertia with its elbow, silhouette, and what pays, against the number of clusters.

    Parameters
    ----------
    answer : Clusters
        One in which no clusters were found gives a figure that says so.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    chart = clusters_chart(answer)
    figure = Figure(_SIZE_IN, layout="constrained")
    rows = max(1, -(-len(chart.panels) // _COLUMNS))
    places = figure.subplots(rows, min(_COLUMNS, max(1, len(chart.panels))), squeeze=False).ravel()
    for axes in places[len(chart.panels) :]:
        axes.set_axis_off()
    if not chart.panels:
        places[0].text(
            0.5, 0.5, "no clusters were found", transform=places[0].transAxes, ha="center", color=GREY
        )
    for axes, panel in zip(places, chart.panels, strict=False):
        _draw(axes, panel)
        axes.set_xlim(chart.ends)
    figure.suptitle(fill(chart.title, 90), color=INK, fontsize=13)
    figure.supxlabel(_foot(answer), x=0.01, ha="left", fontsize=8, color=GREY)
    return figure


def _foot(answer: Clusters) -> str:
    said = (*answer.verdicts, clusters_notes.circumstances(answer), clusters_notes.machine(answer))
    return "\n".join(fill(line, 180) for line in said)


def _draw(axes: Axes, panel: ClusterPanel) -> None:
    for line in panel.lines:
        _draw_line(axes, line)
    if panel.span is not None:
        _make_logarithmic(axes, panel.span, panel.ticks)
    if panel.from_zero:
        axes.set_ylim(bottom=0)
    if panel.mark is not None:
        axes.axvline(panel.mark.n_clusters, color=GREY, linewidth=1.0, linestyle=":")
        _say(axes, panel.mark.text, (panel.mark.n_clusters, 0.96), axes.get_xaxis_transform(), dx=5)
    if panel.level is not None:
        value, text = panel.level
        axes.axhline(value, color=GREY, linewidth=1.0, linestyle="--")
        _say(axes, text, (0.98, value), axes.get_yaxis_transform(), dx=0, right=True)
    if any(line.name for line in panel.lines):
        axes.legend(frameon=False, fontsize=9, labelcolor=INK)
    _dress(axes, panel)


def _draw_line(axes: Axes, line: ClusterLine) -> None:
    points = line.points
    axes.errorbar(
        [one.n_clusters for one in points],
        [one.value for one in points],
        yerr=[[one.value - one.low for one in points], [one.high - one.value for one in points]],
        color=line.colour,
        linestyle="--" if line.dashed else "-",
        marker="s" if line.dashed else "o",
        markersize=4,
        capsize=3,
        linewidth=1.6,
        label=line.name or None,
    )


def _say(
    axes: Axes, text: str, place: tuple[float, float], transform: object, *, dx: int, right: bool = False
) -> None:
    axes.annotate(
        text,
        place,
        xycoords=transform,  # type: ignore[arg-type]
        xytext=(dx, 3),
        textcoords="offset points",
        ha="right" if right else "left",
        va="bottom" if right else "top",
        fontsize=9,
        color=INK,
    )


def _make_logarithmic(axes: Axes, span: tuple[float, float], ticks: Sequence[tuple[float, str]]) -> None:
    from matplotlib.ticker import NullLocator

    axes.set_yscale("log")
    axes.set_yticks([value for value, _ in ticks], [text for _, text in ticks])
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylim(*span)


def _dress(axes: Axes, panel: ClusterPanel) -> None:
    axes.set_title(panel.title, loc="left", fontsize=11, color=INK)
    axes.set_xlabel("number of clusters", color=GREY)
    axes.set_ylabel(panel.y_label, color=GREY)
    axes.tick_params(colors=GREY, labelsize=9)
    axes.grid(visible=True, axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(LINE)
