"""Numbers, points, matrices and equations of geometry as text."""

from __future__ import annotations

from math import atan2, degrees, sqrt
from typing import TYPE_CHECKING

import numpy as np

from wattlab.insight.geometry.decomposition import turn_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from wattlab.insight.geometry.conic import Conic
    from wattlab.insight.geometry.decomposition import Decomposition, Step
    from wattlab.insight.geometry.normal_maps import NormalStep

    Floats = NDArray[np.float64]

__all__ = [
    "amount_text",
    "angle_text",
    "equation_text",
    "is_nothing",
    "map_text",
    "matrix_text",
    "number_text",
    "numbers_text",
    "point_text",
    "step_name",
    "step_text",
]

_NOTHING = 1e-12
"""What is smaller than this, relative to what stands beside it, is rounding."""


def number_text(value: float, size: float = 0.0) -> str:
    """Return a number with seven digits; 0 where it is rounding beside `size`."""
    return "0" if abs(value) <= _NOTHING * size or not value else f"{value:.7g}".replace("-", "−")


def numbers_text(values: Iterable[float]) -> str:
    """Return numbers as a list in words."""
    texts = [number_text(value) for value in values]
    return " and ".join([", ".join(texts[:-1]), texts[-1]] if len(texts) > 1 else texts)


def point_text(point: Iterable[float], size: float = 0.0) -> str:
    """Return coordinates in brackets."""
    found = [float(value) for value in point]
    scale = max(size, *map(abs, found))
    return f"({', '.join(number_text(value, scale) for value in found)})"


def matrix_text(matrix: Floats) -> str:
    """Return a matrix in one line, rows apart by semicolons."""
    size = float(np.abs(matrix).max())
    return f"[{'; '.join(' '.join(number_text(value, size) for value in row) for row in matrix.tolist())}]"


def angle_text(angle_rad: float) -> str:
    """Return an angle in degrees."""
    return f"{number_text(degrees(angle_rad), 90.0)}°"


def amount_text(amounts: Iterable[float]) -> str:
    """Return λ, or several of them."""
    return f"λ = {', '.join(number_text(one) for one in amounts)}"


def equation_text(conic: Conic) -> str:
    """Return the equation of a conic; terms that are 0 are left out."""
    across, up = sqrt(abs(conic.alpha)), sqrt(abs(conic.gamma))
    level = sqrt(abs(conic.delta))
    terms = [(conic.alpha, "x²", across**2), (conic.beta, "xy", across * up), (conic.gamma, "y²", up**2)]
    terms += [(conic.linear[0], "x", across * level), (conic.linear[1], "y", up * level)]
    text = ""
    for factor, name, size in terms:
        if abs(factor) > _NOTHING * size:
            sign = "−" if factor < 0 else "+" if text else ""
            digits = number_text(abs(factor))
            text += f"{' ' if text else ''}{sign}{' ' if text else ''}{'' if digits == '1' else digits}{name}"
    return f"{text} = {number_text(conic.delta)}"


def step_text(step: Step, found: Decomposition) -> str:
    """Return what one step of a decomposition does."""
    if step.kind == "start":
        return "start"
    factors = numbers_text(found.factors)
    if step.kind == "scaling":
        return f"scale by {factors}"
    if step.kind == "rotation":
        return f"rotate by {_turn_text(step.matrix)}"
    return f"scale by {factors} along axes rotated by {_turn_text(found.right.T)}"


def step_name(step: Step, found: Decomposition) -> str:
    """Return what one step does, short enough for the title of a small panel."""
    if step.kind == "rotation":
        return f"rotate by {degrees(turn_of(step.matrix).angle_rad):.4g}°".replace("-", "−")
    if step.kind == "scaling":
        return f"scale by {', '.join(f'{one:.4g}' for one in found.factors)}".replace("-", "−")
    return "start" if step.kind == "start" else "scale along rotated axes"


def is_nothing(step: NormalStep) -> bool:
    """Tell whether a shear or a rotation moves no point, but for rounding."""
    return step.kind in {"shear", "rotation"} and bool(
        np.abs(step.matrix - np.eye(len(step.matrix))).max() < _NOTHING
    )


def map_text(step: NormalStep) -> str:
    """Return what one step does on the way from a standard normal distribution in the plane."""
    (a, _), (c, d) = step.matrix.tolist()
    x, y = step.centre.tolist()
    match step.kind:
        case "start":
            return "standard normal"
        case "scaling":
            return f"scaled by {_short(a)} and {_short(d)}"
        case "shear":
            return "not sheared" if is_nothing(step) else f"sheared by {_short(c, 1.0)} along y"
        case "rotation":
            return "not rotated" if is_nothing(step) else f"rotated by {_short(degrees(atan2(c, a)), 90.0)}°"
        case "shift":
            return f"moved to ({_short(x)}, {_short(y)})"


def _short(value: float, size: float = 0.0) -> str:
    """Return a number with three digits; 0 where it is rounding beside `size`."""
    return "0" if abs(value) <= _NOTHING * size else f"{value:.3g}".replace("-", "−")


def _turn_text(rotation: Floats) -> str:
    turn = turn_of(rotation)
    if turn.axis is None:
        return angle_text(turn.angle_rad)
    axis = ", ".join(f"{value:.3g}".replace("-", "−") for value in (turn.axis.round(6) + 0.0).tolist())
    return f"{angle_text(turn.angle_rad)} around ({axis})"
