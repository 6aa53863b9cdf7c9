"""Marks over a mesh, by plotly, and what all its marks share: colours, colour bars, short numbers."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wattlab.views.colours import PLAIN
from wattlab.views.plots.colour_maps import colour_scale, get_colour_map, stepped_scale

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from wattlab.views.plots.marks import Cells, Contours, Field, Panel, Picture, Regions

__all__ = [
    "ROLES",
    "cells_traces",
    "colour_bar",
    "compact",
    "contour_lines",
    "contours_traces",
    "field_traces",
    "level_colour",
    "picture_traces",
    "regions_traces",
    "role",
]

ROLES: Final = {"ink": PLAIN, "soft": PLAIN, "paper": "#ffffff"}
_SMALLEST: Final = 1e-37
_LARGEST: Final = 1e38
_ROOM: Final = 0.04
"""Between the numbers of two lines, of the panel's size."""
Trace = dict[str, Any]


def role(colour: str) -> str:
    """Return a colour that can be read on light and dark pages alike."""
    return ROLES.get(colour, colour)


def compact(array: NDArray[Any]) -> NDArray[Any]:
    """Return numbers in four bytes each, seven digits, so that pages stay small; in eight where they do not fit."""
    if array.dtype.kind != "f":
        return array
    sizes = np.abs(array[np.isfinite(array) & (array != 0)])
    fits = not sizes.size or bool(sizes.min() > _SMALLEST and sizes.max() < _LARGEST)
    return array.astype(np.float32) if fits else array


def colour_bar(title: str | None) -> dict[str, Any]:
    """Return a colour bar."""
    return {"title": {"text": escape(title or ""), "side": "right"}, "thickness": 14, "outlinewidth": 0}


def field_traces(mark: Field, panel: Panel) -> Iterator[Trace]:  # noqa: ARG001
    """Return numbers as colours."""
    span = mark.span or (float(np.nanmin(mark.z)), float(np.nanmax(mark.z)))
    scale = colour_scale(mark.colour_map)
    if len(mark.levels) > 1:
        span = mark.span or (float(mark.levels[0]), float(mark.levels[-1]))
        scale = stepped_scale(mark.colour_map, mark.levels, span)
    yield {
        "type": "heatmap",
        "x": compact(mark.x),
        "y": compact(mark.y),
        "z": compact(mark.z),
        "zmin": span[0],
        "zmax": span[1],
        "colorscale": scale,
        "opacity": mark.alpha,
        "showscale": mark.bar is not None,
        "colorbar": colour_bar(mark.bar),
        "hoverongaps": False,
    }


def regions_traces(mark: Regions, panel: Panel) -> Iterator[Trace]:  # noqa: ARG001
    """Return classes as areas."""
    count = len(mark.colours)
    ends = [(place / count, (place + 1) / count) for place in range(count)]
    scale = [[end, role(c)] for c, pair in zip(mark.colours, ends, strict=True) for end in pair]
    yield {
        "type": "heatmap",
        "x": compact(mark.x),
        "y": compact(mark.y),
        "z": mark.classes,
        "zmin": -0.5,
        "zmax": count - 0.5,
        "colorscale": scale,
        "opacity": mark.alpha,
        "showscale": False,
        "hoverinfo": "skip",
    }


def contour_lines(mark: Contours) -> Iterator[tuple[float, NDArray[np.float64]]]:
    """Return each line of contours: its level, and its points, of shape (n_points, 2)."""
    from contourpy import contour_generator

    found = contour_generator(mark.x, mark.y, np.ma.masked_invalid(mark.z))
    for level in mark.levels:
        for line in found.lines(level):
            yield float(level), np.asarray(line)


def contours_traces(mark: Contours, panel: Panel) -> Iterator[Trace]:  # noqa: ARG001
    """Return lines of equal number."""
    low, high = float(np.nanmin(mark.z)), float(np.nanmax(mark.z))
    named = bool(mark.name)
    for level, line in contour_lines(mark):
        yield {
            "type": "scatter",
            "mode": "lines",
            "x": compact(line[:, 0]),
            "y": compact(line[:, 1]),
            "line": {"color": level_colour(mark, level, low, high), "dash": mark.dash, "width": mark.width},
            "hovertemplate": f"{level:.4g}<extra></extra>",
            "name": escape(mark.name),
            "showlegend": named,
            "legendgroup": f"contours {mark.name}",
        }
        named = False
    if mark.labelled:
        yield _level_texts(mark)


def _level_texts(mark: Contours) -> Trace:
    """Return the number of each level in the middle of its longest line, where no other one stands."""
    longest: dict[float, NDArray[np.float64]] = {}
    for level, line in contour_lines(mark):
        if len(line) > len(longest.get(level, ())):
            longest[level] = line
    size = np.array([np.ptp(mark.x), np.ptp(mark.y)])
    kept: dict[float, NDArray[np.float64]] = {}
    for level, line in sorted(longest.items(), key=lambda one: -len(one[1])):
        place = line[len(line) // 2]
        if all(np.hypot(*((place - other) / size)) > _ROOM for other in kept.values()):
            kept[level] = place
    return {
        "type": "scatter",
        "mode": "text",
        "x": [float(place[0]) for place in kept.values()],
        "y": [float(place[1]) for place in kept.values()],
        "text": [f"{level:.4g}" for level in kept],
        "textfont": {"size": 10},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def level_colour(mark: Contours, level: float, low: float, high: float) -> str:
    """Return the colour of one line of contours."""
    if not mark.colour_map:
        return role(mark.colour)
    from matplotlib.colors import to_hex

    return str(to_hex(get_colour_map(mark.colour_map)((level - low) / (high - low or 1.0))))


def cells_traces(mark: Cells, panel: Panel) -> Iterator[Trace]:  # noqa: ARG001
    """Return a matrix as coloured cells."""
    low, high = mark.span or (float(np.nanmin(mark.values)), float(np.nanmax(mark.values)))
    texts = [[escape(text) for text in row] for row in mark.texts]
    yield {
        "type": "heatmap",
        "z": compact(mark.values),
        "zmin": low,
        "zmax": high,
        "colorscale": colour_scale(mark.colour_map),
        "showscale": mark.bar is not None,
        "colorbar": colour_bar(mark.bar),
        "xgap": 1,
        "ygap": 1,
        "hoverongaps": False,
        **({"text": texts, "texttemplate": "%{text}"} if texts else {}),
    }


def picture_traces(mark: Picture, panel: Panel) -> Iterator[Trace]:  # noqa: ARG001
    """Return an image."""
    x, y = _middles(mark)
    if mark.pixels.ndim == 3:
        pixels = np.round(255 * np.nan_to_num(mark.pixels)).astype(np.uint8)
        yield {"type": "image", "z": pixels, "x0": x[0], "dx": x[1] - x[0], "y0": y[0], "dy": y[1] - y[0]}
        return
    low, high = mark.span or (float(np.nanmin(mark.pixels)), float(np.nanmax(mark.pixels)))
    yield {
        "type": "heatmap",
        "x": x[:-1],
        "y": y[:-1],
        "z": compact(mark.pixels),
        "zmin": low,
        "zmax": high,
        "colorscale": colour_scale(mark.colour_map),
        "showscale": mark.bar is not None,
        "colorbar": colour_bar(mark.bar),
        "hoverongaps": False,
    }


def _middles(mark: Picture) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where the middles of the columns lie, and of the rows, one more than there are of each."""
    rows, columns = mark.pixels.shape[:2]
    left, right, bottom, top = mark.at or (-0.5, columns - 0.5, rows - 0.5, -0.5)
    across, up = (right - left) / columns, (bottom - top) / rows
    return left + across * (0.5 + np.arange(columns + 1)), top + up * (0.5 + np.arange(rows + 1))
