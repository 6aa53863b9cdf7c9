"""What is to be sheared, as text and numbers from the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wattlab.errors import GeometryError
from wattlab.insight.geometry.checks import read_number, read_positive
from wattlab.insight.geometry.conic import Conic
from wattlab.insight.geometry.matrices import shear, shear_3d
from wattlab.insight.geometry.sheared_ellipse import ShearedEllipse, shear_circle, shear_conic
from wattlab.insight.geometry.sheared_solids import ShearedCube, ShearedSquare, shear_cube, shear_square
from wattlab.insight.geometry.stages import MapSteps, ShearSequence, follow_shears, follow_steps

if TYPE_CHECKING:
    from wattlab.insight.geometry.matrices import Axis
    from wattlab.insight.geometry.stages import Way

__all__ = ["ShearAsked", "Sheared", "find_sheared"]

Sheared = ShearedEllipse | ShearedSquare | ShearedCube | MapSteps | ShearSequence

_MOST: Final = 3
_STRONGEST: Final = 1e6
_STRONGEST_IN_SPACE: Final = 1e3
"""Beyond, a sheared figure is a line, or flat, to rounding."""
_WEAKEST: Final = 1e-6
"""Below, a shear cannot be told from none: a circle stays round to rounding."""
_SIZES: Final = (1e-50, 1e50)
"""Squares and areas of figures of these sizes are numbers, too."""


@dataclass(frozen=True)
class ShearAsked:
    """A shear, and what it is applied to: a circle, unless one of the others is asked for.

    Attributes
    ----------
    amount : str
        λ; with `cube` up to three, as in "1.5,0.5,0.3": x with y, x with z, y with z.
    radius : float
        Of the circle, half a side of square and cube, or the root of the right side of an ellipse's equation.
    axis : {"x", "y"}
        Along which points move.
    square, cube : bool
    ellipse : str or None
        "a,b,c" of ax² + bxy + cy² = radius².
    then : float or None
        λ of a second shear, along the other axis.
    steps : {"svd", "polar"} or None
        The way through the factors of the shear matrix instead.
    """

    amount: str = "1"
    radius: float = 1.0
    axis: Axis = "x"
    square: bool = False
    cube: bool = False
    ellipse: str | None = None
    then: float | None = None
    steps: Way | None = None


def find_sheared(asked: ShearAsked) -> Sheared:
    """Return what was asked for.

    Parameters
    ----------
    asked : ShearAsked
        At most one of `square`, `cube`, `ellipse` and `then`.

    Raises
    ------
    wattlab.errors.GeometryError
        If two figures are asked for at once, a number cannot be read, or the equation is none of an ellipse.

    Examples
    --------
    >>> find_sheared(ShearAsked("2", ellipse="1,0,4")).after.area
    1.5707963
    """
    _check(asked)
    radius = _radius(asked.radius)
    amounts = _numbers(asked.amount, "--lambda", _MOST if asked.cube else 1)
    _check_amounts(asked, amounts)
    if asked.cube:
        return _cube(amounts, radius, asked)
    if asked.steps is not None:
        return follow_steps(shear(amounts[0], asked.axis), asked.steps, radius)
    if asked.then is not None:
        other: Axis = "y" if asked.axis == "x" else "x"
        return follow_shears([(amounts[0], asked.axis), (asked.then, other)], radius)
    if asked.square:
        return shear_square(amounts[0], radius, asked.axis)
    if asked.ellipse is not None:
        return _ellipse(asked.ellipse, radius, amounts[0], asked.axis)
    return shear_circle(amounts[0], radius, asked.axis)


def _cube(amounts: tuple[float, ...], radius: float, asked: ShearAsked) -> Sheared:
    xy, xz, yz = (amounts + (0.0,) * _MOST)[:_MOST]
    if asked.steps is not None:
        return follow_steps(shear_3d(xy, xz, yz, asked.axis), asked.steps, radius)
    return shear_cube(xy, xz, yz, radius, asked.axis)


def _radius(value: float) -> float:
    radius, (least, most) = read_positive(value, "--radius"), _SIZES
    if not least <= radius <= most:
        raise GeometryError(f"--radius is {radius:g}; expected a number between {least:g} and {most:g}")
    return radius


def _check(asked: ShearAsked) -> None:
    wanted = {
        "--square": asked.square,
        "--cube": asked.cube,
        "--ellipse": asked.ellipse is not None,
        "--then": asked.then is not None,
    }
    given = [name for name, is_given in wanted.items() if is_given]
    if len(given) > 1:
        raise GeometryError(f"{' and '.join(given)} are given; expected one of them, or none for a circle")
    if asked.steps is not None and given and given[0] in {"--ellipse", "--then"}:
        raise GeometryError(
            f"--steps goes with a circle and a square, or with --cube, not with {given[0]}; leave one of them out"
        )


def _check_amounts(asked: ShearAsked, amounts: tuple[float, ...]) -> None:
    limit = _STRONGEST_IN_SPACE if asked.cube else _STRONGEST
    given = [("--lambda", one) for one in amounts]
    if asked.then is not None:
        given.append(("--then", read_number(asked.then, "--then")))
    for name, one in given:
        if abs(one) > limit:
            raise GeometryError(
                f"{name} is {one:g}; expected at most {limit:g} in size: beyond, the figure is flat to rounding"
            )
        if 0 < abs(one) < _WEAKEST:
            raise GeometryError(
                f"{name} is {one:g}; expected 0, or at least {_WEAKEST:g} in size: less moves nothing but for rounding"
            )


def _ellipse(text: str, radius: float, amount: float, axis: Axis) -> ShearedEllipse:
    found = _numbers(text, "--ellipse", _MOST)
    if len(found) != _MOST:
        raise GeometryError(
            f"--ellipse is {text!r}; expected three numbers a,b,c of ax² + bxy + cy² = radius², as in --ellipse 1,0,4"
        )
    try:
        return shear_conic(Conic(*found, delta=radius**2), amount, axis)
    except GeometryError as error:
        raise GeometryError(f"--ellipse is {text!r}: {error}") from None


def _numbers(text: str, option: str, most: int) -> tuple[float, ...]:
    parts = text.split(",")
    try:
        found = tuple(read_number(part, option) for part in parts)
    except GeometryError:
        found = ()
    if not 1 <= len(found) <= most:
        expected, example = f"up to {most} finite numbers with commas between", "1,0,4"
        if most == 1:
            expected, example = "a finite number", "2"
        raise GeometryError(f"{option} is {text!r}; expected {expected}, as in {option} {example}")
    return found
