"""Saturation as a chart: what comes out of each layer, before the training and after it."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.views.colours import BLUE, ORANGE
from wattlab.views.plots.marks import Area, Chart, Line, Panel, Rule
from wattlab.views.plots.plot import make_plot

if TYPE_CHECKING:
    from wattlab.insight.inside.saturation import LayerActivity, Saturation
    from wattlab.views.plots.marks import Mark
    from wattlab.views.plots.plot import Plot
    from wattlab.views.plots.themes import ThemeName

__all__ = ["plot_saturation"]

_BELOW: Final = 0.1
"""Empty bins are drawn at so much of the least share: their lines lie below the axes, those beside them end there."""


def plot_saturation(found: Saturation, *, theme: ThemeName = "light") -> Plot[Saturation]:
    """Draw the activations of each layer as a histogram, with the initial and the trained weights.

    Parameters
    ----------
    found : Saturation
        What `wattlab.insight.inside.find_saturation` returned.
    theme : {"light", "dark"}
        Of paper and text.
    """
    return make_plot(_chart(found), found, theme)


def _chart(found: Saturation) -> Chart:
    begun = found.initial or (None,) * len(found.final)
    every = np.concatenate([one.shares for one in (*found.initial, *found.final)])
    least = float(every[every > 0].min())
    panels = [_panel(first, last, found.flat, least) for first, last in zip(begun, found.final, strict=True)]
    beyond = f"; beyond the dotted lines the derivative is less than {found.flat:.0%} of its largest"
    has_ends = any(_bounds(one.activation, found.flat) for one in found.final)
    foot = [f"{found.n_samples} samples of the {found.part} part{beyond * has_ends}", *found.notes]
    return Chart(f"Saturation of {found.run}", panels, None, (5.2, 3.6), foot)


def _panel(first: LayerActivity | None, last: LayerActivity, flat: float, least: float) -> Panel:
    floor = _BELOW * least
    marks: list[Mark] = [Rule(place, "y", dash="dot") for place in _bounds(last.activation, flat)]
    if first is not None:
        marks.append(_outline(first, floor, ORANGE, f"initial{_said(first)}"))
    marks.append(_filled(last, floor))
    marks.append(_outline(last, floor, BLUE, f"trained{_said(last)}"))
    title = f"{last.layer}: {last.activation}, {last.n_units} units"
    return Panel(
        marks, title, "activation", "share of the activations", y_log=True, y_span=(least / 1.5, 2.0)
    )


def _said(one: LayerActivity) -> str:
    if isfinite(one.saturated):
        return f": {one.saturated:.1%} saturated, {one.dead:.1%} of units dead"
    return f": {one.dead:.1%} of units dead" if isfinite(one.dead) else ""


def _bounds(activation: str, flat: float) -> tuple[float, ...]:
    """Return where the flat ends begin."""
    reach = float(np.sqrt(1 - flat))
    return {"tanh": (-reach, reach), "sigmoid": (0.5 - reach / 2, 0.5 + reach / 2)}.get(activation, ())


def _steps(one: LayerActivity, floor: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the corners of the histogram; empty bins lie at the floor, which is out of sight."""
    shares = np.maximum(one.shares, floor)
    return np.repeat(one.edges, 2)[1:-1], np.repeat(shares, 2)


def _outline(one: LayerActivity, floor: float, colour: str, name: str) -> Line:
    x, y = _steps(one, floor)
    return Line(x, y, colour=colour, width=1.6, dash="solid" if colour == BLUE else "dash", name=name)


def _filled(one: LayerActivity, floor: float) -> Area:
    x, y = _steps(one, floor)
    return Area(np.array([x[0], *x, x[-1]]), np.array([floor, *y, floor]), BLUE, 0.2)
