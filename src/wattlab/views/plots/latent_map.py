"""How a standard normal distribution becomes the fitted one, drawn step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.views.colours import BLUE, GREEN, ORANGE
from wattlab.views.plots.marks import Arrow, Chart, Line, Panel, Points
from wattlab.views.plots.plot import make_plot

if TYPE_CHECKING:
    from wattlab.insight.latent.mapping import MapSteps, Step
    from wattlab.views.plots.marks import Mark, Span
    from wattlab.views.plots.plot import Plot
    from wattlab.views.plots.themes import ThemeName

__all__ = ["plot_latent_map"]

_FOOT: Final = (
    "Line: what the unit circle becomes; arrows: the unit vectors. Both ways end in the same distribution: they differ "
    "by a rotation applied first, which a standard normal distribution does not notice."
)


def plot_latent_map(steps: MapSteps, *, theme: ThemeName = "light") -> Plot[MapSteps]:
    """Draw both ways from a standard normal distribution to the fitted one, a row each.

    Parameters
    ----------
    steps : MapSteps
        From `wattlab.insight.latent.map_steps`, or `Latent.steps`.
    theme : {"light", "dark"}
        Of paper and text.
    """
    return make_plot(_chart(steps), steps, theme)


def _chart(steps: MapSteps) -> Chart:
    every = np.concatenate([step.points for step in (*steps.shear, *steps.rotation)])
    spans = [_span(column) for column in every.T]
    panels = [_panel(step, spans[0], spans[1]) for step in (*steps.shear, *steps.rotation)]
    title = "From the standard normal distribution to the fitted one: by a shear, and by a rotation"
    (left, right), (bottom, top) = spans
    high_in = 0.9 + 2.6 * min(2.0, max(0.4, (top - bottom) / (right - left)))
    return Chart(title, panels, n_columns=len(steps.shear), panel_in=(3.0, high_in), foot=(_FOOT,))


def _span(column: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Span:
    low, high = float(column.min()), float(column.max())
    room = 0.05 * (high - low)
    return low - room, high + room


def _panel(step: Step, x_span: Span, y_span: Span) -> Panel:
    centre = step.ellipse.centre
    ends = [(centre[0] + x, centre[1] + y) for x, y in step.sides.tolist()]
    (x, y), (around_x, around_y) = step.points.T, step.ellipse.points().T
    marks: list[Mark] = [
        Points(x, y, colour=BLUE, size=2.5, alpha=0.45),
        Line(around_x, around_y, colour="ink", width=2.0),
        *(Arrow(centre, end, colour, 2.2) for end, colour in zip(ends, (ORANGE, GREEN), strict=True)),
    ]
    return Panel(marks, step.what, equal=True, x_span=x_span, y_span=y_span)
