"""The roofline of an explanation in its page: the JSON that plotly.js draws."""

from __future__ import annotations

from html import escape
from math import log10
from typing import TYPE_CHECKING, Any, Final

from wattlab.studies.explain.wording import time_text
from wattlab.units import significant
from wattlab.views.colours import BLUE, GREEN, ORANGE, PLAIN

if TYPE_CHECKING:
    from wattlab.studies.explain.answer import Point
    from wattlab.views.explain_chart import RooflineChart, Stroke

__all__ = ["GLYPHS", "HEIGHT", "roofline_json"]

_LOOKS: Final = {"step": (ORANGE, "star", 16), "affine": (BLUE, "circle", 9), "other": (GREEN, "square", 9)}
GLYPHS: Final = (
    (ORANGE, "★", "the whole step"),
    (BLUE, "●", "a layer with a product"),
    (GREEN, "■", "another layer"),
)
"""What the points are: colour, shape and words."""
HEIGHT: Final = 460
"""Unit: pixels of CSS."""


def roofline_json(chart: RooflineChart) -> str:
    """Return the roofline for plotly.js; its colours of text and grid are set by the page, light or dark.

    Parameters
    ----------
    chart : RooflineChart
        What is drawn.

    Returns
    -------
    str
        A JSON object that may stand inside an HTML script element.
    """
    import plotly.graph_objects as go

    traces = [*(_line(one) for one in chart.strokes), *(_point(one, chart) for one in chart.points)]
    figure = go.Figure(traces, _layout(chart))
    # "</script>" in a layer's name must not end the script.
    return str(figure.to_json()).replace("<", "\\u003c")


def _line(one: Stroke) -> dict[str, Any]:
    unit = "bandwidth" if one.slanted else "best product"
    return {
        "type": "scatter",
        "mode": "lines+text",
        "x": list(one.x),
        "y": [rate / 1e9 for rate in one.y],
        "text": [escape(one.label), ""] if one.slanted else ["", escape(one.label)],
        "textposition": "top right" if one.slanted else "top left",
        "line": {"color": PLAIN, "width": 2},
        "name": escape(one.label),
        "hovertemplate": f"{escape(one.label)}: {unit}<extra></extra>",
        "meta": {"run": -1, "part": escape(one.label)},
    }


def _point(point: Point, chart: RooflineChart) -> dict[str, Any]:
    colour, symbol, size = _LOOKS[point.kind]
    label = escape(point.label)
    side = "top" if point.label in chart.named[::2] else "bottom"
    right = point.intensity > (chart.x[0] * chart.x[1]) ** 0.5
    figures = f"{significant(point.rate / 1e9)} GFLOP/s at {significant(point.intensity)} FLOP/B"
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": [point.intensity],
        "y": [point.rate / 1e9],
        "text": [label if point.label in chart.named else ""],
        "textposition": f"{side} {'left' if right else 'right'}",
        "marker": {"color": colour, "symbol": symbol, "size": size},
        "name": label,
        "hovertemplate": f"{label}: {time_text(point.seconds)}, {figures}<extra></extra>",
        "meta": {"run": -1, "part": label},
    }


def _layout(chart: RooflineChart) -> dict[str, Any]:
    def axis(title: str, low: float, high: float) -> dict[str, Any]:
        ends = [log10(low), log10(high)]
        return {
            "type": "log",
            "range": ends,
            "dtick": 1 if ends[1] - ends[0] > 3 else "D2",
            "tickformat": "~g",
            "zeroline": False,
            "title": {"text": title, "standoff": 8},
        }

    return {
        "template": "none",
        "xaxis": axis("operations for each byte moved (FLOP/B)", *chart.x),
        "yaxis": {**axis("GFLOP/s", chart.y[0] / 1e9, chart.y[1] / 1e9), "automargin": True},
        "hovermode": "closest",
        "showlegend": False,
        "margin": {"l": 12, "r": 16, "t": 16, "b": 44},
        "height": HEIGHT,
        "font": {"size": 12},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }
