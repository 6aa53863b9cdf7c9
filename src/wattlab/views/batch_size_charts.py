"""The figure of a batch-size study as data: throughput, memory and energy against the batch size."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wattlab.units import format_bytes, format_quantity, format_rate
from wattlab.views.batch_size_tables import MARKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.meter.quantity import Quantity
    from wattlab.studies.batch_size.answer import BatchSizes, SizeRow

__all__ = ["Chart", "Failure", "Level", "Panel", "Place", "Point", "batch_size_chart"]

_GiB = 2.0**30
_CURVE = 64


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
    """

    panels: tuple[Panel, ...]
    places: tuple[Place, ...]
    failures: tuple[Failure, ...]


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
    )


def _throughput(rows: list[SizeRow]) -> Panel:
    points = (
        Point(row.size, row.rate.median, row.rate.low, row.rate.high, format_rate(row.rate.median))
        for row in rows
        if row.rate is not None
    )
    return Panel("Throughput", "training samples per second", tuple(points))


def _memory(answer: BatchSizes, rows: list[SizeRow]) -> Panel:
    points = _points(rows, lambda row: row.memory, 1 / _GiB, format_bytes)
    limit_B = answer.plan.memory_B
    level = None if limit_B is None else Level(limit_B / _GiB, f"limit: {format_bytes(limit_B)}")
    sizes = [row.size for row in answer.rows]
    fit: tuple[tuple[float, float], ...] = ()
    if answer.fit is not None:
        ratio = max(sizes) / min(sizes)
        along = (min(sizes) * ratio ** (place / (_CURVE - 1)) for place in range(_CURVE))
        line = answer.fit
        fit = tuple((size, (line.base_B + line.per_sample_B * size) / _GiB) for size in along)
    return Panel("Peak memory", "GiB", points, fit, level)


def _energy(rows: list[SizeRow]) -> Panel:
    points = _points(rows, lambda row: row.energy, 1e3, lambda J: format_quantity(J, "J"))
    kinds = " and ".join(sorted({row.energy.provenance for row in rows if not row.energy.is_missing}))
    return Panel("Energy", f"mJ per sample ({kinds})", points)


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
