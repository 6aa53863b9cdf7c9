"""A classifier's probability or decision as a surface over the plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattlab.errors import ParameterError
from wattlab.views.plots.boundary import legend_place
from wattlab.views.plots.class_looks import class_points
from wattlab.views.plots.marks import Chart, Line, Panel, Surface
from wattlab.views.plots.plot import make_plot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.insight.boundary import Boundary
    from wattlab.views.plots.marks import Mark
    from wattlab.views.plots.plot import Plot
    from wattlab.views.plots.themes import ThemeName

__all__ = ["plot_boundary_surface", "surface_panel"]


def plot_boundary_surface(found: Boundary, *, theme: ThemeName = "light") -> Plot[Boundary]:
    """Draw a classifier's score over the plane, with the boundary and the samples on it.

    For two classes the height is the score of the second, for more the highest score.

    Parameters
    ----------
    found : Boundary
        From `wattlab.insight.boundary.boundary`.
    theme : {"light", "dark"}
        Of paper and text.

    Raises
    ------
    wattlab.errors.ParameterError
        If the classifier gives labels alone.
    """
    title = f"{found.model_name}: {_height_name(found)}"
    return make_plot(Chart(title, [surface_panel(found)], None, (7.0, 5.4), found.notes), found, theme)


def surface_panel(found: Boundary, title: str = "", *, legend: bool = True) -> Panel:
    """Return one surface as a panel, with a colour bar.

    Parameters
    ----------
    found : Boundary
        What is to be seen.
    title : str, optional
        Above it.
    legend : bool, optional
        Say what is what.

    Raises
    ------
    wattlab.errors.ParameterError
        If the classifier gives labels alone.
    """
    if found.kind == "class":
        msg = (
            f"{found.model_name} gives labels alone, so there is no height to draw; draw its regions instead"
        )
        raise ParameterError(msg)
    span = (0.0, 1.0) if found.kind == "probability" else None
    name = _height_name(found)
    surface = Surface(found.x, found.y, found.height, span=span, bar=name if legend else "", alpha=0.75)
    return Panel(
        [surface, *_on_it(found)],
        title,
        *found.plane.labels,
        z_label=name,
        z_span=span,
        n_z_ticks=5,
        legend=legend,
        legend_at=legend_place(found.class_names),
        view=(38.0, -62.0),
    )


def _height_name(found: Boundary) -> str:
    what = "probability" if found.kind == "probability" else "decision value"
    if len(found.class_names) > 2:
        return f"{what} of the predicted class"
    return f"{what} of class {found.class_names[1]}" if what == "probability" else what


def _on_it(found: Boundary) -> Iterator[Mark]:
    samples = found.samples
    height = samples.scores.max(axis=0)
    classes = samples.predicted if samples.labels is None else samples.labels
    for place, name in enumerate(found.class_names):
        own = classes == place
        if own.any():
            x, y = samples.at[own].T
            yield class_points(place, x, y, height[own], size=4.0)._replace(edge="ink", name=name)
    x, y = found.line.T
    # Between more than two classes the highest score differs along the line, which then lies on the floor.
    level = np.full(len(x), found.level) if len(found.class_names) == 2 else None
    yield Line(x, y, level, colour="ink", width=2.0, name="boundary")
