"""How the samples of each class look: a colour and a shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.views.colours import RUNS

if TYPE_CHECKING:
    from wattlab.views.plots.marks import Shape

__all__ = ["class_colour", "class_colours", "class_shape"]

_COLOURS: Final = (*RUNS, "#1c9bb0", "#a8743f")
_SHAPES: Final[tuple[Shape, ...]] = ("circle", "square", "triangle", "diamond", "star")


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
