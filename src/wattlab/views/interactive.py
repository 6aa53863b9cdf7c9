"""Interactive figures for the report: each panel as the JSON that plotly.js draws."""

from __future__ import annotations

from math import ceil, log10
from typing import TYPE_CHECKING, Any

import numpy as np

from wattlab.views.colours import PLAIN, dash_of, look, run_colour

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.views.chart import Chart, Curve, Panel

__all__ = ["legend", "panel_json"]


def panel_json(panel: Panel, labels: Sequence[str]) -> str:
    """Return a panel for plotly.js; its colours of text and grid are set by the page, light or dark.

    Parameters
    ----------
    panel : Panel
        What `wattlab.views.tables` computed.
    labels : sequence of str
        Names of all runs.

    Returns
    -------
    str
        A JSON object that may stand inside an HTML script element.
    """
    import plotly.graph_objects as go

    figure = go.Figure([_trace(panel, curve, labels) for curve in panel.curves], _layout(panel))
    for target in panel.targets:
        figure.add_hline(target, line={"dash": "dot", "width": 1.5, "color": PLAIN})
        figure.add_annotation(_target_label(target, len(panel.targets)))
    # "</script>" in a run's name must not end the script.
    return str(figure.to_json()).replace("<", "\\u003c")


def _trace(panel: Panel, curve: Curve, labels: Sequence[str]) -> dict[str, Any]:
    colour, dash = look(panel, curve, len(labels))
    named = [curve.part] if len(panel.parts) > 1 or len(labels) == 1 else []
    return {
        "type": "scatter",
        "mode": "markers" if len(curve.x) == 1 else "lines",
        # Half the size, and more digits than a screen has pixels.
        "x": curve.x.astype(np.float32),
        "y": curve.y.astype(np.float32),
        "name": " ".join([labels[curve.run], *named]) if len(labels) > 1 else curve.part,
        "line": {
            "color": colour,
            "dash": dash,
            "width": 1.0 if panel.is_dense else (2.2 if dash == "solid" else 1.5),
        },
        "marker": {"color": colour},
        "meta": {"run": curve.run, "part": curve.part},
        "hovertemplate": "%{y:.5g}",
    }


def _target_label(target: float, n_targets: int) -> dict[str, Any]:
    """Return a label to the right of the axes, where no curve runs."""
    text = f"target<br>{target:g}" if n_targets == 1 else f"{target:g}"
    place = {"x": 1, "xref": "paper", "xanchor": "left", "y": target, "yanchor": "middle"}
    return {**place, "text": text, "align": "left", "showarrow": False, "font": {"size": 11}}


def _layout(panel: Panel) -> dict[str, Any]:
    return {
        "template": "none",
        "title": {"text": panel.title, "font": {"size": 14}, "x": 0.01, "xanchor": "left", "y": 0.97},
        "xaxis": {"title": {"text": panel.x_label, "standoff": 8}, "zeroline": False, "automargin": True},
        "yaxis": {"title": {"text": panel.y_label, "standoff": 8}, "automargin": True, **_y_axis(panel)},
        "hovermode": "x unified",
        "showlegend": False,
        "margin": {"l": 56, "r": 48 if panel.targets else 12, "t": 36, "b": 44},
        "height": 320,
        "font": {"size": 12},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }


def _y_axis(panel: Panel) -> dict[str, Any]:
    axis: dict[str, Any] = {"zeroline": False, "type": "log" if panel.log else "linear"}
    if panel.low is not None:
        return {**axis, "range": [panel.low, panel.high]}
    if not panel.log:
        return axis
    decades = _decades(panel)
    if decades > 4:
        return {**axis, "dtick": ceil(decades / 6), "exponentformat": "power"}
    return {**axis, "dtick": 1 if decades > 2 else "D2", "tickformat": "~g"}


def _decades(panel: Panel) -> float:
    values = np.concatenate([curve.y for curve in panel.curves])
    return log10(float(values.max() / values.min()))


def legend(chart: Chart, labels: Sequence[str]) -> list[tuple[str, str, str, str, str]]:
    """Return what can be shown and hidden in a chart.

    Returns
    -------
    list of (key, value, text, colour, dash)
        `key` is "run" or "part", `value` as the traces' ``meta`` has it.
    """
    parts: dict[str, tuple[str, str, str, str, str]] = {}
    for panel in chart.panels:
        for curve in panel.curves if len(panel.parts) > 1 else ():
            own = look(panel, curve, 1).colour if len(labels) == 1 else PLAIN
            dash = dash_of(panel, curve.part) if len(labels) > 1 else "solid"
            parts.setdefault(curve.part, ("part", curve.part, curve.part, own, dash))
    runs = [("run", str(run), label, run_colour(run), "solid") for run, label in enumerate(labels)]
    return [*(runs if len(labels) > 1 else []), *parts.values()]
