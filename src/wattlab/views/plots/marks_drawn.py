"""Marks at places of their own: points, lines, bars, texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from wattlab.views.colours import BLUE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from wattlab.views.colours import Dash

    Floats = NDArray[np.floating[Any]]

__all__ = ["Area", "Arrow", "Bars", "Faces", "Line", "Note", "Points", "Rule", "Shape"]

Shape = Literal["circle", "ring", "square", "triangle", "diamond", "cross", "plus", "star"]


class Points(NamedTuple):
    """Samples as dots.

    Attributes
    ----------
    x, y : ndarray of shape (n_points,)
    z : ndarray of shape (n_points,), or None
        In a panel of three dimensions.
    colour : str
    values : ndarray of shape (n_points,), or None
        Colours by number, through `colour_map`, instead of one for all.
    colour_map : str
    bar : str or None
        Title of the colour bar for `values`; None: there is none.
    shape : Shape
        Tells groups apart where colours cannot; "ring" and "cross" let what lies below be seen.
    size : float
        Diameter. Unit: pt.
    edge : str
        Colour of the line around filled shapes: "ink" stands out from a ground of the same hue.
    alpha : float
    name : str
        In the legend; empty: not there.
    texts : sequence of str
        What the page says on demand of each point.
    """

    x: Floats
    y: Floats
    z: Floats | None = None
    colour: str = BLUE
    values: Floats | None = None
    colour_map: str = "viridis"
    bar: str | None = None
    shape: Shape = "circle"
    size: float = 5.0
    edge: str = "paper"
    alpha: float = 1.0
    name: str = ""
    texts: Sequence[str] = ()


class Line(NamedTuple):
    """Points joined in their order; NaN lifts the pen.

    Attributes
    ----------
    x, y : ndarray of shape (n_points,)
    z : ndarray of shape (n_points,), or None
    colour : str
    dash : {"solid", "dash", "dashdot", "dot"}
    width : float
        Unit: pt.
    alpha : float
    name : str
        In the legend; empty: not there.
    """

    x: Floats
    y: Floats
    z: Floats | None = None
    colour: str = BLUE
    dash: Dash = "solid"
    width: float = 1.8
    alpha: float = 1.0
    name: str = ""


class Bars(NamedTuple):
    """Bars from `starts` (0 where there are none).

    Attributes
    ----------
    places : ndarray of shape (n_bars,)
        Middles of the bars.
    lengths : ndarray of shape (n_bars,)
    starts : ndarray of shape (n_bars,), or None
    breadth : float
        In units of `places`.
    across : bool
        They lie from left to right, `places` along y.
    colour : str
    alpha : float
    name : str
        In the legend; empty: not there.
    texts : sequence of str
        What stands at the end of each bar; empty: nothing.
    """

    places: Floats
    lengths: Floats
    starts: Floats | None = None
    breadth: float = 0.8
    across: bool = False
    colour: str = BLUE
    alpha: float = 1.0
    name: str = ""
    texts: Sequence[str] = ()


class Area(NamedTuple):
    """What lies inside a closed line.

    Attributes
    ----------
    x, y : ndarray of shape (n_points,)
        Corners in order; the last is joined to the first.
    colour : str
    alpha : float
    name : str
        In the legend; empty: not there.
    """

    x: Floats
    y: Floats
    colour: str = BLUE
    alpha: float = 0.2
    name: str = ""


class Rule(NamedTuple):
    """A straight line through the whole panel.

    Attributes
    ----------
    at : float
    along : {"x", "y"}
        "x": it is level, at this y. "y": it is upright, at this x.
    colour : str
    dash : {"solid", "dash", "dashdot", "dot"}
    width : float
        Unit: pt.
    text : str
        Stands beside it; may be empty.
    """

    at: float
    along: Literal["x", "y"]
    colour: str = "soft"
    dash: Dash = "dash"
    width: float = 1.2
    text: str = ""


class Note(NamedTuple):
    """Text at a place.

    Attributes
    ----------
    x, y : float
    text : str
    z : float or None
    anchor : {"left", "centre", "right"}
        Which end of the text is at x.
    colour : str
    size : float
        Unit: pt.
    """

    x: float
    y: float
    text: str
    z: float | None = None
    anchor: Literal["left", "centre", "right"] = "left"
    colour: str = "ink"
    size: float = 9.0


class Arrow(NamedTuple):
    """An arrow between two places, each of 2 or of 3 numbers.

    Attributes
    ----------
    start, end : tuple of float
    colour : str
    width : float
        Unit: pt.
    name : str
        In the legend; empty: not there.
    """

    start: tuple[float, ...]
    end: tuple[float, ...]
    colour: str = "ink"
    width: float = 1.8
    name: str = ""


class Faces(NamedTuple):
    """Flat faces in three dimensions, such as those of a cube.

    Attributes
    ----------
    corners : ndarray of shape (n_faces, n_corners, 3)
        In order around each face.
    colour : str
    alpha : float
    edge : str
        Colour of the edges; empty: none.
    name : str
        In the legend; empty: not there.
    """

    corners: Floats
    colour: str = BLUE
    alpha: float = 0.35
    edge: str = "ink"
    name: str = ""
