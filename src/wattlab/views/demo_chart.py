"""What the figure of a demonstration shows, computed once and drawn by matplotlib or plotly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from wattlab.views.colours import Dash

__all__ = ["Band", "DemoPanel", "Kind", "Series", "series"]

Kind = Literal["line", "steps", "points", "diamonds", "cells"]


class Series(NamedTuple):
    """What is drawn in one colour.

    Attributes
    ----------
    label : str
        Its name in the key; empty: it has none there.
    colour : str
        As ``#rrggbb``.
    x, y : ndarray of shape (n,)
        What is not finite is not drawn.
    kind : {"line", "steps", "points", "diamonds", "cells"}
        "steps": each y from its x to the next; "cells": boxes from `low` to `high` along x in the row y.
    dash : {"solid", "dash", "dashdot", "dot"}
        Of a line.
    low, high : ndarray of shape (n,)
        Ends of intervals along x; empty: none.
    texts : tuple of str
        What stands at the right of each point; empty: nothing.
    """

    label: str
    colour: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    kind: Kind = "line"
    dash: Dash = "solid"
    low: NDArray[np.float64] = np.zeros(0)
    high: NDArray[np.float64] = np.zeros(0)
    texts: tuple[str, ...] = ()


class Band(NamedTuple):
    """A stretch of the x axis.

    Attributes
    ----------
    low, high : float
    label : str
        What lies there.
    colour : str
        As ``#rrggbb``.
    """

    low: float
    high: float
    label: str
    colour: str


class DemoPanel(NamedTuple):
    """One pair of axes.

    Attributes
    ----------
    title, x_label, y_label : str
    series : tuple of Series
    log_x, log_y : bool
        Logarithmic axes.
    x_ends, y_ends : tuple of float or None
        Ends of the axes, where what is drawn shall not decide.
    bands : tuple of Band
        Behind all series.
    rows : tuple of str
        Names of y = 0, 1, … from top to bottom; empty: y is a number.
    wide : bool
        As wide as two others.
    """

    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    log_x: bool = False
    log_y: bool = False
    x_ends: tuple[float, float] | None = None
    y_ends: tuple[float, float] | None = None
    bands: tuple[Band, ...] = ()
    rows: tuple[str, ...] = ()
    wide: bool = False


def series(
    label: str, colour: str, x: ArrayLike, y: ArrayLike, kind: Kind = "line", dash: Dash = "solid"
) -> Series:
    """Return a series without intervals.

    Parameters
    ----------
    label, colour : str
        As in `Series`.
    x, y : array_like of shape (n,)
        Numbers.
    kind, dash : str, optional
        As in `Series`.
    """
    return Series(label, colour, np.asarray(x, np.float64), np.asarray(y, np.float64), kind, dash)
