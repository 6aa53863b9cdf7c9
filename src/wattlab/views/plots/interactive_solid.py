"""Marks in three dimensions, by plotly; those of two lie on the floor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wattlab.views.plots.colour_maps import colour_scale
from wattlab.views.plots.interactive_marks import marker, note
from wattlab.views.plots.interactive_meshed import (
    colour_bar,
    compact,
    contour_lines,
    level_colour,
    role,
)
from wattlab.views.plots.marks import Arrow, Contours, Faces, Field, Line, Note, Points, Surface

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.views.plots.marks import Mark, Panel

__all__ = ["solid_notes", "solid_traces"]

_SYMBOLS: Final = {
    "triangle": "diamond",
    "ring": "circle-open",
    "cross": "x",
    "plus": "cross",
    "star": "diamond-open",
}
_MOST: Final = 120
"""Most rows and columns of a surface on a page."""
Trace = dict[str, Any]


def solid_traces(mark: Mark, panel: Panel) -> Iterator[Trace]:
    """Return what plotly draws for a mark."""
    maker = _MAKERS.get(type(mark))
    return iter(()) if maker is None else maker(mark, panel)


def solid_notes(panel: Panel) -> list[dict[str, Any]]:
    """Return the texts of a panel."""
    return [
        note(mark) | {"z": mark.z if mark.z is not None else _floor(panel)}
        for mark in panel.marks
        if isinstance(mark, Note)
    ]


def _floor(panel: Panel) -> float:
    """Return the least height of the panel."""
    if panel.z_span is not None:
        return panel.z_span[0]
    heights = [
        mark.z for mark in panel.marks if isinstance(mark, (Surface, Points, Line)) and mark.z is not None
    ]
    return min((float(np.nanmin(z)) for z in heights), default=0.0)


def _surface(mark: Surface, panel: Panel) -> Iterator[Trace]:  # noqa: ARG001 (one signature for all)
    low, high = mark.span or (float(np.nanmin(mark.z)), float(np.nanmax(mark.z)))
    rows, columns = (max(1, -(-count // _MOST)) for count in mark.z.shape)
    yield {
        "type": "surface",
        "x": compact(mark.x[::columns]),
        "y": compact(mark.y[::rows]),
        "z": compact(mark.z[::rows, ::columns]),
        "cmin": low,
        "cmax": high,
        "colorscale": colour_scale(mark.colour_map),
        "opacity": mark.alpha,
        "showscale": mark.bar is not None,
        "colorbar": colour_bar(mark.bar) | {"len": 0.7},
    }


def _points(mark: Points, panel: Panel) -> Iterator[Trace]:
    looks = marker(mark)
    looks["symbol"] = _SYMBOLS.get(mark.shape, mark.shape)
    looks["size"] = max(2.0, 0.7 * looks["size"])
    yield {
        "type": "scatter3d",
        "mode": "markers",
        "x": compact(mark.x),
        "y": compact(mark.y),
        "z": np.full(len(mark.x), _floor(panel)) if mark.z is None else compact(mark.z),
        "marker": looks,
        "name": mark.name,
        "showlegend": bool(mark.name),
    }


def _line(mark: Line, panel: Panel) -> Iterator[Trace]:
    z = np.full(len(mark.x), _floor(panel)) if mark.z is None else compact(mark.z)
    yield _joined(compact(mark.x), compact(mark.y), z, mark) | {
        "name": mark.name,
        "showlegend": bool(mark.name),
    }


def _joined(x: Any, y: Any, z: Any, mark: Any, colour: str = "") -> Trace:
    return {
        "type": "scatter3d",
        "mode": "lines",
        "x": x,
        "y": y,
        "z": z,
        "line": {"color": colour or role(mark.colour), "width": 2.5 * mark.width, "dash": mark.dash},
        "showlegend": False,
    }


def _contours(mark: Contours, panel: Panel) -> Iterator[Trace]:
    low, high = float(np.nanmin(mark.z)), float(np.nanmax(mark.z))
    for level, line in contour_lines(mark):
        floor = np.full(len(line), _floor(panel))
        colour = level_colour(mark, level, low, high)
        yield _joined(compact(line[:, 0]), compact(line[:, 1]), floor, mark, colour)


def _field(mark: Field, panel: Panel) -> Iterator[Trace]:
    low, high = mark.span or (float(np.nanmin(mark.z)), float(np.nanmax(mark.z)))
    yield {
        "type": "surface",
        "x": compact(mark.x),
        "y": compact(mark.y),
        "z": np.full(mark.z.shape, _floor(panel)),
        "surfacecolor": compact(mark.z),
        "cmin": low,
        "cmax": high,
        "colorscale": colour_scale(mark.colour_map),
        "opacity": mark.alpha,
        "showscale": mark.bar is not None,
        "colorbar": colour_bar(mark.bar),
    }


def _arrow(mark: Arrow, panel: Panel) -> Iterator[Trace]:  # noqa: ARG001
    (x0, y0, z0), (x1, y1, z1) = mark.start, mark.end
    colour = role(mark.colour)
    yield {
        "type": "scatter3d",
        "mode": "lines",
        "x": [x0, x1],
        "y": [y0, y1],
        "z": [z0, z1],
        "line": {"color": colour, "width": 2.5 * mark.width},
        "name": mark.name,
        "showlegend": bool(mark.name),
    }
    yield {
        "type": "cone",
        "x": [x1],
        "y": [y1],
        "z": [z1],
        "u": [x1 - x0],
        "v": [y1 - y0],
        "w": [z1 - z0],
        "anchor": "tip",
        "sizemode": "scaled",
        "sizeref": 0.15,
        "colorscale": [[0, colour], [1, colour]],
        "showscale": False,
        "hoverinfo": "skip",
    }


def _faces(mark: Faces, panel: Panel) -> Iterator[Trace]:  # noqa: ARG001
    n_faces, n_corners, _ = mark.corners.shape
    corners = mark.corners.reshape(-1, 3)
    fans = [
        (first, first + second, first + second + 1)
        for first in range(0, n_faces * n_corners, n_corners)
        for second in range(1, n_corners - 1)
    ]
    i, j, k = (list(column) for column in zip(*fans, strict=True))
    x, y, z = (compact(column) for column in corners.T)
    yield {
        "type": "mesh3d",
        "x": x,
        "y": y,
        "z": z,
        "i": i,
        "j": j,
        "k": k,
        "color": role(mark.colour),
        "opacity": mark.alpha,
        "flatshading": True,
        "name": mark.name,
        "showlegend": bool(mark.name),
        "hoverinfo": "skip",
    }
    if mark.edge:
        yield _edges(mark)


def _edges(mark: Faces) -> Trace:
    """Return the outlines of all faces in one line, the pen lifted between them."""
    closed = np.concatenate(
        [mark.corners, mark.corners[:, :1], np.full_like(mark.corners[:, :1], np.nan)], axis=1
    )
    x, y, z = (compact(column) for column in closed.reshape(-1, 3).T)
    return {
        "type": "scatter3d",
        "mode": "lines",
        "x": x,
        "y": y,
        "z": z,
        "line": {"color": role(mark.edge), "width": 3},
        "showlegend": False,
        "hoverinfo": "skip",
    }


_MAKERS: Final[dict[type[Any], Any]] = {
    Surface: _surface,
    Points: _points,
    Line: _line,
    Contours: _contours,
    Field: _field,
    Arrow: _arrow,
    Faces: _faces,
}
