"""A latent space drawn: codes by class with ellipses, shares inside, what is decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.errors import DataError
from wattlab.views.colours import BLUE, ORANGE
from wattlab.views.plots.class_looks import class_colour, class_points
from wattlab.views.plots.decoded import decoded_panels
from wattlab.views.plots.latent_map import plot_latent_map
from wattlab.views.plots.marks import Area, Bars, Chart, Line, Note, Panel, Points
from wattlab.views.plots.plot import make_plot

if TYPE_CHECKING:
    from wattlab.insight.geometry.normal_maps import NormalMaps
    from wattlab.insight.latent.histogram import Histogram
    from wattlab.insight.latent.latent import Latent
    from wattlab.insight.latent.regions import Region, View
    from wattlab.views.colours import Dash
    from wattlab.views.plots.marks import Mark
    from wattlab.views.plots.plot import Plot
    from wattlab.views.plots.themes import ThemeName

__all__ = ["draw_latent", "plot_latent"]

_DASHES: Final[tuple[Dash, ...]] = ("solid", "dash", "dashdot", "dot")
_PANEL_IN: Final = (5.8, 4.8)


def plot_latent(found: Latent, *, by_class: bool = False, theme: ThemeName = "light") -> Plot[Latent]:
    """Draw codes in a plane with the ellipses of the fitted normal distribution, and how well it fits.

    Parameters
    ----------
    found : Latent
        From `wattlab.insight.latent.latent`.
    by_class : bool, optional
        The largest ellipse of each class, too.
    theme : {"light", "dark"}
        Of paper and text.

    Notes
    -----
    A code of one number is drawn as a histogram with the curve of the normal distribution. What was decoded follows in
    panels of its own.
    """
    return make_plot(_chart(found, by_class=by_class), found, theme)


def draw_latent(
    found: Latent, *, by_class: bool, as_map: bool, theme: ThemeName
) -> Plot[Latent] | Plot[NormalMaps]:
    """Return the plot that was asked for: of the codes, or of the way to them from the standard normal distribution.

    Parameters
    ----------
    found : Latent
        Of a run.
    by_class : bool
        As for `plot_latent`.
    as_map : bool
        The map.
    theme : {"light", "dark"}
        Of paper and text.

    Raises
    ------
    wattlab.errors.DataError
        If the map was asked for, and a code is one number: that has no plane.
    """
    if not as_map:
        return plot_latent(found, by_class=by_class, theme=theme)
    if found.steps is None or found.view is None:
        raise DataError(
            f"layer {found.layer!r} gives one number a sample, so that there is no plane to shear or to rotate; leave "
            "--map out"
        )
    return plot_latent_map(found.steps, names=found.view.names, theme=theme)


def _chart(found: Latent, *, by_class: bool) -> Chart:
    first = _histogram(found.histogram) if found.histogram is not None else _codes(found, by_class=by_class)
    decoded = decoded_panels([one for one in (found.walk, found.drawn) if one is not None], _PANEL_IN)
    n, d = found.codes.shape
    foot = [f"{n:,} samples, {d} number{'s' * (d > 1)} each; dotted: the standard normal distribution."]
    if found.groups is not None and found.view is not None:
        foot.append("The name of each class stands at the mean of its samples.")
    if found.view is not None and by_class and found.view.left_out:
        foot.append(f"Too few samples for an ellipse: {', '.join(found.view.left_out)}.")
    if found.is_sampled:
        foot.append("A sampling layer: codes are its means; with its noise they spread more.")
    part = f" on the {found.part} part" if found.part else ""
    title = f"Layer '{found.layer}' of {found.name}{part}"
    return Chart(title, (first, _fit(found), *decoded), n_columns=2, panel_in=_PANEL_IN, foot=foot)


def _codes(found: Latent, *, by_class: bool) -> Panel:
    view = found.view
    assert view is not None, "codes of one number have a histogram"
    overall = [one for one in view.regions if not one.group]
    marks: list[Mark] = [*_points(found, view), _circle(view)]
    if by_class:
        marks += _class_ellipses(found, view)
    marks += [_ellipse(one, place) for place, one in enumerate(overall)]
    marks += _names(found, view)
    x, y = view.names
    return Panel(marks, "Codes", x, y, equal=True, legend_at="below")


def _points(found: Latent, view: View) -> list[Points]:
    if found.groups is None:
        return [Points(view.points[:, 0], view.points[:, 1], size=3.5, alpha=0.6)]
    return [
        class_points(place, *view.points[found.groups == place].T, size=4.0)._replace(
            alpha=0.75, texts=[name] * int((found.groups == place).sum())
        )
        for place, name in enumerate(found.classes)
        if np.any(found.groups == place)
    ]


def _names(found: Latent, view: View) -> list[Note]:
    """Name each class in the middle of its samples."""
    if found.groups is None:
        return []
    middles = {
        name: view.points[found.groups == place].mean(axis=0)
        for place, name in enumerate(found.classes)
        if np.any(found.groups == place)
    }
    return [Note(x, y, name, anchor="centre", size=12.0) for name, (x, y) in middles.items()]


def _circle(view: View) -> Line:
    x, y = view.standard.points().T
    return Line(x, y, colour="ink", dash="dot", width=1.4)


def _ellipse(region: Region, place: int) -> Line:
    name = f"{100 * region.confidence:.4g}% of the normal distribution: {region.inside:.1%} of the samples"
    x, y = region.ellipse.points().T
    return Line(x, y, colour="ink", dash=_DASHES[place % len(_DASHES)], width=1.5, name=name)


def _class_ellipses(found: Latent, view: View) -> list[Line]:
    largest = max(one.confidence for one in view.regions)
    lines = []
    for one in view.regions:
        if one.group and one.confidence == largest:
            place = found.classes.index(one.group)
            x, y = one.ellipse.points().T
            lines.append(Line(x, y, colour=class_colour(place), dash=_DASHES[place % 3], width=1.5))
    return lines


def _fit(found: Latent) -> Panel:
    """Return the share of samples inside a region against that of the distribution, for regions of any size."""
    n = len(found.nominal)
    nominal = np.linspace(0, 1, 101)
    band = 2 * np.sqrt(nominal * (1 - nominal) / n)
    edge_x, edge_y = np.append(nominal, nominal[::-1]), np.append(nominal - band, (nominal + band)[::-1])
    marks = (
        Area(edge_x, edge_y, "soft", 0.25, name="normal samples: ± 2 standard errors"),
        Line(np.array([0.0, 1.0]), np.array([0.0, 1.0]), colour="soft", dash="dash"),
        Line(found.nominal, np.arange(1, n + 1) / n, colour=BLUE, width=2.0, name="these samples"),
        Points(
            np.array([one.confidence for one in found.shares]),
            np.array([one.inside for one in found.shares]),
            colour=BLUE,
            size=7.0,
        ),
    )
    return Panel(
        marks,
        "Does the normal distribution fit?",
        "share of the normal distribution inside",
        "share of the samples inside",
        equal=True,
        x_span=(0, 1),
        y_span=(0, 1),
    )


def _histogram(found: Histogram) -> Panel:
    middles = (found.edges[1:] + found.edges[:-1]) / 2
    breadth = float(found.edges[1] - found.edges[0])
    return Panel(
        (
            Bars(middles, found.density, breadth=breadth, colour=BLUE, alpha=0.45, name="samples"),
            Line(found.x, found.fitted, colour=ORANGE, width=2.2, name="fitted normal distribution"),
            Line(found.x, found.standard, colour="ink", dash="dot", name="standard normal distribution"),
        ),
        "Codes",
        "code 0",
        "density",
    )
