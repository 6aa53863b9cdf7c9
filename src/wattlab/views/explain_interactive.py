"""The roofline of an explanation in its page: the JSON that plotly.js draws."""

from __future__ import annotations

from html import escape
from math import log10
from typing import TYPE_CHECKING, Any, Final

from wattlab.studies.explain.wording import time_text
from wattlab.units import significant
from wattlab.views.colours import BLUE, GREEN, ORANGE, PLAIN
from wattlab.views.explain_labels import place_labels

if TYPE_CHECKING:
    from wattlab.studies.explain.answer import Point
    from wattlab.views.explain_chart import RooflineChart, Stroke
    from wattlab.views.explain_labels import Label

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
_FONT_PX: Final = 12
_AXES_PX: Final = (800, 380)
"""About the size of the axes on a wide page."""


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

    traces = [*(_line(one) for one in chart.strokes), *map(_point, chart.points)]
    figure = go.Figure(traces, _layout(chart))
    # "</script>" in a layer's name must not end the script.
    return str(figure.to_json()).replace("<", "\\u003c")


def _line(one: Stroke) -> dict[str, Any]:
    unit = "bandwidth" if one.slanted else "best product"
    return {
        "type": "scatter",
        "mode": "lines",
        "x": list(one.x),
        "y": [rate / 1e9 for rate in one.y],
        "line": {"color": PLAIN, "width": 2},
        "name": escape(one.label),
        "hovertemplate": f"{escape(one.label)}: {unit}<extra></extra>",
        "meta": {"run": -1, "part": escape(one.label)},
    }


def _point(point: Point) -> dict[str, Any]:
    colour, symbol, size = _LOOKS[point.kind]
    label = escape(point.label)
    figures = f"{significant(point.rate / 1e9)} GFLOP/s at {significant(point.intensity)} FLOP/B"
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [point.intensity],
        "y": [point.rate / 1e9],
        "marker": {"color": colour, "symbol": symbol, "size": size},
        "name": label,
        "hovertemplate": f"{label}: {time_text(point.seconds)}, {figures}<extra></extra>",
        "meta": {"run": -1, "part": label},
    }


def _name(label: Label) -> dict[str, Any]:
    """Return a name beside its point or line; plotly takes logarithms where axes are logarithmic."""
    return {
        "x": log10(label.x),
        "y": log10(label.y / 1e9),
        "text": escape(label.text),
        "showarrow": False,
        "xanchor": "left",
        "yanchor": "middle",
        "borderpad": 0,
        "xshift": label.dx,
        "yshift": label.dy,
        "opacity": 0.75 if label.line else 1.0,
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
        "annotations": [_name(one) for one in place_labels(chart, *_AXES_PX, _FONT_PX)],
        "hovermode": "closest",
        "showlegend": False,
        "margin": {"l": 12, "r": 16, "t": 16, "b": 44},
        "height": HEIGHT,
        "font": {"size": _FONT_PX},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }
