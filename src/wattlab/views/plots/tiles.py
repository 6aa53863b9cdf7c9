"""Many small pictures in one panel, each with a caption below it."""

from __future__ import annotations

from math import ceil, sqrt
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from wattlab.views.plots.marks import Note, Panel, Picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattlab.views.plots.marks import Mark, Span

    Floats = NDArray[np.floating[Any]]

__all__ = ["Tiles", "as_pictures", "side_by_side", "tiles"]

_GAP: Final = 0.12
_ONE_ROW: Final = 4
_NARROWEST_IN: Final = 5.8
"""A title of some words fits."""
_LINE_IN: Final = 0.17
_LEAST_IN: Final = 0.85
_MOST_IN: Final = 2.3
_CHARACTER_IN: Final = 0.066


class Tiles(NamedTuple):
    """A panel of pictures.

    Attributes
    ----------
    panel : Panel
    panel_in : (float, float)
        Width and height in which the captions fit. Unit: inch.
    """

    panel: Panel
    panel_in: tuple[float, float]


def tiles(
    pictures: Sequence[Floats],
    captions: Sequence[str],
    *,
    colour_map: str = "gray",
    span: Span | None = None,
    bar: str | None = None,
    title: str = "",
) -> Tiles:
    """Lay pictures of one size out in rows.

    Parameters
    ----------
    pictures : sequence of ndarray of shape (n_rows, n_columns) or (n_rows, n_columns, 3)
        At least one; NaN is nothing.
    captions : sequence of str
        One a picture; a line break makes a second line.
    colour_map : str
        For numbers.
    span : (float, float), optional
        Values of the first and last colour; left out: each picture's own.
    bar : str, optional
        Title of the colour bar of all of them; left out: there is none.
    title : str
        Of the panel.
    """
    lines = max((caption.count("\n") + 1 for caption in captions), default=0)
    longest = max((len(line) for caption in captions for line in caption.split("\n")), default=0)
    rows, columns = pictures[0].shape[:2]
    wide_in = min(max(_LEAST_IN * max(1.0, columns / rows), longest * _CHARACTER_IN), _MOST_IN)
    # A unit is the width of a tile, in which a picture that is high is narrow.
    wide, high = (1.0, rows / columns) if rows <= columns else (columns / rows, 1.0)
    below = lines * _LINE_IN / wide_in
    step = high + below + _GAP
    across = _n_columns(len(pictures), step)
    marks: list[Mark] = []
    for place, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        row, column = divmod(place, across)
        left, top = column * (1 + _GAP) + (1 - wide) / 2, -row * step
        at = (left, left + wide, top - high, top)
        marks.append(Picture(picture, colour_map, span, at, bar if place == 0 else None))
        marks += _caption(caption, left + wide / 2, top - high, _LINE_IN / wide_in)
    down = ceil(len(pictures) / across)
    ends = ((-_GAP / 2, across * (1 + _GAP) - _GAP / 2), (-down * step, _GAP / 2))
    panel = Panel(marks, title, equal=True, x_span=ends[0], y_span=ends[1], bare=True)
    width = max(_NARROWEST_IN, (ends[0][1] - ends[0][0]) * wide_in + 0.9 * (bar is not None))
    return Tiles(panel, (width, (ends[1][1] - ends[1][0]) * wide_in + 0.1))


def _n_columns(count: int, step: float) -> int:
    """Return how many lie side by side, so that the panel is half as wide again as high."""
    return min(count, max(1, ceil(sqrt(1.5 * count * step))))


def _caption(text: str, x: float, y: float, line: float) -> list[Note]:
    return [
        Note(x, y - (place + 0.6) * line, part, anchor="centre", size=8.0)
        for place, part in enumerate(text.split("\n"))
        if part
    ]


def as_pictures(samples: NDArray[Any], shape: tuple[int, int, int]) -> list[Floats]:
    """Return samples that are images as pictures: bytes of three channels as colours from 0 to 1.

    Parameters
    ----------
    samples : ndarray of shape (n_samples, rows · columns · channels)
        As in a data set, channels running fastest.
    shape : (int, int, int)
        Rows, columns and channels.
    """
    images = samples.reshape(-1, *shape)
    if shape[2] != 3:
        return [side_by_side(image) for image in images.astype(np.float64)]
    low, high = (0.0, 255.0) if images.dtype == np.uint8 else (float(images.min()), float(images.max()))
    colours = np.clip((images.astype(np.float64) - low) / ((high - low) or 1.0), 0.0, 1.0)
    return list(colours)


def side_by_side(image: Floats) -> Floats:
    """Return the channels of an image beside each other, nothing between them; many in several rows.

    Parameters
    ----------
    image : ndarray of shape (n_rows, n_columns, n_channels)
        Numbers.

    Returns
    -------
    ndarray of shape (down · (n_rows + 1) − 1, across · (n_columns + 1) − 1)
        One row of up to 4 channels, else about as many down as across.

    Examples
    --------
    >>> side_by_side(np.array([[[1.0, 2.0]]])).tolist()
    [[1.0, nan, 2.0]]
    >>> side_by_side(np.zeros((3, 3, 16))).shape
    (15, 15)
    """
    rows, columns, channels = image.shape
    across = channels if channels <= _ONE_ROW else ceil(sqrt(channels))
    down = ceil(channels / across)
    laid = np.full((down * across, rows + 1, columns + 1), np.nan)
    laid[:channels, :-1, :-1] = image.transpose(2, 0, 1)
    grid = laid.reshape(down, across, rows + 1, columns + 1).transpose(0, 2, 1, 3)
    return grid.reshape(down * (rows + 1), -1)[:-1, :-1]
