"""How the samples of each class look: a colour and a shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wattlab.views.colours import RUNS
from wattlab.views.plots.marks import Points

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wattlab.views.plots.marks import Shape

    Floats = NDArray[np.floating[Any]]

__all__ = ["class_colour", "class_colours", "class_points", "class_shape"]

_COLOURS: Final = (*RUNS, "#1c9bb0", "#a8743f")
_SHAPES: Final[tuple[Shape, ...]] = ("circle", "square", "triangle", "diamond", "star")
_WIDTHS: Final[dict[Shape, float]] = {"square": 0.9, "triangle": 1.25, "diamond": 0.9, "star": 1.65}
"""Widths of shapes that cover as much as a circle of width 1."""


def class_colour(place: int) -> str:
    """Return the colour of a class; from the eleventh on they come again.

    Examples
    --------
    >>> class_colour(0), class_colour(10) == class_colour(0)
    ('#2a7fbf', True)
    """
    return _COLOURS[place % len(_COLOURS)]


def class_colours(count: int) -> tuple[str, ...]:
    """Return the colours of so many classes."""
    return tuple(map(class_colour, range(count)))


def class_shape(place: int) -> Shape:
    """Return the shape of a class's samples, which tells it from those of a like colour."""
    return _SHAPES[(place + place // len(_COLOURS)) % len(_SHAPES)]


def class_points(place: int, x: Floats, y: Floats, z: Floats | None = None, *, size: float = 5.0) -> Points:
    """Return the samples of a class; each class's weigh as much to the eye as circles of `size` pt."""
    shape = class_shape(place)
    width = size * _WIDTHS.get(shape, 1.0)
    return Points(x, y, z, colour=class_colour(place), shape=shape, size=width)
