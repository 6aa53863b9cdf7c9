"""The figure of a study of warm starts in its page: each panel as the JSON that plotly.js draws."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from wattlab.views.colours import PLAIN

if TYPE_CHECKING:
    from wattlab.views.warm_start_charts import Chart, Curve, Panel

__all__ = ["HEIGHT", "warm_start_panel_json"]

HEIGHT: Final = 380
"""Of a panel. Unit: pixels of CSS."""


def warm_start_panel_json(panel: Panel, chart: Chart) -> str:
    """Return a panel for plotly.js; its colours of text and grid are set by the page, light or dark.

    Parameters
    ----------
    panel : Panel
        One of the chart's.
    chart : Chart
        What `wattlab.views.warm_start_charts` found.

    Returns
    -------
    str
        A JSON object that may stand inside an HTML script element.
    """
    import plotly.graph_objects as go

    figure = go.Figure(_traces(panel, chart), _layout(panel, chart))
    figure.add_hline(chart.target, line={"dash": "dot", "width": 1.5, "color": PLAIN})
    return str(figure.to_json()).replace("<", "\\u003c")


def _traces(panel: Panel, chart: Chart) -> list[dict[str, Any]]:
    named: set[int] = set()
    traces = []
    for curve in panel.curves:
        traces += _link(curve, chart)
        traces.append({**_trace(curve, panel, chart), "showlegend": curve.place not in named})
        named.add(curve.place)
    return traces


def _link(curve: Curve, chart: Chart) -> list[dict[str, Any]]:
    """Return a dotted line from where the stage before ended."""
    if curve.after is None:
        return []
    points = (curve.after, (curve.x[0], curve.y[0]))
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [x for x, _ in points],
            "y": [y for _, y in points],
            "line": {"color": chart.colours[curve.place], "width": 1, "dash": "dot"},
            "hoverinfo": "skip",
            "legendgroup": str(curve.place),
            "showlegend": False,
            "meta": {"run": curve.place, "part": "link"},
        }
    ]


def _trace(curve: Curve, panel: Panel, chart: Chart) -> dict[str, Any]:
    colour, label = chart.colours[curve.place], escape(chart.labels[curve.place])
    sizes = [11 if (x, y) == curve.reached else 5 for x, y in zip(curve.x, curve.y, strict=True)]
    symbols = ["diamond" if size > 5 else "circle" for size in sizes]
    unit = "s" if panel.title == "Time" else "J"
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": curve.x,
        "y": curve.y,
        "name": label,
        "legendgroup": str(curve.place),
        "line": {"color": colour, "width": 1.6},
        "marker": {"color": colour, "size": sizes, "symbol": symbols},
        "hovertemplate": f"{label}, seed {curve.seed}: %{{y:.4f}} at %{{x:.3g}} {unit}<extra></extra>",
        "meta": {"run": curve.place, "part": label},
    }


def _layout(panel: Panel, chart: Chart) -> dict[str, Any]:
    return {
        "template": "none",
        "title": {"text": panel.title, "font": {"size": 14}, "x": 0.01, "xanchor": "left", "y": 0.97},
        "xaxis": {
            "title": {"text": escape(panel.x_label), "standoff": 8},
            "rangemode": "tozero",
            "zeroline": False,
        },
        "yaxis": {
            "automargin": True,
            "title": {"text": escape(chart.y_label), "standoff": 6},
            "zeroline": False,
        },
        "hovermode": "closest",
        "legend": {"orientation": "h", "y": -0.25},
        "annotations": [
            {
                "x": 0,
                "xref": "paper",
                "xanchor": "left",
                "y": chart.target,
                "yanchor": "bottom",
                "text": f"target {chart.target:g}",
                "showarrow": False,
            }
        ],
        "margin": {"l": 12, "r": 16, "t": 40, "b": 84},
        "height": HEIGHT,
        "font": {"size": 12},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }
