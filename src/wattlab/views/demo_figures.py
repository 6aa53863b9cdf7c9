"""The figure of a demonstration by matplotlib."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from wattlab.views.demo_parts import circumstances, panels
from wattlab.views.drawing import GREY, GRID, INK, LINE, dress_rows, make_logarithmic

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from wattlab.demonstrations.outcome import Outcome
    from wattlab.views.demo_chart import DemoPanel, Kind, Series

__all__ = ["draw_demonstration"]

_STYLES: Final[dict[str, Literal["-", "--", "-.", ":"]]] = {
    "solid": "-",
    "dash": "--",
    "dashdot": "-.",
    "dot": ":",
}
_WIDTH_IN: Final = 6.2
_HEIGHT_IN: Final = 4.4
_DECADES: Final = 3.0


def draw_demonstration(outcome: Outcome) -> Figure:
    """Draw all panels of a demonstration side by side, the sentence below.

    Parameters
    ----------
    outcome : Outcome
        Of any demonstration.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    drawn = panels(outcome.result)
    height = _HEIGHT_IN + 0.14 * max(0, *(len(panel.rows) - 6 for panel in drawn))
    ratios = [1.25 if panel.wide else 1.0 for panel in drawn]
    width = _WIDTH_IN * min(len(drawn), 2.6) if len(drawn) > 1 else 1.4 * _WIDTH_IN
    figure = Figure((width, height + 1.1), layout="constrained")
    grid = figure.subplots(1, len(drawn), squeeze=False, width_ratios=ratios)
    for axes, panel in zip(grid.flat, drawn, strict=True):
        _draw_panel(axes, panel)
    figure.suptitle(outcome.title, color=INK, fontsize=13)
    foot = fill(outcome.result.sentence, round(width * 15.5))
    figure.supxlabel(
        f"{foot}\n{outcome.machine} · {circumstances(outcome)}", x=0.01, ha="left", fontsize=8, color=GREY
    )
    return figure


def _draw_panel(axes: Axes, panel: DemoPanel) -> None:
    _scale(axes, panel)
    for one in panel.series:
        _DRAWERS[one.kind](axes, one)
    _dress(axes, panel)
    _draw_bands(axes, panel)
    handles, _ = axes.get_legend_handles_labels()
    if handles:
        axes.legend(
            frameon=False,
            fontsize=8,
            labelcolor=INK,
            loc="upper left",
            bbox_to_anchor=(-0.02, -0.17),
            ncols=3 if len(handles) < 4 else 2,
            borderaxespad=0,
        )


def _scale(axes: Axes, panel: DemoPanel) -> None:
    if panel.log_x:
        values = np.concatenate([one.x for one in panel.series])
        if np.log10(np.nanmax(values) / np.nanmin(values)) < _DECADES:
            make_logarithmic(axes)
        else:
            axes.set_xscale("log")
    if panel.log_y:
        axes.set_yscale("log")
    if panel.x_ends:
        axes.set_xlim(*panel.x_ends)
    if panel.y_ends:
        axes.set_ylim(*panel.y_ends)


def _line(axes: Axes, one: Series) -> None:
    width = 1.1 if not one.label else 1.9
    axes.plot(
        one.x,
        one.y,
        color=one.colour,
        linestyle=_STYLES[one.dash],
        linewidth=width,
        label=one.label or None,
    )


def _steps(axes: Axes, one: Series) -> None:
    edges = np.append(one.x, one.x[-1] + 1)
    axes.stairs(one.y, edges, color=one.colour, linewidth=1.9, label=one.label)


def _points(axes: Axes, one: Series) -> None:
    spans = np.array([one.x - one.low, one.high - one.x])
    axes.errorbar(
        one.x, one.y, xerr=spans, color=one.colour, linestyle="", marker="o", capsize=3, label=one.label
    )
    place = axes.get_yaxis_transform()
    for y, text in zip(one.y, one.texts, strict=True):
        axes.text(1.01, y, text, transform=place, va="center", fontsize=8, color=INK)


def _diamonds(axes: Axes, one: Series) -> None:
    axes.plot(
        one.x,
        one.y,
        color=one.colour,
        linestyle="",
        marker="D",
        markersize=9,
        markerfacecolor="none",
        markeredgewidth=1.4,
        label=one.label,
    )


def _cells(axes: Axes, one: Series) -> None:
    axes.barh(
        one.y,
        one.high - one.low,
        left=one.low,
        height=0.62,
        color=one.colour,
        edgecolor="white",
        linewidth=0.8,
        alpha=0.8,
    )


_DRAWERS: Final[dict[Kind, Callable[[Axes, Series], None]]] = {
    "line": _line,
    "steps": _steps,
    "points": _points,
    "diamonds": _diamonds,
    "cells": _cells,
}


def _draw_bands(axes: Axes, panel: DemoPanel) -> None:
    place = axes.get_xaxis_transform()
    for band in panel.bands:
        axes.axvspan(band.low, band.high, color=band.colour, alpha=0.08, linewidth=0, zorder=0)
        middle = np.sqrt(band.low * band.high) if panel.log_x else (band.low + band.high) / 2
        axes.text(middle, 0.98, band.label, transform=place, ha="center", va="top", fontsize=8, color=INK)


def _dress(axes: Axes, panel: DemoPanel) -> None:
    axes.set_title(panel.title, loc="left", fontsize=11, color=INK)
    if panel.rows:
        dress_rows(axes, panel.rows, panel.x_label, label_size=8)
        return
    axes.set_xlabel(panel.x_label, color=GREY)
    axes.set_ylabel(panel.y_label, color=GREY)
    axes.grid(visible=True, color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=GREY, labelsize=9)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(LINE)
