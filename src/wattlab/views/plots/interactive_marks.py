"""Marks in two dimensions, by plotly."""

from __future__ import annotations

from html import escape
from math import log10
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wattlab.views.plots.colour_maps import colour_scale
from wattlab.views.plots.interactive_meshed import (
    ROLES,
    cells_traces,
    colour_bar,
    compact,
    contours_traces,
    field_traces,
    picture_traces,
    regions_traces,
    role,
)
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

    from wattlab.views.plots.marks import Mark, Panel, Shape

__all__ = ["SYMBOLS", "marker", "note", "shapes", "traces"]

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
_EDGES: Final = {"ink": "#2b2f36", "soft": ROLES["soft"], "paper": ROLES["paper"]}
"""Ink as on paper: pale grounds are what edges have to stand out from."""
_PIXELS_PT: Final = 4 / 3
_WIDTHS: Final[dict[Shape, float]] = {"star": 0.71}
"""Plotly draws stars wider than asked for; so they are as in a figure."""
_ANCHORS: Final = {"left": "left", "centre": "center", "right": "right"}
Trace = dict[str, Any]


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
            texts.extend(_rule_text(mark, panel))
        elif isinstance(mark, Note):
            texts.append(_placed(note(mark), panel))
        elif isinstance(mark, Arrow):
            texts.append(_arrow(mark))
    return lines, texts


def note(mark: Note) -> dict[str, Any]:
    """Return a text at a place."""
    font: dict[str, Any] = {"size": round(_PIXELS_PT * mark.size)}
    if mark.colour not in ROLES:
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


def _placed(text: dict[str, Any], panel: Panel) -> dict[str, Any]:
    """Return a text where plotly looks for it: on a logarithmic axis, unlike all else, at the logarithm."""
    logs = [
        name for name, log in (("x", panel.x_log), ("y", panel.y_log)) if log and f"{name}ref" not in text
    ]
    return text | {name: log10(text[name]) for name in logs}


def _rule_text(mark: Rule, panel: Panel) -> Iterator[dict[str, Any]]:
    if not mark.text:
        return
    at: dict[str, Any] = (
        {"x": 1, "xref": "x domain", "y": mark.at, "xanchor": "right", "yanchor": "bottom"}
        if mark.along == "x"
        else {"x": mark.at, "y": 1, "yref": "y domain", "xanchor": "left", "yanchor": "top"}
    )
    yield _placed({"text": escape(mark.text), "showarrow": False, "font": {"size": 11}, **at}, panel)


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
    size = _PIXELS_PT * mark.size * _WIDTHS.get(mark.shape, 1.0)
    looks: dict[str, Any] = {"symbol": SYMBOLS[mark.shape], "size": size, "opacity": mark.alpha}
    if mark.values is None:
        looks["color"] = role(mark.colour)
        thin = mark.shape in ("ring", "cross", "plus")
        looks["line"] = {
            "width": 1.5 if thin else 0.4,
            "color": role(mark.colour) if thin else _EDGES.get(mark.edge, mark.edge),
        }
        return looks
    looks |= {"color": compact(mark.values), "colorscale": colour_scale(mark.colour_map)}
    return looks | ({"showscale": True, "colorbar": colour_bar(mark.bar)} if mark.bar is not None else {})


def _named(name: str) -> Trace:
    return {"name": escape(name), "showlegend": bool(name)}


def _points(mark: Points, panel: Panel) -> Iterator[Trace]:  # noqa: ARG001 (one signature for all)
    told = {"text": [escape(text) for text in mark.texts], "hovertemplate": "%{text}<extra></extra>"}
    yield {
        "type": "scatter",
        "mode": "markers",
        "x": compact(mark.x),
        "y": compact(mark.y),
        "marker": marker(mark),
        **(told if len(mark.texts) else {}),
        **_named(mark.name),
    }


def _line(mark: Line, panel: Panel) -> Iterator[Trace]:  # noqa: ARG001
    yield {
        "type": "scatter",
        "mode": "lines",
        "x": compact(mark.x),
        "y": compact(mark.y),
        "opacity": mark.alpha,
        "line": {"color": role(mark.colour), "dash": mark.dash, "width": mark.width},
        **_named(mark.name),
    }


def _bars(mark: Bars, panel: Panel) -> Iterator[Trace]:  # noqa: ARG001
    along, across = ("x", "y") if mark.across else ("y", "x")
    yield {
        "type": "bar",
        "orientation": "h" if mark.across else "v",
        along: compact(mark.lengths),
        across: mark.places,
        "base": None if mark.starts is None else compact(mark.starts),
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
        "x": compact(np.append(mark.x, mark.x[:1])),
        "y": compact(np.append(mark.y, mark.y[:1])),
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
    Field: field_traces,
    Regions: regions_traces,
    Contours: contours_traces,
    Cells: cells_traces,
    Picture: picture_traces,
    Bars: _bars,
    Area: _area,
    Arrow: _arrow_name,
}
