"""The figure of a study of a target in its page: each panel as the JSON that plotly.js draws."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

from wattlab.views.colours import PLAIN, RUNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.views.target_charts import ScoreLine, ScorePanel, Survival, SurvivalPanel

__all__ = ["PANEL_HEIGHT", "STROKES", "score_panel_json", "survival_panel_json"]

STROKES: Final = ("solid", "dash", "dashdot", "dot")
"""Recipes are told apart by dash, too: the same ones as in the PNG file."""
PANEL_HEIGHT: Final = 340
"""Unit: pixels of CSS."""
_FAINT: Final = 0.15


def survival_panel_json(panel: SurvivalPanel) -> str:
    """Return a panel of shares for plotly.js; its colours of text and grid are set by the page, light or dark.

    Parameters
    ----------
    panel : SurvivalPanel
        Over time or energy.

    Returns
    -------
    str
        A JSON object that may stand inside an HTML script element.
    """
    traces = [trace for one in panel.curves for trace in _shares(one)]
    y_axis = {"range": [-0.02, 1.02], "tickformat": ".0%", "title": "share of trainings"}
    return _json(traces, _layout(panel.title, panel.x_label, y_axis, log_x=panel.log))


def score_panel_json(panel: ScorePanel) -> str:
    """Return the panel of errors for plotly.js; see `survival_panel_json`.

    Parameters
    ----------
    panel : ScorePanel
        Of all trainings.
    """
    label = "s since the start of the process" + (", logarithmic" if panel.log_x else "")
    y_axis = {"type": "log", "tickformat": "~g", "dtick": "D2", "title": panel.y_label}
    layout = _layout(panel.title, label, y_axis, log_x=panel.log_x)
    layout["shapes"] = [
        {
            "type": "line",
            "xref": "paper",
            "x0": 0,
            "x1": 1,
            "y0": panel.error,
            "y1": panel.error,
            "line": {"dash": "dash", "width": 1.5, "color": PLAIN},
        }
    ]
    return _json([_errors(one) for one in panel.lines], layout)


def _json(traces: Sequence[dict[str, Any]], layout: dict[str, Any]) -> str:
    import plotly.graph_objects as go

    # "</script>" in a label must not end the script.
    return str(go.Figure(list(traces), layout).to_json()).replace("<", "\\u003c")


def _shares(one: Survival) -> list[dict[str, Any]]:
    """Return the band, as two edges with what lies between them filled, and the curve."""
    colour = RUNS[one.number % len(RUNS)]
    meta = {"run": one.number, "part": escape(one.name)}
    edge = {
        "type": "scatter",
        "mode": "lines",
        "x": list(one.at),
        "line": {"shape": "hv", "width": 0, "color": colour},
        "hoverinfo": "skip",
        "meta": meta,
    }
    filled = {"y": list(one.high), "fill": "tonexty", "fillcolor": _faint(colour)}
    curve = {
        "type": "scatter",
        "mode": "lines",
        "name": escape(one.name),
        "x": list(one.at),
        "y": list(one.shares),
        "line": {"shape": "hv", "width": 2.5, "color": colour, "dash": STROKES[one.number % len(STROKES)]},
        "hovertemplate": f"{escape(one.name)}: %{{y:.0%}} from %{{x:.3g}} on<extra></extra>",
        "meta": meta,
    }
    return [{**edge, "y": list(one.low)}, {**edge, **filled}, curve]


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{_FAINT})"


def _errors(one: ScoreLine) -> dict[str, Any]:
    colour = RUNS[one.number % len(RUNS)]
    last = len(one.seconds) - 1
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": escape(one.name),
        "x": list(one.seconds),
        "y": list(one.errors),
        "line": {"width": 1, "color": colour, "dash": STROKES[one.number % len(STROKES)]},
        "marker": {
            "color": colour,
            "line": {"width": 0},
            "symbol": "circle" if one.reached else "x",
            "size": [3 if place < last else 8 for place in range(last + 1)],
        },
        "hovertemplate": f"{escape(one.name)}: %{{y:.3g}} after %{{x:.3g}} s<extra></extra>",
        "meta": {"run": one.number, "part": escape(one.name)},
    }


def _layout(title: str, x_label: str, y_axis: dict[str, Any], *, log_x: bool) -> dict[str, Any]:
    y_title = {"text": y_axis["title"], "standoff": 8}
    return {
        "template": "none",
        "title": {"text": escape(title), "font": {"size": 14}, "x": 0.01, "xanchor": "left", "y": 0.97},
        "xaxis": {
            "title": {"text": escape(x_label), "standoff": 8},
            "zeroline": False,
            **({"type": "log", "tickformat": "~g", "dtick": "D2"} if log_x else {"rangemode": "tozero"}),
        },
        "yaxis": {"automargin": True, "zeroline": False, **y_axis, "title": y_title},
        "hovermode": "closest",
        "showlegend": False,
        "margin": {"l": 12, "r": 16, "t": 36, "b": 44},
        "height": PANEL_HEIGHT,
        "font": {"size": 12},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }
