"""The figure of a learning-rate range test in its page: each panel as the JSON that plotly.js draws."""

from __future__ import annotations

from html import escape
from math import log10
from typing import TYPE_CHECKING, Any, Final

from wattlab.views.colours import GREEN, PLAIN, run_colour
from wattlab.views.lr_range_charts import SHAPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wattlab.views.lr_range_charts import LrRangeChart, Spot

__all__ = ["HEIGHT", "loss_panel_json", "score_panel_json"]

HEIGHT: Final = 420
"""Of a panel. Unit: pixels of CSS."""
_SYMBOLS: Final = dict(zip(SHAPES, ("circle", "square", "triangle-up", "diamond"), strict=True))
_SEED_SYMBOLS: Final = (
    "triangle-down",
    "cross",
    "star",
    "triangle-left",
    "pentagon",
    "triangle-right",
    "hexagon",
    "octagon",
)


def loss_panel_json(chart: LrRangeChart) -> str:
    """Return loss against learning rate for plotly.js; colours of text and grid are set by the page, light or dark.

    Parameters
    ----------
    chart : LrRangeChart
        What `wattlab.views.lr_range_charts` found.

    Returns
    -------
    str
        A JSON object that may stand inside an HTML script element.
    """
    low, high = chart.loss_span
    axis = {"title": {"text": "loss per sample", "standoff": 6}, "range": [low, high]}
    return _figure(list(_curves(chart)), chart, "Loss against learning rate", axis)


def score_panel_json(chart: LrRangeChart) -> str:
    """Return what the short trainings gave, as `loss_panel_json`."""
    axis = {"title": {"text": f"{chart.score_name}, held out", "standoff": 6}}
    crosses = [_cross(spot) for spot in chart.spots if spot.score is None]
    return _figure(list(_scores(chart)), chart, "Short trainings at constant rates", axis, crosses)


def _curves(chart: LrRangeChart) -> Iterator[dict[str, Any]]:
    for place, line in enumerate(chart.lines):
        colour, meta = run_colour(place), {"run": place, "part": escape(line.name)}
        shared = {"type": "scatter", "legendgroup": line.name, "meta": meta}
        yield {
            **shared,
            "mode": "markers",
            "x": line.rates,
            "y": line.losses,
            "marker": {"color": colour, "size": 4, "opacity": 0.35},
            "hovertemplate": "%{x:.2g}: %{y:.4g}<extra></extra>",
            "showlegend": False,
        }
        yield {
            **shared,
            "mode": "lines",
            "x": line.rates,
            "y": line.smoothed,
            "line": {"color": colour, "width": 2},
            "name": escape(line.name),
            "hovertemplate": f"{escape(line.name)}, smoothed, %{{x:.2g}}: %{{y:.4g}}<extra></extra>",
        }
        yield {
            **shared,
            "mode": "markers",
            "x": [mark.rate for mark in line.marks],
            "y": [mark.loss for mark in line.marks],
            "marker": {"color": colour, "size": 10, "symbol": [_SYMBOLS[mark.picker] for mark in line.marks]},
            "text": [mark.picker for mark in line.marks],
            "hovertemplate": f"{escape(line.name)}, %{{text}}: %{{x:.2g}}<extra></extra>",
            "showlegend": False,
        }


def _scores(chart: LrRangeChart) -> Iterator[dict[str, Any]]:
    for seed in sorted({spot.seed for spot in chart.spots}):
        own = [spot for spot in chart.spots if spot.seed == seed and spot.score is not None]
        yield {
            "type": "scatter",
            "mode": "markers",
            "x": [spot.rate for spot in own],
            "y": [spot.score for spot in own],
            "text": [spot.text for spot in own],
            "marker": {
                "color": run_colour(seed),
                "size": 9,
                "symbol": _SEED_SYMBOLS[seed % len(_SEED_SYMBOLS)],
            },
            "hovertemplate": "%{x:.2g}: %{text}<extra></extra>",
            "meta": {"run": seed, "part": chart.score_name},
        }


def _cross(spot: Spot) -> dict[str, Any]:
    """Return what marks a training that diverged, at the bottom of its rate."""
    return {
        "x": log10(spot.rate),
        "y": 0.0,
        "yref": "paper",
        "yanchor": "bottom",
        "text": "×",
        "hovertext": f"{spot.rate:.2g}: diverged",
        "font": {"color": run_colour(spot.seed), "size": 16},
        "showarrow": False,
    }


def _figure(
    traces: list[dict[str, Any]],
    chart: LrRangeChart,
    title: str,
    axis: dict[str, Any],
    extra: Sequence[dict[str, Any]] = (),
) -> str:
    import plotly.graph_objects as go

    layout = _layout(chart, title, axis)
    figure = go.Figure(traces, {**layout, "annotations": [*layout["annotations"], *extra]})
    if chart.interval is not None:
        figure.add_vrect(*chart.interval, fillcolor=GREEN, opacity=0.14, line_width=0, layer="below")
    for place in chart.places:
        figure.add_vline(place.rate, line={"width": 1.2, "dash": "dash", "color": PLAIN})
    # "</script>" in a value must not end the script.
    return str(figure.to_json()).replace("<", "\\u003c")


def _layout(chart: LrRangeChart, title: str, axis: dict[str, Any]) -> dict[str, Any]:
    return {
        "template": "none",
        "title": {"text": title, "font": {"size": 14}, "x": 0.01, "xanchor": "left", "y": 0.97},
        "xaxis": {
            "type": "log",
            "title": {"text": "learning rate", "standoff": 8},
            "range": [log10(one) for one in chart.rate_span],
            "dtick": 1,
            "exponentformat": "power",
            "zeroline": False,
        },
        "yaxis": {"automargin": True, "zeroline": False, **axis},
        "hovermode": "closest",
        "showlegend": False,
        "annotations": _annotations(chart),
        "margin": {"l": 12, "r": 16, "t": 72, "b": 44},
        "height": HEIGHT,
        "font": {"size": 12},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }


def _annotations(chart: LrRangeChart) -> list[dict[str, Any]]:
    """Return the names of the suggested rates above their lines."""
    return [
        {
            "x": log10(place.rate),
            "y": 1.0,
            "yref": "paper",
            "text": escape(place.text),
            "xanchor": "right" if number == 0 else "left",
            "yanchor": "bottom",
            "showarrow": False,
            "font": {"size": 11},
        }
        for number, place in enumerate(chart.places)
    ]
