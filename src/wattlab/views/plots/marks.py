"""What a plot is made of: marks in panels, as data that two renderers draw alike.

Colours are ``#rrggbb``, or a role that each theme fills: ``ink`` (text, what must be seen), ``soft`` (what stands
back), ``paper`` (the background).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from wattlab.views.plots.marks_drawn import Area, Arrow, Bars, Faces, Line, Note, Points, Rule, Shape
from wattlab.views.plots.marks_meshed import Cells, Contours, Field, Picture, Regions, Span, Surface

if TYPE_CHECKING:
    from collections.abc import Sequence

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

Ticks = tuple[tuple[float, str], ...]


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
    legend_at : {"inside", "below"}
        Where: many names would hide samples.
    height : float
        In units of the chart's; the highest panel of a row decides.
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
    legend_at: Literal["inside", "below"] = "inside"
    height: float = 1.0
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
