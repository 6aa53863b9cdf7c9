"""A function of two variables in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.studies.columns import Cell, Column
from wattlab.studies.tables import ABSENT
from wattlab.views.contour_notes import counted, gap_sentence, number, place, point_name, shape_sentence
from wattlab.views.study_notes import Remark
from wattlab.views.study_text import print_answer

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray
    from rich.console import Console

    from wattlab.insight.surface import CriticalPoint, Surface

__all__ = ["print_surface"]

_MOST_POINTS: Final = 16
_MOST_LEVELS: Final = 24
_MORE: Final = "All numbers: --json. Figure: -o FILE, .png, .svg, .pdf or .html"
_SIDE_BY_SIDE: Final = {"valley", "ridge", "inflection", "flat"}


def print_surface(surface: Surface, console: Console | None = None) -> None:
    """Print what a function is: its values, its form, its critical points.

    Parameters
    ----------
    surface : Surface
        Of any function.
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    """
    points = surface.points or ()
    head = (
        f"z = {surface.text}",
        f"x {_span(surface.x)}, y {_span(surface.y)}, {len(surface.x)} × {len(surface.y)} points",
    )
    told = [
        _values(surface),
        shape_sentence(surface),
        gap_sentence(surface),
    ]
    notes = [("shows", Remark("", one)) for one in told if one]
    print_answer(head, _columns(points[:_MOST_POINTS]), notes, _foot(surface, points), console, more=_MORE)


def _span(values: NDArray[np.float64]) -> str:
    return f"from {number(values[0])} to {number(values[-1])}"


def _values(surface: Surface) -> str:
    if surface.lowest.value == surface.highest.value:
        return f"The value is {number(surface.lowest.value)} on all of the mesh."
    return f"Values from {_where(surface.lowest)} to {_where(surface.highest)} on the mesh."


def _where(found: tuple[float, float, float]) -> str:
    x, y, value = found
    return f"{number(value)} at {place(x, y)}"


def _numbers(values: Iterable[float]) -> tuple[Cell, ...]:
    return tuple(Cell(number(one)) for one in values)


def _columns(points: tuple[CriticalPoint, ...]) -> tuple[Column, ...]:
    if not points:
        return ()
    bends = [ABSENT if one.eigenvalues is None else ", ".join(map(number, one.eigenvalues)) for one in points]
    return (
        Column("critical point", tuple(Cell(point_name(one.kind)) for one in points)),
        Column("x", _numbers(one.x for one in points), "point"),
        Column("y", _numbers(one.y for one in points), "point"),
        Column("value", _numbers(one.value for one in points), "point"),
        Column("eigenvalues of the Hessian", tuple(map(Cell, bends))),
    )


def _foot(surface: Surface, points: tuple[CriticalPoint, ...]) -> tuple[str, ...]:
    foot = [f"Levels: {_levels(surface)}."] if len(surface.levels) else []
    if len(points) > _MOST_POINTS:
        foot.append(f"{_MOST_POINTS} of {len(points)} critical points are listed ({counted(points)}).")
    if any(one.kind in _SIDE_BY_SIDE for one in points):
        foot.append("Valleys, ridges, inflections and flat areas have many such points; one each is listed.")
    if any(one.eigenvalues is None for one in points):
        foot.append(f"{ABSENT}: a kink, at which there are no derivatives.")
    return tuple(foot)


def _levels(surface: Surface) -> str:
    levels = [number(one) for one in surface.levels.tolist()]
    if len(levels) <= _MOST_LEVELS:
        return ", ".join(levels)
    return f"{len(levels)} from {levels[0]} to {levels[-1]}"
