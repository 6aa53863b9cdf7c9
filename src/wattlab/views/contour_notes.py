"""What a function of two variables is, in sentences, for screen and figure alike."""

from __future__ import annotations

from collections import Counter
from math import isfinite
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from wattlab.insight.surface import CriticalPoint, Quadratic, Surface

__all__ = ["counted", "gap_sentence", "number", "place", "point_name", "shape_sentence"]

_PLURALS: Final = {"minimum": "minima", "maximum": "maxima", "flat": "flat areas"}
_SINGULARS: Final = {"flat": "flat area"}
_LINES: Final = {
    "trough": "a trough with a straight floor: its contours are parallel lines",
    "ridge": "a ridge with a level top: its contours are parallel lines",
    "parabolic": "curved one way and sloping the other: its contours are parabolas",
    "plane": "a plane: its contours are parallel straight lines",
    "constant": "the same everywhere: it has no contours",
}


def number(value: float) -> str:
    """Return a number as people read it."""
    return f"{value + 0.0:.6g}"


def place(x: float, y: float) -> str:
    """Return a place in brackets."""
    return f"({number(x)}, {number(y)})"


def point_name(kind: str, count: int = 1) -> str:
    """Return what a critical point is called, or several."""
    return _SINGULARS.get(kind, kind) if count == 1 else _PLURALS.get(kind, f"{kind}s")


def counted(points: tuple[CriticalPoint, ...]) -> str:
    """Return how many critical points there are of each kind."""
    counts = Counter(point.kind for point in points)
    return ", ".join(f"{count} {point_name(kind, count)}" for kind, count in counts.items())


def shape_sentence(surface: Surface) -> str:
    """Return what a function is: its form if it is quadratic, else how many critical points of each kind it has."""
    if surface.quadratic is not None:
        return f"{_form(surface.quadratic)}."
    if surface.points is None:
        return ""
    found = counted(surface.points)
    return (
        f"Not quadratic; on this rectangle: {found}."
        if found
        else "Not quadratic; no critical point on this rectangle."
    )


def gap_sentence(surface: Surface) -> str:
    """Return how much of the rectangle is left blank; empty where nothing is."""
    if not surface.gap_share:
        return ""
    return f"No finite value on {100.0 * surface.gap_share:.3g} % of the mesh: blank there."


def _form(form: Quadratic) -> str:
    if form.centre is None:
        return f"{'Linear' if form.shape in {'plane', 'constant'} else 'Quadratic'}: {_LINES[form.shape]}"
    x, y = (float(one) for one in form.centre)
    value = form.constant + 0.5 * float(form.slope @ form.centre)
    low, high = map(number, form.eigenvalues.tolist())
    where = f"{number(value)} at {place(x, y)}"
    if form.shape == "saddle":
        return (
            f"Quadratic: a saddle, {where}, as the eigenvalues of its Hessian, {low} and {high}, differ in sign: "
            f"its contours are hyperbolas, at the level {number(value)} two straight lines"
        )
    end = "a bowl, lowest" if form.shape == "bowl" else "a dome, highest"
    return f"Quadratic: {end} {where} (eigenvalues of its Hessian: {low} and {high}): its contours are {_round(form)}"


def _round(form: Quadratic) -> str:
    if form.contours == "circles" or not isfinite(form.axis_ratio):
        return form.contours
    angle = number(round(form.angle_deg, 4))
    return f"ellipses, {form.axis_ratio:.4g} times as long as wide, the long axis at {angle}° to x"
