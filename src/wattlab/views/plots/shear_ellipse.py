"""A circle or an ellipse before and after a shear, and the system in which its axes lie."""

from __future__ import annotations

from math import copysign, degrees, hypot, sin
from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.views.plots.marks import Arrow, Chart, Line, Note, Points, Rule
from wattlab.views.plots.shear_frame import (
    AFTER,
    BEFORE,
    END,
    EXTREME,
    closed,
    dots,
    filled,
    panel,
    path,
    spans,
)
from wattlab.views.shear_numbers import amount_text, angle_text, numbers_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.insight.geometry.sheared_ellipse import ShearedEllipse
    from wattlab.views.plots.marks import Mark, Panel, Span

    Floats = NDArray[np.float64]

__all__ = ["ellipse_chart"]

_UPRIGHT: Final = 1e-12
"""The sine of twice the angle of axes along x and y, but for rounding."""
_SLANT: Final = 1.18
"""The rotated axes reach so far beyond the long one."""
_NAMED: Final = 1.07
"""Their names stand so much farther out."""


def ellipse_chart(found: ShearedEllipse) -> Chart:
    """Return the figure before, the figure after with its points, and its own axes."""
    figure = "circle" if found.before.is_circle else "ellipse"
    reach = found.after.axes[0] * _SLANT * _NAMED
    middle = np.array(found.after.centre)
    level = middle + np.array([found.after.semi_axes[0], 0.0])
    within = spans(
        found.before.points(), np.array([middle + reach, middle - reach, level]), found.after.points()
    )
    return Chart(
        f"A sheared {figure}: along {found.axis}, {amount_text([found.amount])}",
        (_before(found, within), _after(found, within), _turned(found, within)),
        n_columns=3,
        panel_in=(4.6, 4.3),
        foot=_foot(found),
    )


def _foot(found: ShearedEllipse) -> tuple[str, ...]:
    after = found.after
    if after.is_circle:
        return (f"A circle of radius {numbers_text(after.semi_axes[:1])}.",)
    turned = angle_text(after.angle_rad)
    axes = f"Semi-axes {numbers_text(after.semi_axes)}; the long one at {turned} from the x axis."
    if abs(sin(2.0 * after.angle_rad)) < _UPRIGHT:
        return (axes,)
    return axes, "Ends of the main axes are not the extremal points."


def _limits(found: ShearedEllipse, within: tuple[Span, Span]) -> tuple[Mark, ...]:
    """Return the two lines that the shear moves along themselves; upright ones have their names below the legend."""
    if found.axis == "x":
        (_, high), (_, low) = found.limits.tolist()
        return Rule(high, "x", text="y max"), Rule(low, "x", text="y min")
    (right, _), (left, _) = found.limits.tolist()
    bottom, top = within[1]
    foot, room = bottom + 0.04 * (top - bottom), 0.02 * (top - bottom)
    return (
        Rule(right, "y"),
        Rule(left, "y"),
        Note(right + room, foot, "x max", size=8.0),
        Note(left - room, foot, "x min", anchor="right", size=8.0),
    )


def _before(found: ShearedEllipse, within: tuple[Span, Span]) -> Panel:
    extremal = found.before.extremal_points()
    moved = np.array(extremal[:2] if found.axis == "x" else extremal[2:])
    marks = (
        *_limits(found, within),
        *filled(found.before.points(), BEFORE),
        _extremes(moved, "touches the lines"),
    )
    return panel(marks, "Before", within)


def _after(found: ShearedEllipse, within: tuple[Span, Span]) -> Panel:
    marks = (
        *_limits(found, within),
        *filled(found.after.points(), AFTER),
        *_axis_lines(found),
        _extremes(found.limits, f"{'y' if found.axis == 'x' else 'x'} extremal"),
        dots(found.end_points, END, shape="diamond", size=7.0, name="ends of the main axes"),
    )
    return panel(marks, "After", within)


def _extremes(points: Floats, name: str) -> Points:
    return dots(points, EXTREME, shape="triangle", size=8.5, name=name)


def _axis_lines(found: ShearedEllipse) -> tuple[Line, ...]:
    ends = found.end_points.reshape(2, 2, 2)
    return tuple(path(pair, END, width=1.0) for pair in ends)


def _turned(found: ShearedEllipse, within: tuple[Span, Span]) -> Panel:
    """Return the rotated system: along its axes the figure is only scaled."""
    long, short = found.after.axes
    centre = np.array(found.after.centre)
    names = ("x′", "y′")
    arrows: list[Mark] = []
    for way, size, name in zip((long, short), found.after.semi_axes, names, strict=True):
        unit = way / size * hypot(*long)
        reach = unit * (_SLANT if name == "x′" else 0.55)
        x, y = (centre + reach + unit * (_NAMED - 1.0)).tolist()
        arrows.append(Arrow(tuple(centre - reach), tuple(centre + reach), "ink", 1.2))
        arrows.append(Note(x, y, name, anchor="centre", size=11.0))
    marks = (
        closed(found.before.points(), BEFORE, "before", dash="dash"),
        closed(found.after.points(), AFTER, "after"),
        *arrows,
        *_arc(found),
    )
    return panel(marks, _system(found), within)


def _system(found: ShearedEllipse) -> str:
    if not found.amount:
        return "Nothing moves"
    return "Only scaled, in a rotated system" if found.before.is_circle else "Its own, rotated system"


def _arc(found: ShearedEllipse) -> tuple[Mark, ...]:
    """Return the angle from the x axis to the long one."""
    angle = found.after.angle_rad
    if not angle:
        return ()
    (x, y), long = found.after.centre, found.after.semi_axes[0]
    turn, radius = np.linspace(0.0, angle, 40), 0.42 * long
    text = f"{degrees(angle):.4g}°".replace("-", "−")
    return (
        Line(np.array([x, x + long]), np.array([y, y]), colour="soft", dash="dot", width=1.2),
        Line(x + radius * np.cos(turn), y + radius * np.sin(turn), colour=END, width=1.4),
        Note(x + long, y - copysign(0.07 * long, angle), text, anchor="right", colour=END),
    )
