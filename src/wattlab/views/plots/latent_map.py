"""How a standard normal distribution becomes the fitted one, drawn step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.views.colours import BLUE, GREEN, ORANGE
from wattlab.views.plots.marks import Arrow, Chart, Line, Panel, Points
from wattlab.views.plots.plot import make_plot
from wattlab.views.shear_numbers import map_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.insight.geometry.normal_maps import NormalMaps, NormalStep
    from wattlab.views.plots.marks import Mark, Span
    from wattlab.views.plots.plot import Plot
    from wattlab.views.plots.themes import ThemeName

    Floats = NDArray[np.float64]

__all__ = ["plot_latent_map"]

_FOOT: Final = (
    "Line: what the unit circle becomes; arrows: the unit vectors. Both ways end in the same distribution: they differ "
    "by a rotation applied first, which a standard normal distribution does not notice."
)


def plot_latent_map(
    steps: NormalMaps, *, names: tuple[str, str] = ("x", "y"), theme: ThemeName = "light"
) -> Plot[NormalMaps]:
    """Draw both ways from a standard normal distribution to the fitted one, a row each.

    Parameters
    ----------
    steps : NormalMaps
        `Latent.steps`, or `as_map()` of any `wattlab.insight.geometry.Normal` in the plane.
    names : (str, str), optional
        Of the axes, such as `Latent.view.names`.
    theme : {"light", "dark"}
        Of paper and text.
    """
    return make_plot(_chart(steps, names), steps, theme)


def _chart(steps: NormalMaps, names: tuple[str, str]) -> Chart:
    every = np.concatenate([step.samples for step in (*steps.shear, *steps.rotation)])
    spans = [_span(column) for column in every.T]
    panels = [_panel(step, (spans[0], spans[1]), names) for step in (*steps.shear, *steps.rotation)]
    title = "From the standard normal distribution to the fitted one: by a shear, and by a rotation"
    (left, right), (bottom, top) = spans
    high_in = 0.9 + 2.6 * min(2.0, max(0.4, (top - bottom) / (right - left)))
    return Chart(title, panels, n_columns=len(steps.shear), panel_in=(3.0, high_in), foot=(_FOOT,))


def _span(column: Floats) -> Span:
    low, high = float(column.min()), float(column.max())
    room = 0.05 * (high - low)
    return low - room, high + room


def _panel(step: NormalStep, within: tuple[Span, Span], names: tuple[str, str]) -> Panel:
    centre, ends = _point(step.centre), [_point(step.centre + side) for side in step.total.T]
    (x, y), (around_x, around_y) = step.samples.T, step.ellipse.points().T
    marks: list[Mark] = [
        Points(x, y, colour=BLUE, size=2.5, alpha=0.45),
        Line(around_x, around_y, colour="ink", width=2.0),
        *(Arrow(centre, end, colour, 2.2) for end, colour in zip(ends, (ORANGE, GREEN), strict=True)),
    ]
    return Panel(marks, map_text(step), *names, equal=True, x_span=within[0], y_span=within[1])


def _point(place: Floats) -> tuple[float, float]:
    return float(place[0]), float(place[1])
