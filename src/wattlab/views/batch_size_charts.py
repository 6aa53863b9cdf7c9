"""The figure of a batch-size study as data: throughput, memory and energy against the batch size."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wattlab.units import format_bytes, format_quantity, format_rate
from wattlab.views.batch_size_tables import MARKS, energy_unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.meter.quantity import Quantity
    from wattlab.studies.batch_size.answer import BatchSizes, SizeRow

__all__ = ["Chart", "Failure", "Level", "Panel", "Place", "Point", "batch_size_chart"]

_BYTES = ((2.0**30, "GiB"), (2.0**20, "MiB"), (1.0, "B"))
_MOST_TICKS = 9
_CURVE = 64
_NEAR = 3
"""Times the largest peak up to which the limit is drawn: a farther one would press all else to the ground."""


class Point(NamedTuple):
    """One size that fits: its value, between low and high."""

    size: int
    value: float
    low: float
    high: float
    text: str


class Level(NamedTuple):
    """A value that all sizes share, such as the limit of memory."""

    value: float
    text: str


class Failure(NamedTuple):
    """A size that does not fit, and why."""

    size: int
    text: str


class Place(NamedTuple):
    """A size with a name, such as the knee."""

    size: int
    text: str


class Panel(NamedTuple):
    """One picture: values against the batch size.

    Attributes
    ----------
    title, y_label : str
    points : tuple of Point
    fit : tuple of (float, float)
        Sizes and values of a fitted line; empty without one.
    level : Level or None
    """

    title: str
    y_label: str
    points: tuple[Point, ...]
    fit: tuple[tuple[float, float], ...] = ()
    level: Level | None = None


class Chart(NamedTuple):
    """All of it.

    Attributes
    ----------
    panels : tuple of Panel
        Those in which something was measured.
    places : tuple of Place
        The marked sizes, smallest first.
    failures : tuple of Failure
        What does not fit.
    ticks : tuple of int
        Powers of two for the axis of sizes.
    """

    panels: tuple[Panel, ...]
    places: tuple[Place, ...]
    failures: tuple[Failure, ...]
    ticks: tuple[int, ...]

    @property
    def key(self) -> str:
        """What the marked sizes are, in one line: too long to stand in a panel."""
        return " · ".join(place.text for place in self.places)


def batch_size_chart(answer: BatchSizes) -> Chart:
    """Return what is to be drawn.

    Parameters
    ----------
    answer : BatchSizes
        One in which nothing fitted gives a chart without panels.
    """
    rows = [row for row in answer.rows if row.outcome == "fits"]
    panels = (_throughput(rows), _memory(answer, rows), _energy(rows))
    named = ((row.size, ", ".join(MARKS[mark] for mark in row.marks)) for row in rows if row.marks)
    return Chart(
        tuple(panel for panel in panels if panel.points),
        tuple(Place(size, f"{size}: {text}") for size, text in named),
        tuple(
            Failure(row.size, f"{row.size}: {row.outcome}") for row in answer.rows if row.outcome != "fits"
        ),
        _ticks([row.size for row in answer.rows]),
    )


def _ticks(sizes: list[int]) -> tuple[int, ...]:
    """Return the powers of two among which the sizes lie, every other one where there are many."""
    first, last = (int(size).bit_length() - 1 for size in (min(sizes, default=1), max(sizes, default=1)))
    return tuple(2**power for power in range(first, last + 1, 1 if last - first < _MOST_TICKS else 2))


def _throughput(rows: list[SizeRow]) -> Panel:
    points = (
        Point(row.size, row.rate.median, row.rate.low, row.rate.high, format_rate(row.rate.median))
        for row in rows
        if row.rate is not None
    )
    return Panel("Throughput", "training samples per second", tuple(points))


def _memory(answer: BatchSizes, rows: list[SizeRow]) -> Panel:
    largest_B = max((row.memory.value or 0.0 for row in rows), default=0.0)
    scale_B, unit = next((one for one in _BYTES if largest_B >= one[0]), _BYTES[-1])
    points = _points(rows, lambda row: row.memory, 1 / scale_B, format_bytes)
    limit_B = answer.plan.memory_B
    level = None
    if limit_B is not None and limit_B < _NEAR * largest_B:
        level = Level(limit_B / scale_B, f"limit: {format_bytes(limit_B)}")
    sizes = [row.size for row in answer.rows]
    fit: tuple[tuple[float, float], ...] = ()
    if answer.fit is not None:
        ratio = max(sizes) / min(sizes)
        along = (min(sizes) * ratio ** (place / (_CURVE - 1)) for place in range(_CURVE))
        line = answer.fit
        fit = tuple((size, (line.base_B + line.per_sample_B * size) / scale_B) for size in along)
    return Panel("Peak memory", unit, points, fit, level)


def _energy(rows: list[SizeRow]) -> Panel:
    unit, factor = energy_unit(rows)
    points = _points(rows, lambda row: row.energy, factor, lambda J: format_quantity(J, "J"))
    kinds = " and ".join(sorted({row.energy.provenance for row in rows if not row.energy.is_missing}))
    return Panel("Energy", f"{unit} per sample ({kinds})", points)


def _points(
    rows: list[SizeRow],
    quantity: Callable[[SizeRow], Quantity],
    factor: float,
    text: Callable[[float], str],
) -> tuple[Point, ...]:
    found = []
    for row in rows:
        one = quantity(row)
        if one.value is not None:
            low, high = one.interval or (one.value, one.value)
            found.append(Point(row.size, one.value * factor, low * factor, high * factor, text(one.value)))
    return tuple(found)
