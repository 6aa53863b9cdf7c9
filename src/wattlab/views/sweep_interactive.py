"""The figure of a sweep in its page: each panel as the JSON that plotly.js draws."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from wattlab.views.colours import PLAIN, RUNS

if TYPE_CHECKING:
    from wattlab.views.sweep_charts import Series, SweepChart, SweepPanel

__all__ = ["GLYPHS", "PANEL_HEIGHT", "SYMBOLS", "sweep_panel_json"]

SYMBOLS: Final = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "x", "star")
"""Series are told apart by shape, too: the same ones as in the PNG file."""
GLYPHS: Final = ("●", "■", "▲", "◆", "▼", "✚", "✖", "★")
"""The same shapes as text."""
PANEL_HEIGHT: Final = 320
"""Unit: pixels of CSS."""


def sweep_panel_json(panel: SweepPanel, chart: SweepChart) -> str:
    """Return a panel for plotly.js; its colours of text and grid are set by the page, light or dark.

    Parameters
    ----------
    panel : SweepPanel
        One of the chart's.
    chart : SweepChart
        What `wattlab.views.sweep_charts` computed.

    Returns
    -------
    str
        A JSON object that may stand inside an HTML script element.
    """
    import plotly.graph_objects as go

    figure = go.Figure([_trace(one, chart) for one in panel.series if one.points], _layout(panel, chart))
    if panel.line is not None:
        figure.add_hline(panel.line, line={"dash": "dash", "width": 1.5, "color": PLAIN})
    # "</script>" in a value must not end the script.
    return str(figure.to_json()).replace("<", "\\u003c")


def _trace(one: Series, chart: SweepChart) -> dict[str, Any]:
    colour = RUNS[one.number % len(RUNS)]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": escape(one.name),
        "x": [point.place + one.shift for point in one.points],
        "y": [point.value for point in one.points],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [point.high - point.value for point in one.points],
            "arrayminus": [point.value - point.low for point in one.points],
            "color": colour,
            "width": 5,
        },
        "line": {"color": colour, "dash": "dot", "width": 1.5},
        "marker": {"color": colour, "symbol": SYMBOLS[one.number % len(SYMBOLS)], "size": 9},
        "text": [escape(chart.places[point.place]) for point in one.points],
        "hovertemplate": f"{escape(one.name)} %{{text}}: %{{y:.3g}}<extra></extra>",
        "meta": {"run": one.number, "part": escape(one.name)},
    }


def _layout(panel: SweepPanel, chart: SweepChart) -> dict[str, Any]:
    places = {
        "tickvals": list(range(len(chart.places))),
        "ticktext": [escape(text) for text in chart.places],
        "range": [-0.5, len(chart.places) - 0.5],
    }
    return {
        "template": "none",
        "title": {"text": escape(panel.title), "font": {"size": 14}, "x": 0.01, "xanchor": "left", "y": 0.97},
        "xaxis": {"title": {"text": escape(chart.x_label), "standoff": 8}, "zeroline": False, **places},
        "yaxis": {
            "title": {"text": panel.y_label.replace("\n", "<br>"), "standoff": 8},
            "rangemode": "tozero" if panel.from_zero else "normal",
            "automargin": True,
            "zeroline": False,
            **({"autorangeoptions": {"clipmin": 0, "clipmax": panel.most}} if panel.most is not None else {}),
            **({"type": "log", "tickformat": "~g", "dtick": "D2"} if panel.log else {}),
        },
        "hovermode": "closest",
        "showlegend": False,
        "annotations": _lost(panel),
        "margin": {"l": 12, "r": 16, "t": 36, "b": 44},
        "height": PANEL_HEIGHT,
        "font": {"size": 12},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }


def _lost(panel: SweepPanel) -> list[dict[str, Any]]:
    """Return what stands where there is no value, such as OOM."""
    return [
        {
            "x": place + one.shift,
            "y": 0.02 + 0.09 * one.number,
            "yref": "paper",
            "yanchor": "bottom",
            "text": f"{escape(one.name)}: {text}",
            "font": {"color": RUNS[one.number % len(RUNS)], "size": 10},
            "showarrow": False,
        }
        for one in panel.series
        for place, text in one.lost
    ]
