"""Marks in three dimensions, by matplotlib; those of two lie on the floor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wattlab.views.plots.colour_maps import get_colour_map
from wattlab.views.plots.marks import Arrow, Contours, Faces, Field, Line, Note, Points, Surface
from wattlab.views.plots.static_marks import HOLLOW, SHAPES
from wattlab.views.plots.static_meshed import DASHES, add_bar

if TYPE_CHECKING:
    from mpl_toolkits.mplot3d import Axes3D

    from wattlab.views.plots.marks import Mark, Panel
    from wattlab.views.plots.themes import Theme

__all__ = ["draw_mark", "dress", "lies_on_floor", "set_spans"]

_MOST_STRIPS: Final = 100


def draw_mark(axes: Axes3D, mark: Mark, theme: Theme) -> None:
    """Draw a mark."""
    drawer = _DRAWERS.get(type(mark))
    if drawer is None:
        msg = f"{type(mark).__name__} is a mark of two dimensions"
        raise TypeError(msg)
    drawer(axes, mark, theme)


def lies_on_floor(mark: Mark) -> bool:
    """Tell whether a mark has no height of its own; it is drawn once the floor is known."""
    if isinstance(mark, (Contours, Field)):
        return True
    return isinstance(mark, (Points, Line, Note)) and mark.z is None


def dress(axes: Axes3D, panel: Panel, theme: Theme) -> None:
    """Colour walls and grid, turn the view, and limit the ticks along z."""
    from matplotlib.ticker import MaxNLocator

    axes.set_zlabel(panel.z_label, color=theme.soft)
    axes.view_init(*panel.view)
    axes.zaxis.set_major_locator(MaxNLocator(panel.n_z_ticks))
    parts: Any = (axes.xaxis, axes.yaxis, axes.zaxis)
    for part in parts:
        part.set_pane_color(theme.paper)
        part.line.set_color(theme.line)
        part._axinfo["grid"]["color"] = theme.grid  # noqa: SLF001 (matplotlib offers no other way)
    if panel.z_span is not None:
        axes.set_zlim(*panel.z_span)
    if panel.bare:
        axes.set_axis_off()


def set_spans(axes: Axes3D, panel: Panel) -> None:
    """Set the ends of x and y, and equal units where they are wanted."""
    if panel.x_span is not None:
        axes.set_xlim(*panel.x_span)
    if panel.y_span is not None:
        axes.set_ylim(*panel.y_span)
    if panel.x_ticks is not None:
        axes.set_xticks([place for place, _ in panel.x_ticks], [text for _, text in panel.x_ticks])
    if panel.y_ticks is not None:
        axes.set_yticks([place for place, _ in panel.y_ticks], [text for _, text in panel.y_ticks])
    if panel.equal:
        axes.set_aspect("equal")


def _surface(axes: Axes3D, mark: Surface, theme: Theme) -> None:
    low, high = mark.span or (float(np.nanmin(mark.z)), float(np.nanmax(mark.z)))
    x, y = np.meshgrid(mark.x, mark.y)
    drawn = axes.plot_surface(
        x,
        y,
        mark.z,
        cmap=get_colour_map(mark.colour_map),
        vmin=low,
        vmax=high,
        alpha=mark.alpha,
        rcount=_MOST_STRIPS,
        ccount=_MOST_STRIPS,
        linewidth=0,
        antialiased=False,
    )
    if mark.bar is not None:
        add_bar(axes, drawn, mark.bar, theme)


def _points(axes: Axes3D, mark: Points, theme: Theme) -> None:
    colour = theme.colour(mark.colour)
    if mark.z is not None and mark.values is None and _has_faces(axes):
        _points_in_front(axes, mark, colour, theme)
        return
    looks: dict[str, Any] = {"color": colour, "edgecolors": theme.colour(mark.edge), "linewidths": 0.4}
    if mark.shape in HOLLOW:
        looks = {"color": colour, "linewidths": 1.1}
    if mark.shape == "ring":
        looks = {"facecolors": "none", "edgecolors": colour}
    if mark.values is not None:
        looks = {"c": mark.values, "cmap": get_colour_map(mark.colour_map)}
    drawn = axes.scatter(
        mark.x,
        mark.y,
        _floor(axes) if mark.z is None else mark.z,
        s=mark.size**2,
        marker=SHAPES[mark.shape],
        alpha=mark.alpha,
        label=mark.name or None,
        **looks,
    )
    if mark.values is not None and mark.bar is not None:
        add_bar(axes, drawn, mark.bar, theme)


def _points_in_front(axes: Axes3D, mark: Points, colour: str, theme: Theme) -> None:
    """Draw points as markers of a line: collections are ordered as wholes, and a surface would hide what lies on it."""
    filled = mark.shape not in HOLLOW
    axes.plot(
        mark.x,
        mark.y,
        mark.z,
        linestyle="none",
        marker=SHAPES[mark.shape],
        markersize=mark.size,
        markerfacecolor=colour if filled else "none",
        markeredgecolor=theme.colour(mark.edge) if filled else colour,
        markeredgewidth=0.4 if filled else 1.1,
        alpha=mark.alpha,
        label=mark.name or None,
        zorder=6,
    )


def _has_faces(axes: Axes3D) -> bool:
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection

    return any(isinstance(one, Poly3DCollection) for one in axes.collections)


def _line(axes: Axes3D, mark: Line, theme: Theme) -> None:
    axes.plot(
        mark.x,
        mark.y,
        np.full(len(mark.x), _floor(axes)) if mark.z is None else mark.z,
        color=theme.colour(mark.colour),
        linestyle=DASHES[mark.dash],
        linewidth=mark.width,
        alpha=mark.alpha,
        label=mark.name or None,
        zorder=5,
    )


def _contours(axes: Axes3D, mark: Contours, theme: Theme) -> None:
    z = np.ma.masked_invalid(mark.z)
    levels = [level for level in mark.levels if z.min() <= level <= z.max()]
    if not levels:
        return
    colours: dict[str, Any] = {"colors": [theme.colour(mark.colour)]}
    if mark.colour_map:
        colours = {"cmap": get_colour_map(mark.colour_map)}
    axes.contour(
        *np.meshgrid(mark.x, mark.y),
        z,
        levels=levels,
        offset=_floor(axes),
        linestyles=DASHES[mark.dash],
        linewidths=mark.width,
        **colours,
    )


def _field(axes: Axes3D, mark: Field, theme: Theme) -> None:
    low, high = mark.span or (None, None)
    drawn = axes.contourf(
        *np.meshgrid(mark.x, mark.y),
        np.ma.masked_invalid(mark.z),
        levels=list(mark.levels) or 20,
        offset=_floor(axes),
        cmap=get_colour_map(mark.colour_map),
        vmin=low,
        vmax=high,
        alpha=mark.alpha,
    )
    if mark.bar is not None:
        add_bar(axes, drawn, mark.bar, theme)


def _floor(axes: Axes3D) -> float:
    return float(axes.get_zlim()[0])


def _note(axes: Axes3D, mark: Note, theme: Theme) -> None:
    z = _floor(axes) if mark.z is None else mark.z
    axes.text(mark.x, mark.y, z, mark.text, fontsize=mark.size, color=theme.colour(mark.colour))


def _arrow(axes: Axes3D, mark: Arrow, theme: Theme) -> None:
    way = np.subtract(mark.end, mark.start)
    axes.quiver(
        *mark.start,
        *way,
        color=theme.colour(mark.colour),
        linewidth=mark.width,
        arrow_length_ratio=0.12,
        label=mark.name or None,
    )


def _faces(axes: Axes3D, mark: Faces, theme: Theme) -> None:
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection

    drawn = Poly3DCollection(
        list(mark.corners),
        facecolors=theme.colour(mark.colour),
        edgecolors=theme.colour(mark.edge) if mark.edge else "none",
        alpha=mark.alpha,
        linewidths=1.0,
        label=mark.name or None,
    )
    axes.add_collection3d(drawn)
    corners = mark.corners.reshape(-1, 3)
    axes.auto_scale_xyz(*corners.T)


_DRAWERS: Final[dict[type[Any], Any]] = {
    Surface: _surface,
    Points: _points,
    Line: _line,
    Contours: _contours,
    Field: _field,
    Note: _note,
    Arrow: _arrow,
    Faces: _faces,
}
