"""The figure of a study in the report: each panel as the JSON that plotly.js draws."""

from __future__ import annotations

from html import escape
from math import log10
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

from wattlab.units import format_seconds
from wattlab.views.colours import PLAIN
from wattlab.views.study_charts import SEGMENTS, VERDICTS

if TYPE_CHECKING:
    from wattlab.views.study_charts import Mark, Panel, StudyChart

__all__ = ["panel_height", "study_panel_json"]

_NAME: Final = 20
_LEAST_HEIGHT: Final = 240


def study_panel_json(panel: Panel, chart: StudyChart) -> str:
    """Return a panel for plotly.js; its colours of text and grid are set by the page, light or dark.

    Parameters
    ----------
    panel : Panel
        One of the chart's.
    chart : StudyChart
        What `wattlab.views.study_charts` computed.

    Returns
    -------
    str
        A JSON object that may stand inside an HTML script element.
    """
    import plotly.graph_objects as go

    traces = _bars(panel, chart) if panel.segments else _points(panel, chart)
    figure = go.Figure(traces, _layout(panel, chart))
    if panel.band:
        figure.add_vrect(*panel.band, fillcolor=PLAIN, opacity=0.2, line_width=0)
    if panel.line is not None:
        figure.add_vline(panel.line, line={"dash": "dash", "width": 1.5, "color": PLAIN})
    # "</script>" in a candidate's name must not end the script.
    return str(figure.to_json()).replace("<", "\\u003c")


def panel_height(chart: StudyChart) -> int:
    """Return the height of a panel in which the candidates' names do not touch. Unit: pixels of CSS."""
    lines = sum(max(2, len(wrap(label, _NAME))) for label in chart.labels)
    return max(_LEAST_HEIGHT, 100 + 17 * lines)


def _points(panel: Panel, chart: StudyChart) -> list[dict[str, Any]]:
    """Return a trace for each candidate: its own marker, colour and interval."""
    return [_point(mark, chart) for mark in panel.marks]


def _point(mark: Mark, chart: StudyChart) -> dict[str, Any]:
    verdict = chart.verdicts[mark.row]
    look = VERDICTS[verdict]
    symbol = f"{look.symbol}-open" if verdict == "control" else look.symbol
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [mark.value],
        "y": [mark.row],
        "name": escape(chart.labels[mark.row]),
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [mark.high - mark.value],
            "arrayminus": [mark.value - mark.low],
            "color": look.colour,
            "width": 6,
        },
        "marker": {"color": look.colour, "symbol": symbol, "size": 10},
        "hovertemplate": f"{mark.text}<br>{mark.detail}",
        "meta": {"run": mark.row, "part": verdict},
    }


def _bars(panel: Panel, chart: StudyChart) -> list[dict[str, Any]]:
    """Return a trace for each part of the process."""
    traces = []
    for name, colour in SEGMENTS.items():
        parts = [one for one in panel.segments if one.name == name]
        trace = {
            "type": "bar",
            "orientation": "h",
            "x": [one.length_s for one in parts],
            "y": [one.row for one in parts],
            "base": [one.start_s for one in parts],
            "name": name,
            "text": [format_seconds(one.length_s) for one in parts],
            "textposition": "none",
            "customdata": [escape(chart.labels[one.row]) for one in parts],
            "hovertemplate": "%{customdata}: %{text}",
            "marker": {"color": colour},
            "meta": {"run": -1, "part": name},
        }
        traces += [trace] if parts else []
    return traces


def _layout(panel: Panel, chart: StudyChart) -> dict[str, Any]:
    n_rows = len(chart.labels)
    names = ["<br>".join(escape(part) for part in wrap(label, _NAME)) for label in chart.labels]
    rows = {"tickvals": list(range(n_rows)), "ticktext": names, "range": [n_rows - 0.5, -0.5]}
    return {
        "template": "none",
        "title": {"text": panel.title, "font": {"size": 14}, "x": 0.01, "xanchor": "left", "y": 0.97},
        "xaxis": {"title": {"text": panel.x_label, "standoff": 8}, "zeroline": False, **_x_axis(panel)},
        "yaxis": {"automargin": True, "zeroline": False, **rows},
        "hovermode": "closest",
        "barmode": "overlay",
        "showlegend": False,
        "annotations": _annotations(panel, chart),
        "margin": {"l": 12, "r": 112, "t": 36, "b": 44},
        "height": panel_height(chart),
        "font": {"size": 12},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }


def _x_axis(panel: Panel) -> dict[str, Any]:
    if not panel.log:
        return {"range": [panel.low, panel.high]}
    ends = [log10(panel.low), log10(panel.high)]
    return {"type": "log", "range": ends, "dtick": "D2" if ends[1] - ends[0] < 2 else 1, "tickformat": "~g"}


def _annotations(panel: Panel, chart: StudyChart) -> list[dict[str, Any]]:
    """Return value and verdict to the right of the axes, where nothing is drawn."""
    texts = {mark.row: mark.text for mark in panel.marks}
    texts |= {one.row: format_seconds(one.start_s + one.length_s) for one in panel.segments}
    place = {"x": 1.01, "xref": "paper", "xanchor": "left", "yanchor": "middle", "showarrow": False}
    return [
        {**place, "y": row, "text": texts.get(row, "failed" if verdict == "failed" else "–")}
        for row, verdict in enumerate(chart.verdicts)
    ]
