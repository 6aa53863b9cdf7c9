"""The figure of a study of threads in its page: each panel as the JSON that plotly.js draws."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from wattlab.views.colours import PLAIN, RUNS
from wattlab.views.sweep_interactive import PANEL_HEIGHT, SYMBOLS

if TYPE_CHECKING:
    from wattlab.views.threads_charts import ThreadLine, ThreadPanel, ThreadsChart

__all__ = ["threads_panel_json"]


def threads_panel_json(panel: ThreadPanel, chart: ThreadsChart) -> str:
    """Return a panel for plotly.js; its colours of text and grid are set by the page, light or dark.

    Parameters
    ----------
    panel : ThreadPanel
        One of the chart's.
    chart : ThreadsChart
        What `wattlab.views.threads_charts` computed.

    Returns
    -------
    str
        A JSON object that may stand inside an HTML script element.
    """
    import plotly.graph_objects as go

    traces = [trace for line in panel.lines for trace in (*_ideal(line), _points(line))]
    figure = go.Figure(traces, _layout(panel, chart))
    if chart.ticks[0] < chart.cores < chart.ticks[-1]:
        figure.add_vline(chart.cores, line={"width": 1, "color": PLAIN})
    # "</script>" in a name must not end the script.
    return str(figure.to_json()).replace("<", "\\u003c")


def _points(line: ThreadLine) -> dict[str, Any]:
    colour, points = RUNS[line.number % len(RUNS)], line.points
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": escape(line.name),
        "x": [one.threads * line.shift for one in points],
        "y": [one.value for one in points],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [one.high - one.value for one in points],
            "arrayminus": [one.value - one.low for one in points],
            "color": colour,
            "width": 5,
        },
        "line": {"color": colour, "width": 2},
        "marker": {"color": colour, "symbol": SYMBOLS[line.number % len(SYMBOLS)], "size": 9},
        "text": [f"{one.threads}: {escape(one.text)}" for one in points],
        "hovertemplate": f"{escape(line.name)}, threads %{{text}}<extra></extra>",
        "meta": {"run": line.number, "part": escape(line.name)},
    }


def _ideal(line: ThreadLine) -> list[dict[str, Any]]:
    if not line.ideal:
        return []
    counts, values = zip(*line.ideal, strict=True)
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": f"{escape(line.name)}, shared without loss",
            "x": counts,
            "y": values,
            "line": {"color": RUNS[line.number % len(RUNS)], "dash": "dash", "width": 1},
            "hoverinfo": "skip",
            "meta": {"run": line.number, "part": "ideal"},
        }
    ]


def _layout(panel: ThreadPanel, chart: ThreadsChart) -> dict[str, Any]:
    return {
        "template": "none",
        "title": {"text": escape(panel.title), "font": {"size": 14}, "x": 0.01, "xanchor": "left", "y": 0.97},
        "xaxis": {
            "type": "log",
            "title": {"text": "threads", "standoff": 8},
            "tickvals": list(chart.ticks),
            "ticktext": [str(count) for count in chart.ticks],
            "zeroline": False,
        },
        "yaxis": {
            "title": {"text": escape(panel.y_label), "standoff": 8},
            "rangemode": "normal" if panel.log else "tozero",
            "automargin": True,
            "zeroline": False,
            **({"type": "log", "tickformat": "~g", "dtick": "D2"} if panel.log else {}),
        },
        "hovermode": "closest",
        "showlegend": False,
        "margin": {"l": 12, "r": 16, "t": 36, "b": 44},
        "height": PANEL_HEIGHT,
        "font": {"size": 12},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }
