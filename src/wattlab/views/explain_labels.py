"""Where the names of a roofline stand: beside their points and lines, off the others, as far as there is room."""

from __future__ import annotations

from itertools import permutations
from math import log10
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wattlab.studies.explain.answer import Point
    from wattlab.views.explain_chart import RooflineChart, Stroke

__all__ = ["Label", "place_labels"]

_LETTER: Final = 0.58
"""Mean width of a letter by the size of the font."""
_MARKERS_PT: Final = {"step": 9.0, "affine": 5.0, "other": 5.0}
"""Half the width of a marker."""
_GAP_PT: Final = 3.0
_FURTHER_PT: Final = (0.0, 8.0, 18.0, 30.0)
"""How much further from its point a name may go, in turn."""
_ALONG: Final = tuple(one / 20 for one in range(1, 20))
"""Where on its line a name may stand, as a share of it."""
_SAMPLES: Final = 80
"""Places on a line that are held against a name."""
_OUTSIDE, _ON_POINT, _ON_NAME, _ON_LINE, _AWAY = 200.0, 50.0, 50.0, 10.0, 1.0
"""How bad it is for a name to lie on something, or a point further away than it might."""


class Label(NamedTuple):
    """A name in the figure.

    Attributes
    ----------
    text : str
    x, y : float
        Of what it names: FLOP/B and FLOP/s.
    dx, dy : float
        From there to its left end, and to its middle. Unit: pt.
    line : bool
        Whether it names a line of the roof.
    away : float
        How much further from its point it is than the nearest place. Unit: pt.
    """

    text: str
    x: float
    y: float
    dx: float
    dy: float
    line: bool
    away: float = 0.0


class _Box(NamedTuple):
    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: _Box) -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.bottom < other.top and other.bottom < self.top


class _Candidate(NamedTuple):
    """A place for a name, and how bad it is by itself."""

    label: Label
    box: _Box
    cost: float


def place_labels(chart: RooflineChart, width: float, height: float, font: float) -> tuple[Label, ...]:
    """Return where the names of points and lines stand.

    Parameters
    ----------
    chart : RooflineChart
        What is drawn.
    width, height : float
        Of the axes. Unit: pt.
    font : float
        Size of the letters. Unit: pt.
    """
    return _Places(chart, width, height, font).labels()


class _Places:
    """Places for the names; lengths in pt, from the lower left."""

    def __init__(self, chart: RooflineChart, width: float, height: float, font: float) -> None:
        self._chart, self._width, self._height, self._font = chart, width, height, font
        self._points = [self._marker(one) for one in chart.points]
        self._lines = [box for one in chart.strokes for box in self._stretches(one)]

    def labels(self) -> tuple[Label, ...]:
        """Return the names of points, in the order that suits all of them best, then those of lines."""
        named = [one for one in self._chart.points if one.label in self._chart.named]
        points = [self._weighed(self._beside(one)) for one in named]
        lines = [self._weighed(self._along(one)) for one in self._chart.strokes]
        found = (self._greedy([*order, *lines]) for order in permutations(points))
        return min(found, key=lambda one: one[1])[0]

    def _weighed(self, candidates: Iterable[Label]) -> list[_Candidate]:
        return [_Candidate(one, box, self._cost(one, box)) for one in candidates for box in [self._box(one)]]

    def _cost(self, label: Label, box: _Box) -> float:
        """Return how bad a place is, whatever the other names do."""
        within = box.left >= 0 and box.bottom >= 0 and box.right <= self._width and box.top <= self._height
        met = _ON_POINT * sum(map(box.meets, self._points)) + _ON_LINE * sum(map(box.meets, self._lines))
        return met + (0.0 if within else _OUTSIDE) + _AWAY * label.away

    def _greedy(self, places: Iterable[list[_Candidate]]) -> tuple[tuple[Label, ...], float]:
        """Return names that are placed one after the other, each where it lies on least, and how bad all are."""
        chosen: list[_Candidate] = []
        total = 0.0
        for candidates in places:
            costs = [one.cost + _ON_NAME * sum(one.box.meets(by.box) for by in chosen) for one in candidates]
            total += min(costs)
            chosen.append(candidates[costs.index(min(costs))])
        return tuple(one.label for one in chosen), total

    def _beside(self, point: Point) -> Iterator[Label]:
        """Yield the places around a point, the nearest first."""
        away, wide = _MARKERS_PT[point.kind] + _GAP_PT, self._wide(point.label)
        for more in _FURTHER_PT:
            far, up = away + more, away + more + self._font / 2
            for dx in (far, -far - wide):
                for dy in (0.0, up, -up):
                    yield Label(point.label, point.intensity, point.rate, dx, dy, line=False, away=more)
            for dy in (up, -up):
                yield Label(point.label, point.intensity, point.rate, -wide / 2, dy, line=False, away=more)

    def _along(self, stroke: Stroke) -> Iterator[Label]:
        """Yield the places along a line: above and below it; those of a flat one from its right end on."""
        wide, off = self._wide(stroke.label), self._font / 2 + _GAP_PT
        for share in _ALONG if stroke.slanted else reversed(_ALONG):
            x, y = (first * (last / first) ** share for first, last in (stroke.x, stroke.y))
            sides = (
                ((_GAP_PT, -off), (-_GAP_PT - wide, off)) if stroke.slanted else ((-wide, off), (-wide, -off))
            )
            for dx, dy in sides:
                yield Label(stroke.label, x, y, dx, dy, line=True)

    def _wide(self, text: str) -> float:
        return _LETTER * self._font * len(text)

    def _box(self, label: Label) -> _Box:
        x, y = self._place(label.x, label.y)
        left, middle, half = x + label.dx, y + label.dy, 0.6 * self._font
        return _Box(left, middle - half, left + self._wide(label.text), middle + half)

    def _marker(self, point: Point) -> _Box:
        (x, y), half = self._place(point.intensity, point.rate), _MARKERS_PT[point.kind]
        return _Box(x - half, y - half, x + half, y + half)

    def _stretches(self, stroke: Stroke) -> Iterator[_Box]:
        """Yield a line as small boxes, so that a long way on it is worse than a short one."""
        (x0, y0), (x1, y1) = (self._place(x, y) for x, y in zip(stroke.x, stroke.y, strict=True))
        for one in range(_SAMPLES + 1):
            x, y = (first + (last - first) * one / _SAMPLES for first, last in ((x0, x1), (y0, y1)))
            yield _Box(x - 1, y - 1, x + 1, y + 1)

    def _place(self, x: float, y: float) -> tuple[float, float]:
        chart = self._chart
        across = log10(x / chart.x[0]) / log10(chart.x[1] / chart.x[0])
        up = log10(y / chart.y[0]) / log10(chart.y[1] / chart.y[0])
        return across * self._width, up * self._height
