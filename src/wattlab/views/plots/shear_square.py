"""A square before and after a shear, and what one rotation and one scaling make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.views.plots.marks import Chart, Note
from wattlab.views.plots.shear_frame import (
    AFTER,
    BEFORE,
    END,
    OTHER,
    closed,
    dots,
    filled,
    panel,
    path,
    spans,
)
from wattlab.views.shear_numbers import amount_text, numbers_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.insight.geometry.sheared_solids import ShearedSquare
    from wattlab.views.plots.marks import Mark, Panel, Span

    Floats = NDArray[np.float64]

__all__ = ["square_chart"]

_FOOT: Final = (
    "Scale and rotate once: makes the sheared ellipse of a circle, but of a square a rectangle. The sheared square "
    "needs a rotation before the scaling, too."
)
_LAYERS: Final = np.linspace(0.0, 1.0, 7)[1:-1]


def square_chart(found: ShearedSquare) -> Chart:
    """Return the square before and after with its layers, and beside what rotate and scale make of it."""
    within = spans(found.before, found.after, found.scaled_then_rotated, found.stretched)
    kept = "y" if found.axis == "x" else "x"
    scaled = (
        "It can be had by scaling only with a mirror, as the square is symmetric to its diagonal: factors "
    )
    pure = found.pure_scalings
    return Chart(
        f"A sheared square: along {found.axis}, {amount_text([found.amount])}",
        (
            _layered(found.before, found.axis, BEFORE, "Before", within),
            _layered(found.after, found.axis, AFTER, f"After: layers keep their {kept}", within),
            _compared(found, within),
        ),
        n_columns=3,
        panel_in=(4.6, 4.3),
        foot=(
            *([_FOOT] if found.amount else []),
            *([f"{scaled}{numbers_text(pure[0].factors)}."] if pure and pure[0].mirrors else []),
        ),
    )


def _layered(corners: Floats, axis: str, colour: str, title: str, within: tuple[Span, Span]) -> Panel:
    lower_left, lower_right, upper_right, upper_left = corners
    pairs = ((lower_left, upper_left), (lower_right, upper_right))
    if axis == "y":
        pairs = ((lower_left, lower_right), (upper_left, upper_right))
    layers: list[Mark] = []
    for share in _LAYERS:
        ends = np.array([start + share * (end - start) for start, end in pairs])
        layers.append(path(ends, colour, width=0.9, dash="dot"))
    return panel((*filled(corners, colour), *layers, *_numbered(corners)), title, within)


def _numbered(corners: Floats) -> tuple[Mark, ...]:
    """Return the corners with numbers, so that it can be seen where each has gone."""
    outward = corners - corners.mean(axis=0)
    size = np.linalg.norm(outward, axis=1).max()
    places = corners + 0.09 * size * outward / np.linalg.norm(outward, axis=1, keepdims=True)
    return (
        dots(corners, END, size=5.5),
        *(Note(x, y, f"{number}", anchor="centre") for number, (x, y) in enumerate(places.tolist(), start=1)),
    )


def _compared(found: ShearedSquare, within: tuple[Span, Span]) -> Panel:
    marks = (
        *filled(found.after, AFTER, "sheared"),
        closed(found.scaled_then_rotated, OTHER, "scaled, then rotated once", dash="dash"),
        closed(found.stretched, END, "scaled in the rotated system", dash="dashdot"),
    )
    return panel(marks, "One rotation is not enough" if found.amount else "Nothing moves", within)
