"""Marks in two dimensions, by plotly."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wattlab.views.colours import PLAIN
from wattlab.views.plots.colour_maps import colour_scale, get_colour_map, stepped_scale
from wattlab.views.plots.marks import (
    Area,
    Arrow,
    Bars,
    Cells,
    Contours,
    Field,
    Line,
    Note,
    Picture,
    Points,
    Regions,
    Rule,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from wattlab.views.plots.marks import Mark, Panel, Shape

__all__ = ["SYMBOLS", "colour_bar", "contour_lines", "marker", "role", "rounded", "shapes", "traces"]

SYMBOLS: Final[dict[Shape, str]] = {
    "circle": "circle",
    "ring": "circle-open",
    "square": "square",
    "triangle": "triangle-up",
    "diamond": "diamond",
    "cross": "x-thin",
    "plus": "cross-thin",
    "star": "star",
}
_PIXELS_PT: Final = 4 / 3
_ROLES: Final = {"ink": PLAIN, "soft": PLAIN, "paper": "#ffffff"}
_ANCHORS: Final = {"left": "left", "centre": "center", "right": "right"}
_DIGITS: Final = 5
Trace = dict[str, Any]


def role(colour: str) -> str:
    """Return a colour that can be read on light and dark pages alike."""
    return _ROLES.get(colour, colour)


def rounded(array: NDArray[Any]) -> NDArray[Any]:
    """Return numbers as short as a screen can show; pages stay small."""
    finite = np.abs(array[np.isfinite(array)])
    largest = float(finite.max()) if finite.size else 0.0
    if not largest:
        return array
    return np.round(array, max(0, _DIGITS - int(np.floor(np.log10(largest)))))


def traces(mark: Mark, panel: Panel) -> Iterator[Trace]:
    """Return what plotly draws for a mark; what lies beside the data is in `shapes`."""
    maker = _MAKERS.get(type(mark))
    return iter(()) if maker is None else maker(mark, panel)


def shapes(panel: Panel) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the straight lines and the texts of a panel."""
    lines: list[dict[str, Any]] = []
    texts: list[dict[str, Any]] = []
    for mark in panel.marks:
        if isinstance(mark, Rule):
            lines.append(_rule(mark))
            texts.extend(_rule_text(mark))
        elif isinstance(mark, Note):
            texts.append(note(mark))
        elif isinstance(mark, Arrow):
            texts.append(_arrow(mark))
    return lines, texts


def note(mark: Note) -> dict[str, Any]:
    """Return a text at a place."""
    font: dict[str, Any] = {"size": round(_PIXELS_PT * mark.size)}
    if mark.colour not in _ROLES:
        font["color"] = mark.colour
    text = escape(mark.text).replace("\n", "<br>")
    return {
        "x": mark.x,
        "y": mark.y,
        "text": text,
        "showarrow": False,
        "xanchor": _ANCHORS[mark.anchor],
        "font": font,
    }


def _rule(mark: Rule) -> dict[str, Any]:
    level = mark.along == "x"
    own, across = ("y", "x") if level else ("x", "y")
    return {
        "type": "line",
        f"{own}0": mark.at,
        f"{own}1": mark.at,
        f"{across}ref": f"{across} domain",
        f"{across}0": 0,
        f"{across}1": 1,
        "line": {"color": role(mark.colour), "dash": mark.dash, "width": mark.width},
    }


def _rule_text(mark: Rule) -> Iterator[dict[str, Any]]:
    if not mark.text:
        return
    at = (
        {"x": 1, "xref": "x domain", "y": mark.at, "xanchor": "right", "yanchor": "bottom"}
        if mark.along == "x"
        else {"x": mark.at, "y": 1, "yref": "y domain", "xanchor": "left", "yanchor": "top"}
    )
    yield {"text": escape(mark.text), "showarrow": False, "font": {"size": 11}, **at}


def _arrow(mark: Arrow) -> dict[str, Any]:
    (start_x, start_y), (end_x, end_y) = mark.start, mark.end
    return {
        "x": end_x,
        "y": end_y,
        "ax": start_x,
        "ay": start_y,
        "axref": "x",
        "ayref": "y",
        "text": "",
        "showarrow": True,
        "arrowhead": 2,
        "arrowwidth": mark.width,
        "arrowcolor": role(mark.colour),
    }


def marker(mark: Points) -> dict[str, Any]:
    """Return how points look."""
    size = _PIXELS_PT * mark.size
    looks: dict[str, Any] = {"symbol": SYMBOLS[mark.shape], "size": size, "opacity": mark.alpha}
    if mark.values is None:
        looks["color"] = role(mark.colour)
        thin = mark.shape in ("ring", "cross", "plus")
        looks["line"] = {"width": 1.5 if thin else 0.4, "color": role(mark.colour) if thin else "#ffffff"}
        return looks
    looks |= {"color": rounded(mark.values), "colorscale": colour_scale(mark.colour_map)}
    return looks | ({"showscale": True, "colorbar": colour_bar(mark.bar)} if mark.bar is not None else {})


def colour_bar(title: str | None) -> dict[str, Any]:
    """Return a colour bar."""
    return {"title": {"text": escape(title or ""), "side": "right"}, "thickness": 14, "outlinewidth": 0}


def _named(name: str) -> Trace:
    return {"name": escape(name), "showlegend": bool(name)}


def _points(mark: Points, panel: Panel) -> Iterator[Trace]:  # noqa: ARG001 (one signature for all)
    told = {"text": [escape(text) for text in mark.texts], "hovertemplate": "%{text}<extra></extra>"}
    yield {
        "type": "scatter",
        "mode": "markers",
        "x": rounded(mark.x),
        "y": rounded(mark.y),
        "marker": marker(mark),
        **(told if len(mark.texts) else {}),
        **_named(mark.name),
    }


def _line(mark: Line, panel: Panel) -> Iterator[Trace]:  # noqa: ARG001
    yield {
        "type": "scatter",
        "mode": "lines",
        "x": rounded(mark.x),
        "y": rounded(mark.y),
        "opacity": mark.alpha,
        "line": {"color": role(mark.colour), "dash": mark.dash, "width": mark.width},
        **_named(mark.name),
    }


def _field(mark: Field, panel: Panel) -> Iterator[Trace]:  # noqa: ARG001
    span = mark.span or (float(np.nanmin(mark.z)), float(np.nanmax(mark.z)))
    scale = colour_scale(mark.colour_map)
    if len(mark.levels) > 1:
        span = mark.span or (float(mark.levels[0]), float(mark.levels[-1]))
        scale = stepped_scale(mark.colour_map, mark.levels, span)
    yield {
        "type": "heatmap",
        "x": rounded(mark.x),
        "y": rounded(mark.y),
        "z": rounded(mark.z),
        "zmin": span[0],
        "zmax": span[1],
        "colorscale": scale,
        "opacity": mark.alpha,
        "showscale": mark.bar is not None,
        "colorbar": colour_bar(mark.bar),
        "hoverongaps": False,
    }


def _regions(mark: Regions, panel: Panel) -> Iterator[Trace]:  # noqa: ARG001
    count = len(mark.colours)
    ends = [(place / count, (place + 1) / count) for place in range(count)]
    scale = [[end, role(c)] for c, pair in zip(mark.colours, ends, strict=True) for end in pair]
    yield {
        "type": "heatmap",
        "x": rounded(mark.x),
        "y": rounded(mark.y),
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


def _contours(mark: Contours, panel: Panel) -> Iterator[Trace]:  # noqa: ARG001
    low, high = float(np.nanmin(mark.z)), float(np.nanmax(mark.z))
    named = bool(mark.name)
    for level, line in contour_lines(mark):
        yield {
            "type": "scatter",
            "mode": "lines",
            "x": rounded(line[:, 0]),
            "y": rounded(line[:, 1]),
            "line": {"color": level_colour(mark, level, low, high), "dash": mark.dash, "width": mark.width},
            "hovertemplate": f"{level:.4g}<extra></extra>",
            "name": escape(mark.name),
            "showlegend": named,
            "legendgroup": f"contours {mark.name}",
        }
        named = False


def level_colour(mark: Contours, level: float, low: float, high: float) -> str:
    """Return the colour of one line of contours."""
    if not mark.colour_map:
        return role(mark.colour)
    from matplotlib.colors import to_hex

    return str(to_hex(get_colour_map(mark.colour_map)((level - low) / (high - low or 1.0))))


def _cells(mark: Cells, panel: Panel) -> Iterator[Trace]:  # noqa: ARG001
    low, high = mark.span or (float(np.nanmin(mark.values)), float(np.nanmax(mark.values)))
    texts = [[escape(text) for text in row] for row in mark.texts]
    yield {
        "type": "heatmap",
        "z": rounded(mark.values),
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


def _picture(mark: Picture, panel: Panel) -> Iterator[Trace]:  # noqa: ARG001
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
        "z": rounded(mark.pixels),
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


def _bars(mark: Bars, panel: Panel) -> Iterator[Trace]:  # noqa: ARG001
    along, across = ("x", "y") if mark.across else ("y", "x")
    yield {
        "type": "bar",
        "orientation": "h" if mark.across else "v",
        along: rounded(mark.lengths),
        across: mark.places,
        "base": None if mark.starts is None else rounded(mark.starts),
        "width": mark.breadth,
        "marker": {"color": role(mark.colour), "opacity": mark.alpha},
        "text": [escape(text) for text in mark.texts],
        "textposition": "outside",
        "cliponaxis": False,
        **_named(mark.name),
    }


def _area(mark: Area, panel: Panel) -> Iterator[Trace]:  # noqa: ARG001
    from matplotlib.colors import to_rgb

    red, green, blue = (round(255 * part) for part in to_rgb(role(mark.colour)))
    yield {
        "type": "scatter",
        "mode": "lines",
        "x": rounded(np.append(mark.x, mark.x[:1])),
        "y": rounded(np.append(mark.y, mark.y[:1])),
        "fill": "toself",
        "fillcolor": f"rgba({red},{green},{blue},{mark.alpha:g})",
        "line": {"width": 0},
        "hoverinfo": "skip",
        **_named(mark.name),
    }


def _arrow_name(mark: Arrow, panel: Panel) -> Iterator[Trace]:  # noqa: ARG001
    """Return the arrow's place in the legend, and its ends, which the axes are to hold."""
    (start_x, start_y), (end_x, end_y) = mark.start, mark.end
    yield {
        "type": "scatter",
        "mode": "lines",
        "x": [start_x, end_x],
        "y": [start_y, end_y],
        "line": {"color": role(mark.colour), "width": mark.width},
        **_named(mark.name),
    }


_MAKERS: Final[dict[type[Any], Any]] = {
    Points: _points,
    Line: _line,
    Field: _field,
    Regions: _regions,
    Contours: _contours,
    Cells: _cells,
    Picture: _picture,
    Bars: _bars,
    Area: _area,
    Arrow: _arrow_name,
}
