"""The roofline of an explanation as data: lines and points in logarithmic axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.studies.explain.answer import Line, Point, Roofline

__all__ = ["RooflineChart", "Stroke", "roofline_chart"]

_LABELLED: Final = 3
"""Layers that are named in the figure, the slowest ones."""
_ROOM: Final = 2.0
_CLOSE: Final = 1.4


class Stroke(NamedTuple):
    """A line of the roof.

    Attributes
    ----------
    label : str
    x, y : tuple of float
        Its ends: FLOP/B and FLOP/s.
    slanted : bool
        Whether it is a bandwidth.
    """

    label: str
    x: tuple[float, float]
    y: tuple[float, float]
    slanted: bool


class RooflineChart(NamedTuple):
    """What is drawn.

    Attributes
    ----------
    strokes : tuple of Stroke
    points : tuple of Point
        The step, then its layers.
    named : tuple of str
        Labels of the points that are named.
    x, y : tuple of float
        Ends of the axes.
    """

    strokes: tuple[Stroke, ...]
    points: tuple[Point, ...]
    named: tuple[str, ...]
    x: tuple[float, float]
    y: tuple[float, float]


def roofline_chart(roof: Roofline) -> RooflineChart:
    """Return the lines within the axes, and the points.

    Parameters
    ----------
    roof : Roofline
        With one bandwidth and one rate of arithmetic at least.
    """
    top = max(one.rate for one in roof.arithmetic)
    slowest, fastest = (f(one.rate for one in roof.memory) for f in (min, max))
    xs = [one.intensity for one in roof.points]
    x = (min(*xs, 1.0) / _ROOM, max(*xs, _ROOM * top / slowest) * _ROOM)
    y = (min(one.rate for one in roof.points) / _ROOM, top * _ROOM)
    memory = [
        Stroke(one.label, (x[0], top / one.rate), (x[0] * one.rate, top), slanted=True)
        for one in _apart(roof.memory)
        if top / one.rate > x[0]
    ]
    arithmetic = [
        Stroke(one.label, (max(x[0], one.rate / fastest), x[1]), (one.rate, one.rate), slanted=False)
        for one in roof.arithmetic
    ]
    layers = sorted((one for one in roof.points if one.kind != "step"), key=lambda one: -one.seconds)
    steps = tuple(one for one in roof.points if one.kind == "step")
    named = tuple(one.label for one in sorted((*steps, *layers[:_LABELLED]), key=lambda one: one.intensity))
    return RooflineChart((*memory, *arithmetic), (*steps, *layers), named, x, y)


def _apart(memory: Sequence[Line]) -> list[Line]:
    """Return the bandwidths that are told apart in a figure: of caches about as fast, one only."""
    found: list[Line] = []
    for one in memory:
        if all(max(one.rate, other.rate) > _CLOSE * min(one.rate, other.rate) for other in found):
            found.append(one)
    return found
