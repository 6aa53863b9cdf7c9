"""The figure of a learning-rate range test as data: loss against rate, and what the short trainings gave."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from wattlab.views.lr_range_tables import rate_text, score_text

if TYPE_CHECKING:
    from wattlab.studies.lr_range.answer import LrRange, SeedRamp

__all__ = ["SHAPES", "Line", "LrRangeChart", "Mark", "Place", "Spot", "lr_range_chart"]

SHAPES: Final = ("valley", "slide", "minimum", "steep")
"""Pickers in the order of their shapes."""
_ABOVE: Final = 0.6
_BELOW: Final = 0.1


class Mark(NamedTuple):
    """Where a picker points to on a curve."""

    picker: str
    rate: float
    loss: float


class Line(NamedTuple):
    """The curve of one seed.

    Attributes
    ----------
    name : str
    rates, losses, smoothed : tuple of float
    marks : tuple of Mark
        What the pickers say of it.
    """

    name: str
    rates: tuple[float, ...]
    losses: tuple[float, ...]
    smoothed: tuple[float, ...]
    marks: tuple[Mark, ...]


class Place(NamedTuple):
    """A learning rate with a name, such as the suggested one."""

    rate: float
    text: str


class Spot(NamedTuple):
    """A short training: its rate, its score (None where it diverged), and which seed it had, from 0."""

    rate: float
    score: float | None
    seed: int
    text: str


class LrRangeChart(NamedTuple):
    """All of it.

    Attributes
    ----------
    lines : tuple of Line
        By seed.
    interval : tuple of (float, float), or None
    places : tuple of Place
        Suggested rates, smallest first.
    spots : tuple of Spot
        Short trainings; empty where there are none.
    score_name : str
        Of the spots.
    loss_span, rate_span : tuple of (float, float)
        Ends of the axes: a loss that grew without bound would press all else to the ground.
    """

    lines: tuple[Line, ...]
    interval: tuple[float, float] | None
    places: tuple[Place, ...]
    spots: tuple[Spot, ...]
    score_name: str
    loss_span: tuple[float, float]
    rate_span: tuple[float, float]


def lr_range_chart(answer: LrRange) -> LrRangeChart:
    """Return what is to be drawn.

    Parameters
    ----------
    answer : LrRange
        Where no process gave a curve, there are no lines.
    """
    lines = tuple(_line(one) for one in answer.ramps if one.report is not None and one.report.rates)
    interval = answer.interval
    return LrRangeChart(
        lines,
        None if interval is None else (interval.low, interval.high),
        _places(answer),
        _spots(answer),
        "" if answer.verified is None else answer.verified.score_name,
        _loss_span(lines, fell=interval is not None),
        (answer.plan.ramp.low, answer.plan.ramp.high),
    )


def _line(ramp: SeedRamp) -> Line:
    report, reading = ramp.report, ramp.reading
    assert report is not None
    picks = reading.picks if reading is not None else {}
    logs = np.log(report.rates)
    marks = (
        Mark(name, picks[name], float(np.interp(log(picks[name]), logs, report.smoothed)))
        for name in SHAPES
        if name in picks
    )
    return Line(f"seed {ramp.seed}", report.rates, report.losses, report.smoothed, tuple(marks))


def _places(answer: LrRange) -> tuple[Place, ...]:
    if answer.suggestion is None:
        return ()
    constant, peak = answer.suggestion.constant, answer.suggestion.one_cycle_peak
    if constant == peak:
        return (Place(constant, f"constant and one-cycle {rate_text(constant)}"),)
    return (Place(constant, f"constant {rate_text(constant)}"), Place(peak, f"one-cycle {rate_text(peak)}"))


def _spots(answer: LrRange) -> tuple[Spot, ...]:
    if answer.verified is None:
        return ()
    name = answer.verified.score_name
    return tuple(
        Spot(one.rate, score, seed, "diverged" if score is None else score_text(score, name))
        for one in answer.verified.tried
        for seed, score in enumerate(one.scores)
    )


def _loss_span(lines: tuple[Line, ...], *, fell: bool) -> tuple[float, float]:
    """Return the ends of the axis of losses: from below the lowest to above the first ones, or all if none fell."""
    if not lines:
        return 0.0, 1.0
    low = min(min(line.smoothed) for line in lines)
    firsts = max(line.smoothed[min(len(line.smoothed) - 1, len(line.smoothed) // 10)] for line in lines)
    firsts = firsts if fell else max(max(line.smoothed) for line in lines)
    height = max(firsts - low, 0.05 * abs(firsts), 1e-12)
    return low - _BELOW * height, firsts + _ABOVE * height
