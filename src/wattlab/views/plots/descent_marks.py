"""One path on a surface, as marks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.views.colours import run_colour
from wattlab.views.plots.marks import Line, Points

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.insight.theory.comparison import Descents
    from wattlab.views.colours import Dash
    from wattlab.views.plots.marks import Mark, Shape

    Vector = NDArray[np.float64]

__all__ = ["look_of", "path_label", "path_marks", "start_and_minimum"]

_SHAPES: Final[tuple[Shape, ...]] = ("circle", "square", "triangle", "diamond", "plus", "cross", "ring")
_DASHES: Final[tuple[Dash, ...]] = ("solid", "dash", "dashdot", "dot")
_FAR: Final = 3.0
"""Points farther outside than so many widths of the panel are not drawn: they may be too large for any renderer."""
_APART: Final = 0.015


def look_of(place: int) -> tuple[str, Dash]:
    """Return colour and dash of a path by its place."""
    return run_colour(place), _DASHES[place % len(_DASHES)]


def path_label(found: Descents, place: int) -> str:
    """Return the optimizer's name, with its rate where the paths differ in that, and whether it diverged."""
    path = found.paths[place]
    rate = f" {path.rate:.3g}" if len({one.rate for one in found.paths}) > 1 else ""
    return f"{path.optimizer}{rate}{' (diverges)' if path.diverged else ''}"


def path_marks(found: Descents, place: int, until: int | None) -> list[Mark]:
    """Return a path with its points, and a larger one where it stands; up to a step, if one is given.

    Parameters
    ----------
    found : Descents
        All paths.
    place : int
        Which.
    until : int or None
        The last step; None: all.
    """
    path, (colour, dash) = found.paths[place], look_of(place)
    shown = slice(None if until is None else until + 1)
    x, y = _seen(found, path.points[shown], path.losses[shown])
    shape = _SHAPES[place % len(_SHAPES)]
    # In a film the whole path, unseen, keeps the legend from jumping out of the way of what is seen.
    whole = [] if until is None else [Line(*_seen(found, path.points, path.losses), alpha=0.0)]
    return [
        *whole,
        Line(x, y, colour=colour, dash=dash, width=1.4),
        Points(*_apart(found, x, y), colour=colour, shape=shape, size=3.5),
        Points(x[-1:], y[-1:], colour=colour, shape=shape, size=8.0, name=path_label(found, place)),
    ]


def start_and_minimum(found: Descents) -> list[Mark]:
    """Return marks of the start, and of the minimum where it is known."""
    marks: list[Mark] = [_single(found, found.start, found.paths[0].losses[:1], "ring", "start")]
    if found.minimum is not None:
        lowest = np.nanmin(found.surface.losses, keepdims=True).ravel()
        marks.append(_single(found, found.minimum, lowest, "star", "minimum"))
    return marks


def _single(found: Descents, point: Vector, loss: Vector, shape: Shape, name: str) -> Points:
    x, y = _seen(found, point[None], loss)
    return Points(x, y, colour="ink", shape=shape, size=9.0, name=name)


def _seen(found: Descents, points: Vector, losses: Vector) -> tuple[Vector, Vector]:
    """Return the coordinates of points in the panel; NaN from where they are far outside."""
    x = points[:, found.shown[0]]
    y = losses if found.surface.y is None else points[:, found.shown[1]]
    far = _is_far(x, found.surface.x)
    if found.surface.y is not None:
        far |= _is_far(y, found.surface.y)
    return np.where(far, np.nan, x), np.where(far, np.nan, y)


def _apart(found: Descents, x: Vector, y: Vector) -> tuple[Vector, Vector]:
    """Return the points that can be told from the one shown before them."""
    surface = found.surface
    across = surface.x[-1] - surface.x[0]
    up = (
        np.nanmax(surface.losses) - np.nanmin(surface.losses)
        if surface.y is None
        else surface.y[-1] - surface.y[0]
    )
    kept = [0]
    for place in range(1, len(x)):
        if np.hypot((x[place] - x[kept[-1]]) / across, (y[place] - y[kept[-1]]) / (up or 1.0)) > _APART:
            kept.append(place)
    return x[kept], y[kept]


def _is_far(values: Vector, axis: Vector) -> NDArray[np.bool_]:
    width = axis[-1] - axis[0]
    low, high = float(axis[0] - _FAR * width), float(axis[-1] + _FAR * width)
    return np.logical_or(values < low, values > high)
