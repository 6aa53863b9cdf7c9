"""Marks over a mesh: numbers, classes or pixels at the places of rows and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from wattlab.views.colours import Dash

    Floats = NDArray[np.floating[Any]]

__all__ = ["Cells", "Contours", "Field", "Picture", "Regions", "Span", "Surface"]

Span = tuple[float, float]


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
        Each line carries its number, where others leave room for it; in two dimensions.
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
