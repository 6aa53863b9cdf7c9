"""Charts drawn by matplotlib; needs no display."""

from __future__ import annotations

from math import ceil, sqrt
from textwrap import fill
from typing import TYPE_CHECKING, Any, Final

from wattlab.views.drawing import make_logarithmic
from wattlab.views.plots import static_marks, static_solid
from wattlab.views.plots.themes import get_theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.gridspec import SubplotSpec
    from mpl_toolkits.mplot3d import Axes3D

    from wattlab.views.plots.marks import Chart, Panel
    from wattlab.views.plots.themes import Theme, ThemeName

__all__ = ["draw", "n_columns"]

_CHARACTERS_IN: Final = 10.0
"""About so many characters of a title fit into an inch; of the foot, four fifths more."""
_SMALL_CHARACTERS_IN: Final = 14.0
_HANDLE: Final = 7
"""As wide as so many characters are the handle and the gaps of a legend's entry."""
_LABEL_IN: Final = -0.5
"""Ticks and label of x end here, below the axes. Unit: inch."""
_FEW_DECADES: Final = 100.0
"""An axis that spans less than this factor needs ticks between the powers of ten, and has room for them."""


def draw(chart: Chart, theme: ThemeName = "light") -> Figure:
    """Draw a chart.

    Parameters
    ----------
    chart : Chart
        What is to be drawn.
    theme : {"light", "dark"}
        Of paper, text and frames; the marks' own colours can be read on both.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    look, columns = get_theme(theme), n_columns(chart)
    rows = max(1, ceil(len(chart.panels) / columns))
    width, height = chart.panel_in
    head = 0.5 * bool(chart.title) + 0.2 * len(chart.foot)
    heights = [max(panel.height for panel in chart.panels[row * columns :][:columns]) for row in range(rows)]
    size = (columns * width, sum(heights) * height + head)
    figure = Figure(size, layout="constrained", facecolor=look.paper)
    grid = figure.add_gridspec(rows, columns, height_ratios=heights)
    for place, panel in enumerate(chart.panels):
        _draw_panel(figure, grid[divmod(place, columns)], panel, look)
    _say(figure, chart, look)
    return figure


def n_columns(chart: Chart) -> int:
    """Return how many panels lie side by side."""
    count = max(1, len(chart.panels))
    width, height = chart.panel_in
    return min(count, chart.n_columns or ceil(sqrt(count * height / width)))


def _say(figure: Figure, chart: Chart, theme: Theme) -> None:
    characters = int(figure.get_figwidth() * _CHARACTERS_IN)
    if chart.title:
        title = "\n".join(fill(line, characters) for line in chart.title.splitlines())
        figure.suptitle(title, color=theme.ink, fontsize=13)
    if chart.foot:
        text = "\n".join(fill(line, int(1.8 * characters)) for line in chart.foot)
        figure.supxlabel(text, x=0.01, ha="left", fontsize=8, color=theme.soft)


def _draw_panel(figure: Figure, place: SubplotSpec, panel: Panel, theme: Theme) -> None:
    if panel.is_3d:
        _draw_solid(figure.add_subplot(place, projection="3d"), panel, theme)
        return
    axes = figure.add_subplot(place)
    for mark in panel.marks:
        static_marks.draw_mark(axes, mark, theme)
    _dress(axes, panel, theme)


def _draw_solid(axes: Axes3D, panel: Panel, theme: Theme) -> None:
    _dress_axes(axes, panel, theme)
    static_solid.dress(axes, panel, theme)
    for mark in sorted(panel.marks, key=static_solid.lies_on_floor):
        static_solid.draw_mark(axes, mark, theme)
    static_solid.set_spans(axes, panel)
    _list_names(axes, panel, theme)


def _dress(axes: Axes, panel: Panel, theme: Theme) -> None:
    _dress_axes(axes, panel, theme)
    _scale(axes, panel)
    axes.set_axisbelow(True)
    if not any(isinstance(mark, static_marks.FILLED) for mark in panel.marks):
        axes.grid(visible=True, color=theme.grid, linewidth=0.8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(theme.line)
    if panel.bare:
        axes.set_axis_off()
    _list_names(axes, panel, theme)


def _dress_axes(axes: Axes, panel: Panel, theme: Theme) -> None:
    axes.set_facecolor(theme.paper)
    if panel.title:
        plain = panel.bare or panel.is_3d
        at: dict[str, Any] = {"loc": "center"} if plain else {"loc": "left"}
        axes.set_title(panel.title, fontsize=9 if panel.bare else 11, color=theme.ink, **at)
    axes.set_xlabel(panel.x_label, color=theme.soft)
    axes.set_ylabel(panel.y_label, color=theme.soft)
    axes.tick_params(colors=theme.soft, labelsize=9)


def _scale(axes: Axes, panel: Panel) -> None:
    if panel.x_log:
        axes.set_xscale("log")
        if panel.x_span and panel.x_span[1] < _FEW_DECADES * panel.x_span[0]:
            make_logarithmic(axes)
    if panel.y_log:
        axes.set_yscale("log")
    if panel.x_ticks is not None:
        axes.set_xticks([place for place, _ in panel.x_ticks], [text for _, text in panel.x_ticks])
    if panel.y_ticks is not None:
        axes.set_yticks([place for place, _ in panel.y_ticks], [text for _, text in panel.y_ticks])
    if panel.x_span is not None:
        axes.set_xlim(*panel.x_span)
    if panel.y_span is not None:
        axes.set_ylim(*panel.y_span)
    if panel.equal:
        axes.set_aspect("equal", adjustable="box" if panel.x_span and panel.y_span else "datalim")


def _list_names(axes: Axes, panel: Panel, theme: Theme) -> None:
    handles, names = axes.get_legend_handles_labels()
    if panel.legend and handles:
        # Said, not left to the default: else matplotlib warns where looking for the best place takes a second.
        place: dict[str, Any] = {"loc": "best"} if panel.legend_at == "inside" else _below(axes, names)
        axes.legend(
            handles,
            names,
            **place,
            fontsize=8,
            labelcolor=theme.ink,
            facecolor=theme.paper,
            edgecolor=theme.line,
            framealpha=0.85,
        )


def _below(axes: Axes, names: Sequence[str]) -> dict[str, Any]:
    """Return where a legend lies below the label of x, in as many columns as there is room for."""
    from matplotlib.transforms import ScaledTranslation

    figure: Any = axes.figure
    grid: Any = axes.get_gridspec()
    room = int(_SMALL_CHARACTERS_IN * figure.get_figwidth() / grid.ncols)
    columns = max(1, min(len(names), room // (max(map(len, names)) + _HANDLE)))
    below = axes.transAxes + ScaledTranslation(0, _LABEL_IN, figure.dpi_scale_trans)
    return {"loc": "upper left", "bbox_to_anchor": (0, 0), "bbox_transform": below, "ncols": columns}
