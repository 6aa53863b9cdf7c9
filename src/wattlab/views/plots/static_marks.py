"""Marks in two dimensions, by matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wattlab.views.plots.colour_maps import get_colour_map
from wattlab.views.plots.marks import (
    Area,
    Arrow,
    Bars,
    Cells,
    Contours,
    Faces,
    Field,
    Line,
    Note,
    Picture,
    Points,
    Regions,
    Rule,
    Surface,
)
from wattlab.views.plots.static_meshed import (
    DASHES,
    add_bar,
    draw_cells,
    draw_contours,
    draw_field,
    draw_picture,
    draw_regions,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from wattlab.views.plots.marks import Mark, Shape
    from wattlab.views.plots.themes import Theme

__all__ = ["FILLED", "HOLLOW", "SHAPES", "draw_mark"]

FILLED: Final = (Field, Cells, Picture)
"""Marks that leave nothing of a grid to be seen."""
SHAPES: Final[dict[Shape, str]] = {
    "circle": "o",
    "ring": "o",
    "square": "s",
    "triangle": "^",
    "diamond": "D",
    "cross": "x",
    "plus": "+",
    "star": "*",
}
HOLLOW: Final = ("ring", "cross", "plus")
_ANCHORS: Final = {"left": "left", "centre": "center", "right": "right"}


def draw_mark(axes: Axes, mark: Mark, theme: Theme) -> None:
    """Draw a mark."""
    _DRAWERS[type(mark)](axes, mark, theme)


def _points(axes: Axes, mark: Points, theme: Theme) -> None:
    colour = theme.colour(mark.colour)
    looks: dict[str, Any] = {"color": colour}
    if mark.values is not None:
        looks = {"c": mark.values, "cmap": get_colour_map(mark.colour_map)}
    if mark.shape == "ring":
        looks = {"facecolors": "none", "edgecolors": colour}
    edges = (
        {"linewidths": 1.1}
        if mark.shape in HOLLOW
        else {"linewidths": 0.4, "edgecolors": theme.colour(mark.edge)}
    )
    drawn = axes.scatter(
        mark.x,
        mark.y,
        s=mark.size**2,
        marker=SHAPES[mark.shape],
        alpha=mark.alpha,
        label=mark.name or None,
        zorder=3,
        **{**edges, **looks},
    )
    if mark.values is not None and mark.bar is not None:
        add_bar(axes, drawn, mark.bar, theme)


def _line(axes: Axes, mark: Line, theme: Theme) -> None:
    axes.plot(
        mark.x,
        mark.y,
        color=theme.colour(mark.colour),
        linestyle=DASHES[mark.dash],
        linewidth=mark.width,
        alpha=mark.alpha,
        label=mark.name or None,
    )


def _bars(axes: Axes, mark: Bars, theme: Theme) -> None:
    looks: dict[str, Any] = {
        "color": theme.colour(mark.colour),
        "alpha": mark.alpha,
        "label": mark.name or None,
    }
    starts: Any = 0 if mark.starts is None else mark.starts
    if mark.across:
        drawn = axes.barh(mark.places, mark.lengths, mark.breadth, left=starts, **looks)
    else:
        drawn = axes.bar(mark.places, mark.lengths, mark.breadth, bottom=starts, **looks)
    if len(mark.texts):
        axes.bar_label(drawn, labels=list(mark.texts), padding=2, fontsize=8, color=theme.ink)


def _area(axes: Axes, mark: Area, theme: Theme) -> None:
    axes.fill(
        mark.x,
        mark.y,
        color=theme.colour(mark.colour),
        alpha=mark.alpha,
        label=mark.name or None,
        linewidth=0,
    )


def _rule(axes: Axes, mark: Rule, theme: Theme) -> None:
    looks: dict[str, Any] = {
        "color": theme.colour(mark.colour),
        "linestyle": DASHES[mark.dash],
        "linewidth": mark.width,
    }
    level = mark.along == "x"
    (axes.axhline if level else axes.axvline)(mark.at, **looks)
    axes.annotate(
        mark.text,
        (0.99, mark.at) if level else (mark.at, 0.98),
        xycoords=axes.get_yaxis_transform() if level else axes.get_xaxis_transform(),
        xytext=(0, 2) if level else (4, 0),
        textcoords="offset points",
        ha="right" if level else "left",
        va="bottom" if level else "top",
        fontsize=8,
        color=theme.ink,
    )


def _note(axes: Axes, mark: Note, theme: Theme) -> None:
    axes.text(
        mark.x,
        mark.y,
        mark.text,
        ha=_ANCHORS[mark.anchor],
        va="center",
        fontsize=mark.size,
        color=theme.colour(mark.colour),
    )


def _arrow(axes: Axes, mark: Arrow, theme: Theme) -> None:
    colour = theme.colour(mark.colour)
    (start_x, start_y), (end_x, end_y) = mark.start, mark.end
    axes.annotate(
        "",
        xy=(end_x, end_y),
        xytext=(start_x, start_y),
        arrowprops={"arrowstyle": "-|>", "color": colour, "lw": mark.width, "shrinkA": 0, "shrinkB": 0},
    )
    axes.update_datalim([(start_x, start_y), (end_x, end_y)])
    axes.autoscale_view()
    if mark.name:
        axes.plot([], [], color=colour, lw=mark.width, label=mark.name)


def _only_solid(axes: Axes, mark: Mark, theme: Theme) -> None:  # noqa: ARG001 (one signature for all)
    msg = f"{type(mark).__name__} is a mark of three dimensions"
    raise TypeError(msg)


_DRAWERS: Final[dict[type[Any], Any]] = {
    Points: _points,
    Line: _line,
    Field: draw_field,
    Regions: draw_regions,
    Contours: draw_contours,
    Cells: draw_cells,
    Picture: draw_picture,
    Bars: _bars,
    Area: _area,
    Rule: _rule,
    Note: _note,
    Arrow: _arrow,
    Surface: _only_solid,
    Faces: _only_solid,
}
