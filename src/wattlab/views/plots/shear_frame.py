"""What the figures of shears share: colours, closed lines, spans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.views.colours import BLUE, GREEN, ORANGE
from wattlab.views.plots.marks import Area, Line, Panel, Points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattlab.views.colours import Dash
    from wattlab.views.plots.marks import Mark, Shape, Span

    Floats = NDArray[np.float64]

__all__ = ["AFTER", "BEFORE", "END", "EXTREME", "OTHER", "closed", "dots", "filled", "panel", "path", "spans"]

BEFORE: Final = "#7f8790"
AFTER: Final = BLUE
END: Final = "#d1495b"
EXTREME: Final = GREEN
OTHER: Final = ORANGE
_MARGIN: Final = 1.12
_FLATTEST: Final = 0.62
"""Least height of a panel by its width."""


def dots(points: Floats, colour: str, shape: Shape = "circle", size: float = 5.0, name: str = "") -> Points:
    """Return points of the plane or of space as dots."""
    x, y, z = _columns(points)
    return Points(x, y, z, colour=colour, shape=shape, size=size, name=name)


def path(points: Floats, colour: str, name: str = "", dash: Dash = "solid", width: float = 1.8) -> Line:
    """Return a line through points of the plane or of space."""
    x, y, z = _columns(points)
    return Line(x, y, z, colour=colour, name=name, dash=dash, width=width)


def closed(points: Floats, colour: str, name: str = "", dash: Dash = "solid") -> Line:
    """Return a line through points that comes back to the first."""
    return path(np.vstack([points, points[:1]]), colour, name, dash)


def filled(points: Floats, colour: str, name: str = "", alpha: float = 0.15) -> tuple[Mark, ...]:
    """Return a figure as an area with an edge."""
    x, y = points.T
    return Area(x, y, colour, alpha=alpha), closed(points, colour, name)


def spans(*points: Floats) -> tuple[Span, Span]:
    """Return spans of x and y in which all points can be seen, with room above for a legend."""
    found = np.vstack(points)
    low, high = found.min(axis=0), found.max(axis=0)
    middle, half = (low + high) / 2.0, _MARGIN * (high - low) / 2.0
    half = np.maximum(half, _FLATTEST * half[::-1])
    (left, bottom), (right, top) = (middle - half).tolist(), (middle + half).tolist()
    return (left, right), (bottom, top + 0.25 * (top - bottom))


def panel(marks: Sequence[Mark], title: str, within: tuple[Span, Span]) -> Panel:
    """Return a panel of the plane in which a unit is as long in x as in y."""
    x_span, y_span = within
    return Panel(marks, title, "x", "y", equal=True, x_span=x_span, y_span=y_span)


def _columns(points: Floats) -> tuple[Floats, Floats, Floats | None]:
    columns = points.T
    return columns[0], columns[1], columns[2] if len(columns) > 2 else None
