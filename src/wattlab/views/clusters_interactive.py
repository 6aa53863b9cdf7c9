"""The figure of a study of clusters in its page: each panel as the JSON that plotly.js draws."""

from __future__ import annotations

from html import escape
from math import log10
from typing import TYPE_CHECKING, Any

from wattlab.views.colours import PLAIN
from wattlab.views.sweep_interactive import PANEL_HEIGHT

if TYPE_CHECKING:
    from wattlab.views.clusters_charts import ClusterLine, ClusterPanel, ClustersChart

__all__ = ["clusters_panel_json"]


def clusters_panel_json(panel: ClusterPanel, chart: ClustersChart) -> str:
    """Return a panel for plotly.js; its colours of text and grid are set by the page, light or dark.

    Parameters
    ----------
    panel : ClusterPanel
        One of the chart's.
    chart : ClustersChart
        What `wattlab.views.clusters_charts` found.

    Returns
    -------
    str
        A JSON object that may stand inside an HTML script element.
    """
    import plotly.graph_objects as go

    figure = go.Figure(
        [_points(line, number) for number, line in enumerate(panel.lines)], _layout(panel, chart)
    )
    if panel.mark is not None:
        figure.add_vline(panel.mark.n_clusters, line={"width": 1, "dash": "dot", "color": PLAIN})
        place = {"x": panel.mark.n_clusters, "y": 1.0, "yref": "paper", "xanchor": "left", "xshift": 4}
        figure.add_annotation(text=escape(panel.mark.text), showarrow=False, yanchor="top", **place)
    if panel.level is not None:
        value, text = panel.level
        label = {"annotation_text": escape(text), "annotation_position": "top right"}
        figure.add_hline(value, line={"width": 1, "dash": "dash", "color": PLAIN}, **label)
    return str(figure.to_json()).replace("<", "\\u003c")


def _points(line: ClusterLine, number: int) -> dict[str, Any]:
    points, name = line.points, escape(line.name)
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": [one.n_clusters for one in points],
        "y": [one.value for one in points],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [one.high - one.value for one in points],
            "arrayminus": [one.value - one.low for one in points],
            "color": line.colour,
            "width": 4,
        },
        "line": {"color": line.colour, "width": 2, "dash": "dash" if line.dashed else "solid"},
        "marker": {"color": line.colour, "symbol": "square" if line.dashed else "circle", "size": 7},
        "text": [escape(one.text) for one in points],
        "hovertemplate": f"K = %{{x}}: %{{text}} {name}<extra></extra>",
        "meta": {"run": number, "part": name},
    }


def _logarithmic(panel: ClusterPanel) -> dict[str, Any]:
    if panel.span is None:
        return {}
    values, texts = zip(*panel.ticks, strict=True)
    ends = [log10(one) for one in panel.span]
    return {"type": "log", "range": ends, "tickmode": "array", "tickvals": values, "ticktext": texts}


def _layout(panel: ClusterPanel, chart: ClustersChart) -> dict[str, Any]:
    return {
        "template": "none",
        "title": {"text": escape(panel.title), "font": {"size": 14}, "x": 0.01, "xanchor": "left", "y": 0.97},
        "xaxis": {
            "title": {"text": "number of clusters", "standoff": 8},
            "range": list(chart.ends),
            "zeroline": False,
        },
        "yaxis": {
            "title": {"text": escape(panel.y_label), "standoff": 8},
            "automargin": True,
            "zeroline": False,
            "rangemode": "tozero" if panel.from_zero else "normal",
            **_logarithmic(panel),
        },
        "hovermode": "closest",
        "showlegend": len(panel.lines) > 1,
        "legend": {"x": 0.01, "y": 1.0, "bgcolor": "rgba(0,0,0,0)"},
        "margin": {"l": 12, "r": 16, "t": 36, "b": 44},
        "height": PANEL_HEIGHT,
        "font": {"size": 12},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }
