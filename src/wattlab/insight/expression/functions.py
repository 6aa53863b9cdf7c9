"""What an expression may call, each with its first and second derivatives beside it.

A derivative that is zero everywhere is None: what does not depend on a variable then has no part in a sum, and no
``0 * inf`` makes a number unknown that is known.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["CONSTANTS", "FUNCTIONS", "OPERATORS", "Floats", "Function"]

Floats = NDArray[np.float64]
Formula = Callable[..., Any]
Derivative = Formula | None


class Function(NamedTuple):
    """A function of one or two numbers.

    Attributes
    ----------
    value : callable
        Of as many arrays as `slopes` has entries.
    slopes : tuple of (callable or None)
        Derivatives by each argument, of the same arrays; None: zero everywhere.
    curvatures : dict of (int, int) to callable
        Second derivatives by two arguments, the lower first; left out: zero everywhere.
    """

    value: Formula
    slopes: tuple[Derivative, ...]
    curvatures: dict[tuple[int, int], Formula]

    @property
    def n_arguments(self) -> int:
        """Number of arguments."""
        return len(self.slopes)


def _of_one(value: Formula, slope: Derivative = None, curvature: Derivative = None) -> Function:
    return Function(value, (slope,), {} if curvature is None else {(0, 0): curvature})


def _power_slope(u: Floats, v: Floats) -> Any:
    return np.where(v == 0.0, 0.0, v * u ** (v - 1.0))


def _power_curvature(u: Floats, v: Floats) -> Any:
    factor = v * (v - 1.0)
    return np.where(factor == 0.0, 0.0, factor * u ** (v - 2.0))


def _with_log(u: Floats, v: Floats, times: int) -> Any:
    """Return ``u**v * log(u)**times``, which is 0 where u is 0 and v is not negative."""
    return np.where((u == 0.0) & (v > 0.0), 0.0, u**v * np.log(u) ** times)


def _sigmoid(u: Floats) -> Any:
    return 0.5 * (1.0 + np.tanh(0.5 * u))


def _sigmoid_slope(u: Floats) -> Any:
    return _sigmoid(u) * _sigmoid(-u)


def _share(first: Floats, second: Floats) -> Any:
    """Return 1 where the first is larger, 0 where it is smaller, half where both are alike."""
    return 0.5 * (1.0 + np.sign(first - second))


def _log_to(base: float, value: Formula) -> Function:
    scale = 1.0 / math.log(base)
    return _of_one(value, lambda u: scale / u, lambda u: -scale / u**2)


OPERATORS: Final[dict[str, Function]] = {
    "negative": _of_one(np.negative, lambda u: -np.ones_like(u)),
    "+": Function(np.add, (lambda u, _: np.ones_like(u), lambda _, v: np.ones_like(v)), {}),
    "-": Function(np.subtract, (lambda u, _: np.ones_like(u), lambda _, v: -np.ones_like(v)), {}),
    "*": Function(np.multiply, (lambda _, v: v, lambda u, _: u), {(0, 1): lambda u, _: np.ones_like(u)}),
    "/": Function(
        np.divide,
        (lambda _, v: 1.0 / v, lambda u, v: -u / v**2),
        {(0, 1): lambda _, v: -1.0 / v**2, (1, 1): lambda u, v: 2.0 * u / v**3},
    ),
    "**": Function(
        np.power,
        (_power_slope, lambda u, v: _with_log(u, v, 1)),
        {
            (0, 0): _power_curvature,
            (0, 1): lambda u, v: u ** (v - 1.0) + v * _with_log(u, v - 1.0, 1),
            (1, 1): lambda u, v: _with_log(u, v, 2),
        },
    ),
}
"""What stands between two numbers, or before one."""

FUNCTIONS: Final[dict[str, Function]] = {
    "sin": _of_one(np.sin, np.cos, lambda u: -np.sin(u)),
    "cos": _of_one(np.cos, lambda u: -np.sin(u), lambda u: -np.cos(u)),
    "tan": _of_one(
        np.tan, lambda u: 1.0 + np.tan(u) ** 2, lambda u: 2.0 * np.tan(u) * (1.0 + np.tan(u) ** 2)
    ),
    "arcsin": _of_one(np.arcsin, lambda u: (1.0 - u**2) ** -0.5, lambda u: u * (1.0 - u**2) ** -1.5),
    "arccos": _of_one(np.arccos, lambda u: -((1.0 - u**2) ** -0.5), lambda u: -u * (1.0 - u**2) ** -1.5),
    "arctan": _of_one(np.arctan, lambda u: 1.0 / (1.0 + u**2), lambda u: -2.0 * u / (1.0 + u**2) ** 2),
    "sinh": _of_one(np.sinh, np.cosh, np.sinh),
    "cosh": _of_one(np.cosh, np.sinh, np.cosh),
    "tanh": _of_one(
        np.tanh, lambda u: 1.0 - np.tanh(u) ** 2, lambda u: -2.0 * np.tanh(u) * (1.0 - np.tanh(u) ** 2)
    ),
    "exp": _of_one(np.exp, np.exp, np.exp),
    "log": _log_to(math.e, np.log),
    "log2": _log_to(2.0, np.log2),
    "log10": _log_to(10.0, np.log10),
    "log1p": _of_one(np.log1p, lambda u: 1.0 / (1.0 + u), lambda u: -1.0 / (1.0 + u) ** 2),
    "sqrt": _of_one(np.sqrt, lambda u: 0.5 / np.sqrt(u), lambda u: -0.25 * u**-1.5),
    "cbrt": _of_one(
        np.cbrt, lambda u: 1.0 / (3.0 * np.cbrt(u) ** 2), lambda u: -2.0 / (9.0 * np.cbrt(u) ** 5)
    ),
    "abs": _of_one(np.abs, np.sign),
    "sign": _of_one(np.sign),
    "floor": _of_one(np.floor),
    "ceil": _of_one(np.ceil),
    "relu": _of_one(lambda u: np.maximum(u, 0.0), lambda u: np.where(u > 0.0, 1.0, 0.0)),
    "sigmoid": _of_one(_sigmoid, _sigmoid_slope, lambda u: _sigmoid_slope(u) * (1.0 - 2.0 * _sigmoid(u))),
    "softplus": _of_one(lambda u: np.logaddexp(0.0, u), _sigmoid, _sigmoid_slope),
    "minimum": Function(np.minimum, (lambda u, v: _share(v, u), _share), {}),
    "maximum": Function(np.maximum, (_share, lambda u, v: _share(v, u)), {}),
    "arctan2": Function(
        np.arctan2,
        (lambda u, v: v / (u**2 + v**2), lambda u, v: -u / (u**2 + v**2)),
        {
            (0, 0): lambda u, v: -2.0 * u * v / (u**2 + v**2) ** 2,
            (0, 1): lambda u, v: (u**2 - v**2) / (u**2 + v**2) ** 2,
            (1, 1): lambda u, v: 2.0 * u * v / (u**2 + v**2) ** 2,
        },
    ),
}
"""What an expression may call."""

CONSTANTS: Final = {"pi": math.pi, "e": math.e}
"""Numbers with a name."""
