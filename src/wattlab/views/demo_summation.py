"""The demonstration of summation: its table and its figure, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.studies.columns import Cell, Column
from wattlab.views.colours import BLUE, GREEN, ORANGE, PLAIN
from wattlab.views.demo_chart import DemoPanel, Series, series

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.demonstrations.summation import SumErrors, Summation

__all__ = ["summation_columns", "summation_panels"]

_COLOURS: Final = {"bfloat16": GREEN, "float16": ORANGE, "float32": BLUE, "float64": PLAIN}
_REMEDIES: Final = {
    "float32, one by one": BLUE,
    "float16 in float32": ORANGE,
    "float32, pairwise": "#c766a0",
    "float32, Kahan": GREEN,
}
_SHOWN: Final = (10, 1000, 100_000, 1_000_000)
_LEAST: Final = 1e-17


def summation_columns(found: Summation) -> tuple[Column, ...]:
    """Return a row for each way to add.

    Parameters
    ----------
    found : Summation
        What `wattlab.demonstrations.summation` found.
    """
    places = [place for place, size in enumerate(found.sizes) if size in _SHOWN]
    errors = [
        Column(f"n={found.sizes[place]:,}", tuple(Cell(_error(one.median[place])) for one in found.methods))
        for place in places
    ]
    return (
        Column("added in", tuple(Cell(one.label) for one in found.methods)),
        *errors,
        Column("its bound", tuple(Cell(_bound(one.bound[-1])) for one in found.methods)),
    )


def _error(value: float) -> str:
    return f"{value:.1e}" if value else "0"


def _bound(value: float) -> str:
    return f"{value:.1e}" if np.isfinite(value) else "none"


def summation_panels(found: Summation) -> tuple[DemoPanel, ...]:
    """Return the errors of each format one by one, and of the ways that help, with their bounds.

    Parameters
    ----------
    found : Summation
        What `wattlab.demonstrations.summation` found.
    """
    plain = [one for one in found.methods if one.numbers == one.accumulator and one.order == "one by one"]
    better = [one for one in found.methods if one.label in _REMEDIES]
    return (
        _panel("One by one, by format", found, plain, lambda one: _COLOURS[one.numbers]),
        _panel("What helps", found, better, lambda one: _REMEDIES[one.label]),
    )


def _panel(
    title: str, found: Summation, methods: list[SumErrors], colour: Callable[[SumErrors], str]
) -> DemoPanel:
    drawn: list[Series] = []
    for one in methods:
        errors = np.where(one.median > 0, one.median, np.nan)
        drawn.append(series(one.label, colour(one), found.sizes, errors))
        bound = np.where(one.bound < 1, one.bound, np.nan)
        drawn.append(series("", colour(one), found.sizes, bound, "line", "dot"))
    least = min(float(np.nanmin(one.y)) for one in drawn)
    return DemoPanel(
        title,
        "how many numbers (logarithmic)",
        "relative error; dotted: its bound",
        tuple(drawn),
        log_x=True,
        log_y=True,
        y_ends=(max(_LEAST, least / 2), 2.0),
    )
