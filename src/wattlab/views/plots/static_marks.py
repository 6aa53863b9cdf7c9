"""Marks in two dimensions, by matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

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

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from wattlab.views.plots.marks import Mark, Shape
    from wattlab.views.plots.themes import Theme

__all__ = ["DASHES", "FILLED", "HOLLOW", "SHAPES", "add_bar", "draw_mark"]

FILLED: Final = (Field, Cells, Picture)
"""Marks that leave nothing of a grid to be seen."""
DASHES: Final = {"solid": "-", "dash": "--", "dashdot": "-.", "dot": ":"}
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


def add_bar(axes: Axes, mappable: Any, title: str, theme: Theme) -> None:
    """Put a colour bar beside a panel."""
    figure: Any = axes.figure
    bar = figure.colorbar(mappable, ax=axes, shrink=0.85, pad=0.1 if axes.name == "3d" else 0.02)
    bar.set_label(title, color=theme.soft)
    bar.ax.tick_params(colors=theme.soft, labelsize=8)
    bar.outline.set_edgecolor(theme.line)


def _points(axes: Axes, mark: Points, theme: Theme) -> None:
    colour = theme.colour(mark.colour)
    looks: dict[str, Any] = {"color": colour}
    if mark.values is not None:
        looks = {"c": mark.values, "cmap": get_colour_map(mark.colour_map)}
    if mark.shape == "ring":
        looks = {"facecolors": "none", "edgecolors": colour}
    edges = {"linewidths": 1.1} if mark.shape in HOLLOW else {"linewidths": 0.4, "edgecolors": theme.paper}
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


def _field(axes: Axes, mark: Field, theme: Theme) -> None:
    low, high = mark.span or (None, None)
    looks: dict[str, Any] = {"cmap": get_colour_map(mark.colour_map), "alpha": mark.alpha}
    looks |= {"vmin": low, "vmax": high}
    z = np.ma.masked_invalid(mark.z)
    if len(mark.levels):
        drawn: Any = axes.contourf(mark.x, mark.y, z, levels=list(mark.levels), extend="both", **looks)
    else:
        drawn = axes.pcolormesh(mark.x, mark.y, z, shading="nearest", rasterized=True, **looks)
    if mark.bar is not None:
        add_bar(axes, drawn, mark.bar, theme)


def _regions(axes: Axes, mark: Regions, theme: Theme) -> None:
    from matplotlib.colors import BoundaryNorm, ListedColormap

    colours = [theme.colour(colour) for colour in mark.colours]
    axes.pcolormesh(
        mark.x,
        mark.y,
        mark.classes,
        shading="nearest",
        rasterized=True,
        cmap=ListedColormap(colours),
        norm=BoundaryNorm([place - 0.5 for place in range(len(colours) + 1)], len(colours)),
        alpha=mark.alpha,
        linewidth=0,
    )


def _contours(axes: Axes, mark: Contours, theme: Theme) -> None:
    z = np.ma.masked_invalid(mark.z)
    levels = [level for level in mark.levels if z.min() <= level <= z.max()]
    if not levels:
        return
    colours: dict[str, Any] = {"colors": [theme.colour(mark.colour)]}
    if mark.colour_map:
        colours = {"cmap": get_colour_map(mark.colour_map)}
    drawn = axes.contour(
        mark.x, mark.y, z, levels=levels, linestyles=DASHES[mark.dash], linewidths=mark.width, **colours
    )
    if mark.labelled:
        axes.clabel(drawn, fontsize=8, fmt="%.4g")
    if mark.name:
        axes.plot(
            [],
            [],
            color=theme.colour(mark.colour),
            linestyle=DASHES[mark.dash],
            lw=mark.width,
            label=mark.name,
        )


def _cells(axes: Axes, mark: Cells, theme: Theme) -> None:
    low, high = mark.span or (None, None)
    values = np.ma.masked_invalid(mark.values)
    drawn = axes.pcolormesh(
        values,
        cmap=get_colour_map(mark.colour_map),
        vmin=low,
        vmax=high,
        edgecolors=theme.paper,
        linewidth=0.8,
    )
    rows, columns = mark.values.shape
    axes.set_xlim(0, columns)
    axes.set_ylim(rows, 0)
    longest = max(map(len, mark.column_names), default=0)
    turned = 45 if longest > 4 else 0
    axes.set_xticks(
        np.arange(len(mark.column_names)) + 0.5,
        mark.column_names,
        rotation=turned,
        ha="right" if turned else "center",
    )
    axes.set_yticks(np.arange(len(mark.row_names)) + 0.5, mark.row_names)
    axes.tick_params(length=0)
    shades = drawn.cmap(drawn.norm(values))
    for (row, column), text in np.ndenumerate(np.array(mark.texts, dtype=object)):
        shade = shades[row, column]
        axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=8, color=_readable(shade))
    if mark.bar is not None:
        add_bar(axes, drawn, mark.bar, theme)


def _readable(shade: Any) -> str:
    """Return black or white, whichever stands out more."""
    red, green, blue, *_ = shade
    return "#111111" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.55 else "#ffffff"


def _picture(axes: Axes, mark: Picture, theme: Theme) -> None:
    low, high = mark.span or (None, None)
    drawn = axes.imshow(
        mark.pixels,
        cmap=get_colour_map(mark.colour_map),
        vmin=low,
        vmax=high,
        extent=mark.at,
        interpolation="nearest",
    )
    if mark.bar is not None:
        add_bar(axes, drawn, mark.bar, theme)


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
    Field: _field,
    Regions: _regions,
    Contours: _contours,
    Cells: _cells,
    Picture: _picture,
    Bars: _bars,
    Area: _area,
    Rule: _rule,
    Note: _note,
    Arrow: _arrow,
    Surface: _only_solid,
    Faces: _only_solid,
}
