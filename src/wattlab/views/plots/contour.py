"""Functions of two variables as contour lines, filled contours, or a surface in three dimensions."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np

from wattlab.errors import ParameterError
from wattlab.insight.surface import Surfaces
from wattlab.views.contour_notes import gap_sentence, point_name, shape_sentence
from wattlab.views.plots import marks
from wattlab.views.plots.colour_maps import get_colour_map
from wattlab.views.plots.plot import Plot, make_plot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.insight.surface import CriticalPoint, Surface
    from wattlab.views.plots.marks import Chart, Mark, Panel, Shape
    from wattlab.views.plots.themes import ThemeName

__all__ = ["ContourLook", "plot_contours"]

_COLOUR_MAP: Final = "viridis"
_MOST_POINTS: Final = 60
_FEW_POINTS: Final = 4
_AWAY: Final = 0.04
_NAME: Final = (0.2, 0.1)
"""What a point with its name takes of a panel's width and height; a legend names those that are closer, or many."""
_MARKER: Final = "#d1495b"
_SHAPES: Final[dict[str, Shape]] = {
    "minimum": "circle",
    "maximum": "triangle",
    "saddle": "diamond",
    "valley": "square",
    "ridge": "plus",
    "inflection": "cross",
    "flat": "star",
}


class ContourLook(NamedTuple):
    """How a function is drawn.

    Attributes
    ----------
    filled : bool
        The areas between the levels are coloured, with a colour bar; else there are the lines alone.
    solid : bool
        As a surface in three dimensions, with the lines on the floor below it.
    colour_map : str
        Of matplotlib, such as "plasma"; ``_r`` at its end reverses it. Empty: viridis for areas and surfaces, and lines
        are all in one colour, which can be read on any paper.
    labelled : bool
        Lines carry their level.
    equal : bool
        A unit is as long in x as in y.
    panel_in : (float, float)
        Width and height of the figure, of each function if there are several. Unit: inch.
    view : (float, float)
        Elevation and azimuth in three dimensions. Unit: °.
    """

    filled: bool = True
    solid: bool = False
    colour_map: str = ""
    labelled: bool = True
    equal: bool = False
    panel_in: tuple[float, float] = (5.6, 4.6)
    view: tuple[float, float] = (30.0, -60.0)


def plot_contours(
    *surfaces: Surface, look: ContourLook | None = None, theme: ThemeName = "light"
) -> Plot[Surfaces]:
    """Draw functions of two variables, side by side if there are several.

    Parameters
    ----------
    *surfaces : Surface
        From `wattlab.insight.surface.compute_surface` or `surface_from_values`; at least one.
    look : ContourLook, optional
        Left out: filled and labelled, by viridis.
    theme : {"light", "dark"}
        Of paper, text and frames.

    Returns
    -------
    Plot
        `data` holds the surfaces.

    Raises
    ------
    wattlab.errors.ParameterError
        There is no surface, or no colour map of that name.

    Examples
    --------
    >>> from wattlab.insight.surface import compute_surface
    >>> plot_contours(compute_surface("-0.5*x**2 + 4*y**2")).chart.foot[0][:19]
    'Quadratic: a saddle'
    """
    if not surfaces:
        raise ParameterError("there is nothing to draw; give at least one surface, from compute_surface")
    chosen = look or ContourLook()
    get_colour_map(chosen.colour_map or _COLOUR_MAP)
    return make_plot(_chart(surfaces, chosen), Surfaces(surfaces), theme)


def _chart(surfaces: tuple[Surface, ...], look: ContourLook) -> Chart:
    alone = len(surfaces) == 1
    panels = [_panel(one, look, "" if alone else f"z = {one.text}") for one in surfaces]
    title = f"z = {surfaces[0].text}" if alone else "Contours" if not look.solid else "Surfaces"
    told = [(one.text, text) for one in surfaces for text in _sentences(one) if text]
    foot = [text if alone else f"{name}: {text}" for name, text in told]
    return marks.Chart(title, panels, panel_in=look.panel_in, foot=foot)


def _sentences(surface: Surface) -> tuple[str, ...]:
    points = surface.points or ()
    many = f"{len(points)} critical points are too many to be drawn." if len(points) > _MOST_POINTS else ""
    return shape_sentence(surface), gap_sentence(surface), many


def _panel(surface: Surface, look: ContourLook, title: str) -> Panel:
    draw = _solid if look.solid else _filled if look.filled else _lines
    points = _points(surface, solid=look.solid)
    named = not look.solid and _have_room(surface)
    notes = _notes(surface) if named else ()
    return marks.Panel(
        [*draw(surface, look), *points, *notes],
        title,
        "x",
        "y",
        "z",
        equal=look.equal,
        x_span=(float(surface.x[0]), float(surface.x[-1])),
        y_span=(float(surface.y[0]), float(surface.y[-1])),
        legend=not named,
        view=look.view,
    )


def _filled(surface: Surface, look: ContourLook) -> Iterator[Mark]:
    # Nothing lies between the levels where there is one only.
    levels = surface.levels.tolist() if len(surface.levels) > 1 else ()
    colours = look.colour_map or _COLOUR_MAP
    # Pale, so that lines and their levels can be read on all of it.
    yield marks.Field(surface.x, surface.y, surface.z, levels, colours, bar=_bar(surface), alpha=0.6)
    yield _contours(surface, ContourLook(labelled=look.labelled), 0.8)


def _bar(surface: Surface) -> str | None:
    """Return the colour bar's title; None where all values are the same, as it would show others."""
    return None if surface.lowest.value == surface.highest.value else "z"


def _lines(surface: Surface, look: ContourLook) -> Iterator[Mark]:
    yield _contours(surface, look, 1.4)


def _solid(surface: Surface, look: ContourLook) -> Iterator[Mark]:
    yield marks.Surface(surface.x, surface.y, surface.z, look.colour_map or _COLOUR_MAP, bar=_bar(surface))
    yield _contours(surface, look, 0.8)


def _contours(surface: Surface, look: ContourLook, width: float) -> Mark:
    return marks.Contours(
        surface.x,
        surface.y,
        surface.z,
        surface.levels.tolist(),
        colour_map=look.colour_map,
        width=width,
        labelled=look.labelled,
    )


def _points(surface: Surface, *, solid: bool) -> Iterator[Mark]:
    """Yield the critical points, those of a kind together."""
    points = surface.points or ()
    if len(points) > _MOST_POINTS:
        return
    for kind, shape in _SHAPES.items():
        found: list[CriticalPoint] = [one for one in points if one.kind == kind]
        if found:
            x, y, z = (np.array([one[at] for one in found]) for at in range(3))
            name = point_name(kind, len(found))
            texts = [f"{point_name(kind)}: {one.value:.6g}" for one in found]
            yield marks.Points(
                x, y, z if solid else None, _MARKER, shape=shape, size=8.0, name=name, texts=texts
            )


def _have_room(surface: Surface) -> bool:
    """Tell whether the critical points are so few and so far apart that each can have its name beside it."""
    points = surface.points or ()
    width, height = (float(axis[-1] - axis[0]) for axis in (surface.x, surface.y))
    return len(points) <= _FEW_POINTS and not any(
        abs(one.x - other.x) < _NAME[0] * width and abs(one.y - other.y) < _NAME[1] * height
        for one, other in combinations(points, 2)
    )


def _notes(surface: Surface) -> Iterator[Mark]:
    """Yield the names of critical points, each above its point, or below where that is at the top."""
    low, high = float(surface.y[0]), float(surface.y[-1])
    for one in surface.points or ():
        away = _AWAY * (high - low)
        y = one.y + (away if one.y + 2 * away < high else -away)
        yield marks.Note(one.x, y, point_name(one.kind), anchor=_anchor(surface, one.x))


def _anchor(surface: Surface, x: float) -> Literal["left", "centre", "right"]:
    """Return which end of a name is at x, so that all of it is on the panel."""
    left, right = float(surface.x[0]), float(surface.x[-1])
    margin = _NAME[0] / 2 * (right - left)
    return "left" if x < left + margin else "right" if x > right - margin else "centre"
