"""What a plot is made of: marks in panels, as data that two renderers draw alike.

Colours are ``#rrggbb``, or a role that each theme fills: ``ink`` (text, what must be seen), ``soft`` (what stands
back), ``paper`` (the background).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from wattlab.views.colours import BLUE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from wattlab.views.colours import Dash

    Floats = NDArray[np.floating[Any]]

__all__ = [
    "Area",
    "Arrow",
    "Bars",
    "Cells",
    "Chart",
    "Contours",
    "Faces",
    "Field",
    "Line",
    "Mark",
    "Note",
    "Panel",
    "Picture",
    "Points",
    "Regions",
    "Rule",
    "Shape",
    "Span",
    "Surface",
    "Ticks",
]

Shape = Literal["circle", "ring", "square", "triangle", "diamond", "cross", "plus", "star"]
Span = tuple[float, float]
Ticks = tuple[tuple[float, str], ...]


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


class Field(NamedTuple):
    """Numbers over a rectangle as colours, filled between levels or smooth.

    Attributes
    ----------
    x : ndarray of shape (n_columns,)
    y : ndarray of shape (n_rows,)
    z : ndarray of shape (n_rows, n_columns)
    levels : sequence of float
        Ascending; filled between each two. Empty: smooth.
    colour_map : str
        Of matplotlib; ``_r`` at its end reverses it.
    span : (float, float) or None
        Values of the first and last colour; None: those of the levels, or of `z`.
    bar : str or None
        Title of the colour bar, which may be empty; None: there is none.
    alpha : float
    """

    x: Floats
    y: Floats
    z: Floats
    levels: Sequence[float] = ()
    colour_map: str = "viridis"
    span: Span | None = None
    bar: str | None = None
    alpha: float = 1.0


class Regions(NamedTuple):
    """Which class holds where, as areas of one colour each.

    Attributes
    ----------
    x : ndarray of shape (n_columns,)
    y : ndarray of shape (n_rows,)
    classes : ndarray of shape (n_rows, n_columns), int
        Indices into `colours`.
    colours : sequence of str
    alpha : float
    """

    x: Floats
    y: Floats
    classes: NDArray[np.integer[Any]]
    colours: Sequence[str]
    alpha: float = 0.3


class Contours(NamedTuple):
    """Lines on which a number is the same.

    Attributes
    ----------
    x : ndarray of shape (n_columns,)
    y : ndarray of shape (n_rows,)
    z : ndarray of shape (n_rows, n_columns)
    levels : sequence of float
        Ascending; those outside the values of `z` are not drawn.
    colour : str
    colour_map : str
        Colours by level instead of one for all; empty: one for all.
    dash : {"solid", "dash", "dashdot", "dot"}
    width : float
        Unit: pt.
    labelled : bool
        Each line carries its number.
    name : str
        In the legend; empty: not there.
    """

    x: Floats
    y: Floats
    z: Floats
    levels: Sequence[float]
    colour: str = "ink"
    colour_map: str = ""
    dash: Dash = "solid"
    width: float = 1.2
    labelled: bool = False
    name: str = ""


class Surface(NamedTuple):
    """Numbers over a rectangle as a surface in three dimensions.

    Attributes
    ----------
    x : ndarray of shape (n_columns,)
    y : ndarray of shape (n_rows,)
    z : ndarray of shape (n_rows, n_columns)
    colour_map : str
    span : (float, float) or None
        Values of the first and last colour; None: those of `z`.
    bar : str or None
        Title of the colour bar, which may be empty; None: there is none.
    alpha : float
    """

    x: Floats
    y: Floats
    z: Floats
    colour_map: str = "viridis"
    span: Span | None = None
    bar: str | None = None
    alpha: float = 1.0


class Cells(NamedTuple):
    """A matrix as coloured cells with texts, the first row on top.

    Attributes
    ----------
    values : ndarray of shape (n_rows, n_columns)
        NaN: an empty cell.
    texts : sequence of sequences of str
        One a cell; empty: no texts.
    row_names, column_names : sequence of str
    colour_map : str
    span : (float, float) or None
        Values of the first and last colour; None: those of `values`.
    bar : str or None
        Title of the colour bar, which may be empty; None: there is none.
    """

    values: Floats
    texts: Sequence[Sequence[str]] = ()
    row_names: Sequence[str] = ()
    column_names: Sequence[str] = ()
    colour_map: str = "Blues"
    span: Span | None = None
    bar: str | None = None


class Picture(NamedTuple):
    """An image, its first row on top.

    Attributes
    ----------
    pixels : ndarray of shape (n_rows, n_columns), or (n_rows, n_columns, 3)
        Numbers through `colour_map`, or red, green and blue between 0 and 1. NaN: nothing.
    colour_map : str
    span : (float, float) or None
        Values of the first and last colour; None: those of `pixels`.
    at : (float, float, float, float) or None
        Left, right, bottom, top; None: from 0, a unit a pixel, y pointing down.
    bar : str or None
        Title of the colour bar, which may be empty; None: there is none.
    """

    pixels: Floats
    colour_map: str = "gray"
    span: Span | None = None
    at: tuple[float, float, float, float] | None = None
    bar: str | None = None


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


Mark = (
    Points
    | Line
    | Field
    | Regions
    | Contours
    | Surface
    | Cells
    | Picture
    | Bars
    | Area
    | Rule
    | Note
    | Arrow
    | Faces
)


class Panel(NamedTuple):
    """One pair (or triple) of axes.

    Attributes
    ----------
    marks : sequence of Mark
        The later ones lie on top.
    title, x_label, y_label, z_label : str
        The labels with units where there are any.
    equal : bool
        A unit is as long in x as in y (and z), so that a circle is round.
    x_span, y_span, z_span : (float, float) or None
        Ends of the axes; None: the marks decide.
    x_ticks, y_ticks : tuple of (float, str), or None
        None: they are found.
    n_z_ticks : int
        At most so many along z.
    x_log, y_log : bool
        Logarithmic axes.
    bare : bool
        Without axes, as for pictures.
    legend : bool
        Named marks are listed.
    view : (float, float)
        Elevation and azimuth in three dimensions. Unit: °.
    """

    marks: Sequence[Mark]
    title: str = ""
    x_label: str = ""
    y_label: str = ""
    z_label: str = ""
    equal: bool = False
    x_span: Span | None = None
    y_span: Span | None = None
    z_span: Span | None = None
    x_ticks: Ticks | None = None
    y_ticks: Ticks | None = None
    n_z_ticks: int = 5
    x_log: bool = False
    y_log: bool = False
    bare: bool = False
    legend: bool = True
    view: tuple[float, float] = (30.0, -60.0)

    @property
    def is_3d(self) -> bool:
        """Whether any mark has three dimensions."""
        return any(map(_is_3d, self.marks))


class Chart(NamedTuple):
    """A plot as data.

    Attributes
    ----------
    title : str
    panels : sequence of Panel
    n_columns : int or None
        Panels of a row; None: as many as make it about as high as wide.
    panel_in : (float, float)
        Width and height of a panel. Unit: inch.
    foot : sequence of str
        Small sentences below: what was left out, how to read it.
    """

    title: str
    panels: Sequence[Panel]
    n_columns: int | None = None
    panel_in: tuple[float, float] = (5.6, 4.6)
    foot: Sequence[str] = ()


def _is_3d(mark: Mark) -> bool:
    if isinstance(mark, (Surface, Faces)):
        return True
    if isinstance(mark, Arrow):
        return len(mark.start) == 3
    return isinstance(mark, (Points, Line, Note)) and mark.z is not None
