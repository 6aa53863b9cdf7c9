"""Charts drawn by plotly: each panel a figure that answers to the pointer."""

from __future__ import annotations

from html import escape
from math import cos, log10, radians, sin
from typing import TYPE_CHECKING, Any, Final

from wattlab.views.plots.interactive_marks import shapes, traces
from wattlab.views.plots.interactive_solid import solid_notes, solid_traces
from wattlab.views.plots.marks import Cells, Picture

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from wattlab.views.plots.marks import Chart, Panel, Span, Ticks

__all__ = ["panel_figure", "panel_height", "panel_json"]

_PANEL_WIDTH: Final = 560
"""About as wide is a panel on the page. Unit: pixels of CSS."""
_LEGENDS: Final[dict[str, dict[str, Any]]] = {
    "inside": {"y": 1.0, "yanchor": "bottom"},
    "below": {"y": -0.14, "yanchor": "top"},
}
"""Even what may lie inside lies above the axes here, where panels are larger."""


def panel_height(panel: Panel, chart: Chart) -> int:
    """Return the height of a panel on the page, where two lie side by side, or one alone. Unit: pixels of CSS."""
    width, height = chart.panel_in
    return round(
        panel.height * (_PANEL_WIDTH if len(chart.panels) > 1 else 1.3 * _PANEL_WIDTH) * height / width
    )


def panel_json(panel: Panel, chart: Chart) -> str:
    """Return a panel for plotly.js; its colours of text and grid are set by the page, light or dark.

    Parameters
    ----------
    panel : Panel
        One of the chart's.
    chart : Chart
        For its size.

    Returns
    -------
    str
        A JSON object that may stand inside an HTML script element.
    """
    return str(panel_figure(panel, chart).to_json()).replace("<", "\\u003c")


def panel_figure(panel: Panel, chart: Chart) -> go.Figure:
    """Return a panel as a figure of plotly.

    Parameters
    ----------
    panel : Panel
        One of the chart's.
    chart : Chart
        For its size.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    import plotly.graph_objects as go

    make = solid_traces if panel.is_3d else traces
    drawn = [trace for mark in panel.marks for trace in make(mark, panel)]
    layout = _frame(panel, chart) | (_solid_axes(panel) if panel.is_3d else _axes(panel))
    return go.Figure(drawn, layout)


def _frame(panel: Panel, chart: Chart) -> dict[str, Any]:
    named = panel.legend and any(_name(mark) for mark in panel.marks)
    return {
        "template": "none",
        "title": _title(panel.title),
        "showlegend": named,
        "legend": {"orientation": "h", "x": 0, "font": {"size": 11}, **_LEGENDS[panel.legend_at]},
        "hovermode": "closest",
        "margin": {
            "l": 12,
            "r": 16,
            "t": _head(panel, named=named and panel.legend_at == "inside"),
            "b": 8 if panel.is_3d else 44,
        },
        "height": panel_height(panel, chart),
        "font": {"size": 12},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }


def _head(panel: Panel, *, named: bool) -> int:
    """Return the height of title and legend."""
    return 36 + 18 * panel.title.count("\n") + 22 * named


def _title(text: str) -> dict[str, Any]:
    lines = escape(text).split("\n")
    # Plotly places the last line, and those before it above.
    pad = {"t": 4 + 16 * (len(lines) - 1)}
    place = {"x": 0.01, "xanchor": "left", "y": 1, "yanchor": "top", "pad": pad}
    return {"text": "<br>".join(lines), "font": {"size": 14}, **place}


def _name(mark: Any) -> str:
    return str(getattr(mark, "name", ""))


def _axes(panel: Panel) -> dict[str, Any]:
    from_top = any(
        isinstance(mark, Cells) or (isinstance(mark, Picture) and mark.at is None) for mark in panel.marks
    )
    x = _axis(panel.x_label, panel.x_span, panel.x_ticks, log=panel.x_log)
    y = _axis(panel.y_label, panel.y_span, panel.y_ticks, log=panel.y_log)
    for axis in (x, y):
        axis["automargin"] = True
        axis["title"]["standoff"] = 8
    if from_top and panel.y_span is None:
        y["autorange"] = "reversed"
    if panel.equal or any(isinstance(mark, Picture) for mark in panel.marks):
        y |= {"scaleanchor": "x", "constrain": "domain"}
        x["constrain"] = "domain"
    for cells in (mark for mark in panel.marks if isinstance(mark, Cells)):
        x |= {"tickvals": list(range(len(cells.column_names))), "ticktext": _escaped(cells.column_names)}
        y |= {"tickvals": list(range(len(cells.row_names))), "ticktext": _escaped(cells.row_names)}
    if panel.bare:
        x["visible"] = y["visible"] = False
    drawn, notes = shapes(panel)
    return {"xaxis": x, "yaxis": y, "shapes": drawn, "annotations": notes}


def _axis(label: str, span: Span | None, ticks: Ticks | None, *, log: bool) -> dict[str, Any]:
    axis: dict[str, Any] = {"title": {"text": escape(label)}, "zeroline": False}
    if log:
        axis |= {"type": "log", "exponentformat": "power"}
    if span is not None:
        axis["range"] = [log10(end) for end in span] if log else list(span)
    if ticks is not None:
        axis |= {"tickvals": [at for at, _ in ticks], "ticktext": _escaped([text for _, text in ticks])}
    return axis


def _solid_axes(panel: Panel) -> dict[str, Any]:
    height, around = (radians(angle) for angle in panel.view)
    away = 2.5
    eye = {
        "x": away * cos(height) * cos(around),
        "y": away * cos(height) * sin(around),
        "z": away * sin(height),
    }
    scene = {
        "xaxis": _axis(panel.x_label, panel.x_span, panel.x_ticks, log=panel.x_log),
        "yaxis": _axis(panel.y_label, panel.y_span, panel.y_ticks, log=panel.y_log),
        "zaxis": _axis(panel.z_label, panel.z_span, None, log=False) | {"nticks": panel.n_z_ticks},
        "aspectmode": "data" if panel.equal else "cube",
        "camera": {"eye": eye, "center": {"x": 0, "y": 0, "z": -0.15}},
        "annotations": solid_notes(panel),
    }
    return {"scene": scene}


def _escaped(texts: Any) -> list[str]:
    return [escape(text) for text in texts]
