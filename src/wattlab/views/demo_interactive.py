"""The figure of a demonstration in a page: each panel as the JSON that plotly.js draws."""

from __future__ import annotations

from math import ceil, log10
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattlab.views.demo_chart import Band, DemoPanel, Series

__all__ = ["demo_panel_json", "panel_height"]

_HEIGHT: Final = 360
_ROW: Final = 22
_FEW_DECADES: Final = 2.5


def demo_panel_json(panel: DemoPanel) -> str:
    """Return a panel for plotly.js; its colours of text and grid are set by the page, light or dark.

    Parameters
    ----------
    panel : DemoPanel
        What a ``wattlab.views.demo_…`` module gave.

    Returns
    -------
    str
        A JSON object that may stand inside an HTML script element.
    """
    import plotly.graph_objects as go

    figure = go.Figure([_trace(one) for one in panel.series], _layout(panel))
    for band in panel.bands:
        figure.add_vrect(band.low, band.high, fillcolor=band.colour, opacity=0.08, line_width=0)
        figure.add_annotation(_band_label(panel, band))
    return str(figure.to_json()).replace("<", "\\u003c")


def panel_height(panel: DemoPanel) -> int:
    """Return the height of a panel in which the names of its rows do not touch. Unit: pixels of CSS.

    Parameters
    ----------
    panel : DemoPanel
        What is drawn.
    """
    return max(_HEIGHT, 140 + _ROW * len(panel.rows))


def _trace(one: Series) -> dict[str, Any]:
    shared = {"name": one.label, "showlegend": bool(one.label), "meta": {"run": 0, "part": one.label}}
    if one.kind == "cells":
        look = {"color": one.colour, "line": {"color": "rgba(128,128,128,0.6)", "width": 1}}
        bars = {"x": one.high - one.low, "base": one.low, "y": one.y, "orientation": "h", "marker": look}
        return {**shared, "type": "bar", "width": 0.62, "hoverinfo": "skip", **bars}
    place = {"x": one.x, "y": one.y, "type": "scatter"}
    if one.kind in {"points", "diamonds"}:
        return {**shared, **place, "mode": "markers", **_markers(one)}
    line = {"color": one.colour, "dash": one.dash, "width": 2.2 if one.label else 1.2}
    if one.kind == "steps":
        line["shape"] = "hv"
    return {**shared, **place, "mode": "lines", "line": line, "hovertemplate": "%{y:.3g}"}


def _markers(one: Series) -> dict[str, Any]:
    if one.kind == "diamonds":
        return {
            "marker": {"color": one.colour, "symbol": "diamond-open", "size": 12},
            "hovertemplate": "%{x:g}",
        }
    spans = {"type": "data", "symmetric": False, "array": one.high - one.x, "arrayminus": one.x - one.low}
    return {
        "marker": {"color": one.colour, "size": 9},
        "error_x": {**spans, "color": one.colour, "width": 5},
        "hovertemplate": "%{x:.3g}",
    }


def _band_label(panel: DemoPanel, band: Band) -> dict[str, Any]:
    ends = (log10(band.low), log10(band.high)) if panel.log_x else (band.low, band.high)
    place = {"x": sum(ends) / 2, "y": 1, "yref": "paper", "yanchor": "top"}
    return {**place, "text": band.label, "showarrow": False, "font": {"size": 11}}


def _layout(panel: DemoPanel) -> dict[str, Any]:
    y_axis = _axis(panel.y_label, panel.y_ends, [one.y for one in panel.series], log=panel.log_y)
    if panel.rows:
        y_axis |= {"tickvals": list(range(len(panel.rows))), "ticktext": list(panel.rows)}
        y_axis |= {"range": [len(panel.rows) - 0.5, -0.5]}
    return {
        "template": "none",
        "title": {"text": panel.title, "font": {"size": 14}, "x": 0.01, "xanchor": "left", "y": 0.97},
        "xaxis": _axis(panel.x_label, panel.x_ends, [one.x for one in panel.series], log=panel.log_x),
        "yaxis": y_axis,
        "hovermode": "closest",
        "barmode": "overlay",
        "legend": {"orientation": "h", "y": -0.2, "x": 0, "font": {"size": 11}},
        "margin": {"l": 60, "r": 16, "t": 36, "b": 44},
        "height": panel_height(panel),
        "font": {"size": 12},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }


def _axis(
    label: str, ends: tuple[float, float] | None, values: Sequence[NDArray[np.float64]], *, log: bool
) -> dict[str, Any]:
    axis: dict[str, Any] = {"title": {"text": label, "standoff": 8}, "automargin": True, "zeroline": False}
    if log:
        least, greatest = ends or (np.nanmin(np.concatenate(values)), np.nanmax(np.concatenate(values)))
        decades = log10(greatest / least)
        axis |= {"type": "log", "dtick": "D2" if decades < _FEW_DECADES else ceil(decades / 7)}
        axis |= {"tickformat": "~g"} if decades < _FEW_DECADES else {"exponentformat": "power"}
    if ends:
        axis["range"] = [log10(end) for end in ends] if log else list(ends)
    return axis
