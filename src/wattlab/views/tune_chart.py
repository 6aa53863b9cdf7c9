"""The figure of a tuning study as data, computed once, drawn by matplotlib or plotly: points, lines, bars, panels."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

from wattlab.views.colours import BLUE, GREEN, ORANGE, PLAIN

__all__ = ["KINDS", "Bar", "Dot", "Kind", "Look", "Stroke", "TuneChart", "TunePanel"]

Kind = Literal["won", "missed", "stopped", "failed", "front", "adam", "best"]


class Look(NamedTuple):
    """How a kind is drawn: colour, marker of matplotlib, symbol of plotly, the same shape as text, and its words."""

    colour: str
    marker: str
    symbol: str
    glyph: str
    words: str


KINDS: Final[dict[Kind, Look]] = {
    "won": Look(BLUE, "o", "circle", "●", "came to its end"),
    "missed": Look(ORANGE, "x", "x-thin-open", "✕", "missed the target"),
    "stopped": Look(PLAIN, "v", "triangle-down-open", "▽", "ended early"),
    "failed": Look("#d1495b", "+", "cross-thin-open", "✚", "failed"),
    "front": Look(GREEN, "o", "circle-open", "◯", "on the front"),
    "adam": Look("#c766a0", "D", "diamond", "◆", "Adam at its defaults"),
    "best": Look(GREEN, "", "", "─", "best so far"),
}
"""All kinds of points and lines; told apart by shape, too."""


class Dot(NamedTuple):
    """A trial in a panel.

    Attributes
    ----------
    kind : str
        A key of `KINDS`.
    x, y : float
    hover : tuple of str
        Lines that tell all of it.
    """

    kind: Kind
    x: float
    y: float
    hover: tuple[str, ...]


class Stroke(NamedTuple):
    """A line in a panel.

    Attributes
    ----------
    kind : str
        A key of `KINDS`.
    x, y : tuple of float
    hover : tuple of str
        Lines that tell what it is.
    is_stepped : bool
        Each value holds until the next.
    is_strong : bool
        It is what the panel is about.
    """

    kind: Kind
    x: tuple[float, ...]
    y: tuple[float, ...]
    hover: tuple[str, ...] = ()
    is_stepped: bool = False
    is_strong: bool = False


class Bar(NamedTuple):
    """A named share, from 0 to 1."""

    name: str
    share: float


class TunePanel(NamedTuple):
    """One pair of axes.

    Attributes
    ----------
    name, title, x_label, y_label : str
    dots : tuple of Dot
    strokes : tuple of Stroke
    bars : tuple of Bar
        Horizontal, the first on top.
    level : float or None
        Where a line crosses the panel from left to right.
    level_name : str
    low, high : float or None
        Ends of the y axis, where the lowest values would press all others together.
    x_log, y_log : bool
        Logarithmic axes.
    """

    name: str
    title: str
    x_label: str
    y_label: str
    dots: tuple[Dot, ...] = ()
    strokes: tuple[Stroke, ...] = ()
    bars: tuple[Bar, ...] = ()
    level: float | None = None
    level_name: str = ""
    low: float | None = None
    high: float | None = None
    x_log: bool = False
    y_log: bool = False


class TuneChart(NamedTuple):
    """The figure of a tuning study.

    Attributes
    ----------
    title : str
    panels : tuple of TunePanel
        Those for which anything is known.
    words : dict
        What each kind that is drawn means.
    note : str
        What a reader of the figure must know.
    """

    title: str
    panels: tuple[TunePanel, ...]
    words: dict[Kind, str]
    note: str
