"""The figure of a batch-size study in its page: each panel as the JSON that plotly.js draws."""

from __future__ import annotations

from html import escape
from math import log10
from typing import TYPE_CHECKING, Any, Final

from wattlab.views.batch_size_figures import FAILED, PANEL_COLOURS
from wattlab.views.colours import PLAIN

if TYPE_CHECKING:
    from wattlab.views.batch_size_charts import Chart, Panel

__all__ = ["HEIGHT", "batch_size_panel_json"]

HEIGHT: Final = 380
"""Of a panel. Unit: pixels of CSS."""


def batch_size_panel_json(panel: Panel, chart: Chart) -> str:
    """Return a panel for plotly.js; its colours of text and grid are set by the page, light or dark.

    Parameters
    ----------
    panel : Panel
        One of the chart's.
    chart : Chart
        What `wattlab.views.batch_size_charts` found.

    Returns
    -------
    str
        A JSON object that may stand inside an HTML script element.
    """
    import plotly.graph_objects as go

    traces = [_points(panel), *_fit(panel), *_failures(chart)]
    figure = go.Figure(traces, _layout(panel, chart))
    for place in chart.places:
        figure.add_vline(place.size, line={"width": 1, "color": PLAIN})
    if panel.level is not None:
        figure.add_hline(panel.level.value, line={"dash": "dash", "width": 1.5, "color": FAILED})
    return str(figure.to_json()).replace("<", "\\u003c")


def _points(panel: Panel) -> dict[str, Any]:
    points = panel.points
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [one.size for one in points],
        "y": [one.value for one in points],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [one.high - one.value for one in points],
            "arrayminus": [one.value - one.low for one in points],
            "width": 4,
        },
        "text": [escape(one.text) for one in points],
        "hovertemplate": "%{x}: %{text}<extra></extra>",
        "line": {"color": PANEL_COLOURS[panel.title], "width": 2},
        "marker": {"size": 8},
        "name": panel.title,
        "meta": {"run": 0, "part": panel.title},
    }


def _fit(panel: Panel) -> list[dict[str, Any]]:
    if not panel.fit:
        return []
    sizes, values = zip(*panel.fit, strict=True)
    line = {"dash": "dot", "width": 1.5, "color": PLAIN}
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": sizes,
            "y": values,
            "line": line,
            "name": "fit, not tested",
            "hovertemplate": f"fit, not tested: %{{y:.3g}} {panel.y_label}<extra></extra>",
            "meta": {"run": 0, "part": "fit"},
        }
    ]


def _failures(chart: Chart) -> list[dict[str, Any]]:
    if not chart.failures:
        return []
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "x": [one.size for one in chart.failures],
            "y": [0.0] * len(chart.failures),
            "marker": {"symbol": "x", "size": 9, "color": FAILED},
            "text": [escape(one.text) for one in chart.failures],
            "hovertemplate": "%{text}<extra></extra>",
            "name": "does not fit",
            "cliponaxis": False,
            "meta": {"run": 0, "part": "failed"},
        }
    ]


def _layout(panel: Panel, chart: Chart) -> dict[str, Any]:
    return {
        "template": "none",
        "title": {"text": panel.title, "font": {"size": 14}, "x": 0.01, "xanchor": "left", "y": 0.97},
        "xaxis": {
            "type": "log",
            "title": {"text": "batch size", "standoff": 8},
            "tickvals": list(chart.ticks),
            "tickformat": ",d",
            "zeroline": False,
        },
        "yaxis": {
            "automargin": True,
            "rangemode": "tozero",
            "title": {"text": escape(panel.y_label), "standoff": 6},
            "zeroline": False,
        },
        "hovermode": "closest",
        "showlegend": False,
        "annotations": _annotations(panel, chart),
        "margin": {"l": 12, "r": 16, "t": 72, "b": 44},
        "height": HEIGHT,
        "font": {"size": 12},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }


def _annotations(panel: Panel, chart: Chart) -> list[dict[str, Any]]:
    """Return the marked sizes above their lines, and the name of the limit."""
    names = [
        {
            "x": log10(place.size),
            "y": 1.0,
            "yref": "paper",
            "text": str(place.size),
            "hovertext": escape(place.text),
            "textangle": -90,
            "xanchor": "center",
            "yanchor": "bottom",
            "showarrow": False,
            "font": {"size": 11},
        }
        for place in chart.places
    ]
    if panel.level is None:
        return names
    limit = {"x": 0, "xref": "paper", "xanchor": "left", "y": panel.level.value, "yanchor": "bottom"}
    return [
        *names,
        {**limit, "text": escape(panel.level.text), "showarrow": False, "font": {"color": FAILED}},
    ]
