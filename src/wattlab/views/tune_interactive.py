"""The figure of a tuning study in its page: each panel as the JSON that plotly.js draws."""

from __future__ import annotations

from html import escape
from math import log10
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

from wattlab.views.colours import BLUE, PLAIN
from wattlab.views.tune_chart import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.views.tune_chart import Kind, Stroke, TuneChart, TunePanel

__all__ = ["HEIGHT", "tune_panel_json"]

HEIGHT: Final = 380
"""Unit: pixels of CSS."""
_TIP: Final = 60
_OPEN: Final = {"front": 16, "adam": 11}
"""Sizes of the marks that are larger than the others. Unit: pixels."""


def tune_panel_json(panel: TunePanel, chart: TuneChart) -> str:
    """Return a panel for plotly.js; its colours of text and grid are set by the page, light or dark.

    Parameters
    ----------
    panel : TunePanel
        One of the chart's.
    chart : TuneChart
        What `wattlab.views.tune_charts` computed.

    Returns
    -------
    str
        A JSON object that may stand inside an HTML script element.
    """
    import plotly.graph_objects as go

    traces = [_bars(panel)] if panel.bars else [*_strokes(panel, chart), *_all_dots(panel, chart)]
    figure = go.Figure(traces, _layout(panel))
    if panel.level is not None:
        figure.add_hline(panel.level, line={"dash": "dash", "width": 1.5, "color": PLAIN})
    # "</script>" in a value must not end the script.
    return str(figure.to_json()).replace("<", "\\u003c")


def _bars(panel: TunePanel) -> dict[str, Any]:
    return {
        "type": "bar",
        "orientation": "h",
        "x": [100 * one.share for one in panel.bars],
        "y": list(range(len(panel.bars))),
        "text": [f"{one.share:.0%}" for one in panel.bars],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": [escape(one.name) for one in panel.bars],
        "hovertemplate": "%{customdata}: %{x:.1f} %<extra></extra>",
        "marker": {"color": BLUE},
        "meta": {"run": 0, "part": "importance"},
    }


def _all_dots(panel: TunePanel, chart: TuneChart) -> list[dict[str, Any]]:
    """Return a trace for each kind of point; rings lie below what they mark, so that it can be pointed at."""
    kinds = sorted(chart.words, key=lambda kind: kind != "front")
    return [trace for kind in kinds for trace in _dots(panel, chart, kind)]


def _dots(panel: TunePanel, chart: TuneChart, kind: Kind) -> list[dict[str, Any]]:
    dots = [one for one in panel.dots if one.kind == kind]
    look = KINDS[kind]
    trace = {
        "type": "scatter",
        "mode": "markers",
        "name": chart.words[kind],
        "x": [one.x for one in dots],
        "y": [one.y for one in dots],
        "text": [_tip(one.hover) for one in dots],
        "hovertemplate": "%{text}<extra></extra>",
        "hoverinfo": "text",
        "marker": {
            "color": look.colour,
            "symbol": look.symbol,
            "size": _OPEN.get(kind, 9),
            "line": {"width": 2, "color": look.colour},
        },
        "meta": {"run": 0, "part": kind},
    }
    return [trace] if dots else []


def _strokes(panel: TunePanel, chart: TuneChart) -> list[dict[str, Any]]:
    """Return a trace for each line; with points, unless it is a step of a front or of the best so far."""
    return [
        {
            "type": "scatter",
            "mode": "lines" if one.is_stepped else "lines+markers",
            "name": chart.words[one.kind],
            "x": list(one.x),
            "y": list(one.y),
            **_hover(one, len(one.x)),
            "opacity": 1.0 if one.is_strong else 0.45,
            "line": {
                "color": KINDS[one.kind].colour,
                "width": 2.5 if one.is_strong else 1,
                "dash": "dash" if one.kind == "adam" else "solid",
                "shape": "hv" if one.is_stepped else "linear",
            },
            "marker": {"symbol": KINDS[one.kind].symbol or "circle", "size": 5},
            "meta": {"run": 0, "part": one.kind},
        }
        for one in panel.strokes
    ]


def _hover(one: Stroke, count: int) -> dict[str, Any]:
    """Return what is told at a line; nothing where points on it tell more."""
    if not one.hover:
        return {"hoverinfo": "skip"}
    return {"text": [_tip(one.hover)] * count, "hovertemplate": "%{text}<extra></extra>"}


def _tip(lines: Sequence[str]) -> str:
    return "<br>".join(escape(part) for line in lines for part in wrap(line, _TIP))


def _layout(panel: TunePanel) -> dict[str, Any]:
    return {
        "template": "none",
        "title": {"text": escape(panel.title), "font": {"size": 14}, "x": 0.01, "xanchor": "left", "y": 0.97},
        "xaxis": {"title": {"text": escape(panel.x_label), "standoff": 8}, **_scale(panel.x_log)},
        "yaxis": {
            "title": {"text": escape(panel.y_label), "standoff": 8},
            "automargin": True,
            **(_rows(panel) if panel.bars else _scale(panel.y_log) | _range(panel)),
        },
        "hovermode": "closest",
        "showlegend": False,
        "annotations": _level_name(panel),
        "margin": {"l": 12, "r": 36 if panel.bars else 16, "t": 36, "b": 44},
        "height": HEIGHT,
        "font": {"size": 12},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }


def _scale(log: bool) -> dict[str, Any]:  # noqa: FBT001 (a fact about the axis, read at one place)
    return {"zeroline": False, **({"type": "log", "tickformat": "~g", "dtick": "D2"} if log else {})}


def _range(panel: TunePanel) -> dict[str, Any]:
    return {} if panel.low is None else {"range": [panel.low, panel.high]}


def _rows(panel: TunePanel) -> dict[str, Any]:
    names = [escape(one.name) for one in panel.bars]
    return {
        "tickvals": list(range(len(names))),
        "ticktext": names,
        "range": [len(names) - 0.5, -0.5],
        "zeroline": False,
    }


def _level_name(panel: TunePanel) -> list[dict[str, Any]]:
    if panel.level is None:
        return []
    return [
        {
            "x": 1,
            "xref": "paper",
            "xanchor": "right",
            "y": log10(panel.level) if panel.y_log else panel.level,
            "yanchor": "top",
            "text": escape(panel.level_name),
            "font": {"size": 11},
            "showarrow": False,
        }
    ]
