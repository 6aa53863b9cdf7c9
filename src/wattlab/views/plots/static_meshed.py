"""Marks over a mesh, by matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from wattlab.views.plots.colour_maps import get_colour_map

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from wattlab.views.plots.marks import Cells, Contours, Field, Picture, Regions
    from wattlab.views.plots.themes import Theme

__all__ = ["DASHES", "add_bar", "draw_cells", "draw_contours", "draw_field", "draw_picture", "draw_regions"]

_LABEL_HEIGHT: Final = 0.025
"""As a share of a panel's."""
DASHES: Final = {"solid": "-", "dash": "--", "dashdot": "-.", "dot": ":"}


def add_bar(axes: Axes, mappable: Any, title: str, theme: Theme) -> None:
    """Put a colour bar beside a panel."""
    figure: Any = axes.figure
    bar = figure.colorbar(mappable, ax=axes, shrink=0.85, pad=0.1 if axes.name == "3d" else 0.02)
    bar.set_label(title, color=theme.soft)
    bar.ax.tick_params(colors=theme.soft, labelsize=8)
    bar.ax.set_facecolor(theme.paper)
    bar.outline.set_edgecolor(theme.line)


def draw_field(axes: Axes, mark: Field, theme: Theme) -> None:
    """Draw numbers as colours."""
    low, high = mark.span or (None, None)
    looks: dict[str, Any] = {"cmap": get_colour_map(mark.colour_map), "alpha": mark.alpha}
    looks |= {"vmin": low, "vmax": high}
    z = np.ma.masked_invalid(mark.z)
    if len(mark.levels):
        drawn: Any = axes.contourf(mark.x, mark.y, z, levels=list(mark.levels), extend=_beyond(mark), **looks)
    else:
        drawn = axes.pcolormesh(mark.x, mark.y, z, shading="nearest", rasterized=True, **looks)
    if mark.bar is not None:
        add_bar(axes, drawn, mark.bar, theme)


def _beyond(mark: Field) -> Literal["neither", "min", "max", "both"]:
    """Return at which end values lie beyond the levels."""
    below = bool(np.nanmin(mark.z) < mark.levels[0])
    above = bool(np.nanmax(mark.z) > mark.levels[-1])
    if below and above:
        return "both"
    return "min" if below else "max" if above else "neither"


def draw_regions(axes: Axes, mark: Regions, theme: Theme) -> None:
    """Draw classes as areas."""
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


def draw_contours(axes: Axes, mark: Contours, theme: Theme) -> None:
    """Draw lines of equal number."""
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
        _label(axes, drawn, mark)
    if mark.name:
        axes.plot(
            [],
            [],
            color=theme.colour(mark.colour),
            linestyle=DASHES[mark.dash],
            lw=mark.width,
            label=mark.name,
        )


def _label(axes: Axes, drawn: Any, mark: Contours) -> None:
    """Write their levels on the lines, but not where these are too close for that, as at a pole."""
    places = _label_places(axes, drawn, mark)
    kept = [place for place in places if _has_room(mark, place)]
    looks: dict[str, Any] = {"fontsize": 8, "fmt": "%.4g"}
    if len(kept) < len(places):
        looks["manual"] = kept
    axes.clabel(drawn, **looks)


def _has_room(mark: Contours, place: tuple[float, float]) -> bool:
    """Tell whether the lines beside a place are as far from it as a label is high."""
    row, column = (int(np.abs(axis - at).argmin()) for axis, at in ((mark.y, place[1]), (mark.x, place[0])))
    rows, columns = (slice(max(0, at - 1), at + 2) for at in (row, column))
    x, y, near = mark.x[columns], mark.y[rows], mark.z[rows, columns]
    up, across = np.gradient(near, y / np.ptp(mark.y), x / np.ptp(mark.x))
    steepness = float(np.hypot(up, across)[row - rows.start, column - columns.start])
    apart = np.diff(mark.levels, prepend=-np.inf, append=np.inf)
    own = int(np.abs(np.asarray(mark.levels) - mark.z[row, column]).argmin())
    return bool(apart[own : own + 2].min() > _LABEL_HEIGHT * steepness)


def _label_places(axes: Axes, drawn: Any, mark: Contours) -> list[tuple[float, float]]:
    """Return where matplotlib would write."""
    trial = axes.contour(mark.x, mark.y, np.ma.masked_invalid(mark.z), levels=drawn.levels, alpha=0.0)
    texts = axes.clabel(trial, fontsize=8, fmt="%.4g", inline=False)
    places = [text.get_position() for text in texts]
    trial.remove()
    return places


def draw_cells(axes: Axes, mark: Cells, theme: Theme) -> None:
    """Draw a matrix as coloured cells."""
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
    shades: Any = drawn.cmap(drawn.norm(values))
    for (row, column), text in np.ndenumerate(np.array(mark.texts, dtype=object)):
        shade = shades[row, column]
        axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=8, color=_readable(shade))
    if mark.bar is not None:
        add_bar(axes, drawn, mark.bar, theme)


def _readable(shade: Any) -> str:
    """Return black or white, whichever stands out more."""
    red, green, blue, *_ = shade
    return "#111111" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.55 else "#ffffff"


def draw_picture(axes: Axes, mark: Picture, theme: Theme) -> None:
    """Draw an image."""
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
