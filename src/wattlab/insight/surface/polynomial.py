"""Multiply an expression out, where it is a polynomial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.insight.expression.steps import follow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.insight.expression import Expression
    from wattlab.insight.expression.steps import Call

__all__ = ["Polynomial", "polynomial"]

Polynomial = dict[tuple[int, ...], float]
"""Factors of the powers of the arguments: ``{(2, 0): 1.0, (0, 1): -3.0}`` is ``x**2 - 3*y``."""

_MAX_DEGREE: Final = 8


def polynomial(expression: Expression) -> Polynomial | None:
    """Return the expression as a sum of powers; None if it is no polynomial of degree 8 or less.

    Parameters
    ----------
    expression : Expression
        Of any number of arguments.

    Returns
    -------
    dict of tuple of int to float, or None
        Without powers whose factors are 0.

    Examples
    --------
    >>> from wattlab.insight.expression import parse
    >>> polynomial(parse("(x + y)**2 - x*(x + 2*y)"))
    {(0, 2): 1.0}
    >>> polynomial(parse("sin(x)"))
    """
    nothing = (0,) * len(expression.arguments)

    def variable(place: int) -> Polynomial:
        return {tuple(int(i == place) for i in range(len(nothing))): 1.0}

    return follow(expression.steps, lambda value: _tidy({nothing: value}), variable, _apply)


def _apply(call: Call, given: Sequence[Polynomial | None]) -> Polynomial | None:
    known = [one for one in given if one is not None]
    if len(known) < len(given) or call.name not in _RULES:
        return None
    return _RULES[call.name](*known)


def _add(first: Polynomial, second: Polynomial, sign: float = 1.0) -> Polynomial:
    result = dict(first)
    for powers, factor in second.items():
        result[powers] = result.get(powers, 0.0) + sign * factor
    return _tidy(result)


def _multiply(first: Polynomial, second: Polynomial) -> Polynomial | None:
    result: Polynomial = {}
    for one, factor in first.items():
        for other, weight in second.items():
            powers = tuple(i + j for i, j in zip(one, other, strict=True))
            result[powers] = result.get(powers, 0.0) + factor * weight
    result = _tidy(result)
    return None if max(map(sum, result), default=0) > _MAX_DEGREE else result


def _divide(first: Polynomial, second: Polynomial) -> Polynomial | None:
    divisor = _constant(second)
    return {powers: factor / divisor for powers, factor in first.items()} if divisor else None


def _power(base: Polynomial, exponent: Polynomial) -> Polynomial | None:
    times = _constant(exponent)
    if times is None or times not in range(_MAX_DEGREE + 1) or not base:
        return None
    result: Polynomial | None = {(0,) * len(next(iter(base))): 1.0}
    for _ in range(int(times)):
        result = result and _multiply(result, base)
    return result


def _constant(given: Polynomial) -> float | None:
    """Return the value of what depends on nothing; None for all else."""
    if any(map(sum, given)):
        return None
    return sum(given.values())


def _tidy(given: Polynomial) -> Polynomial:
    return {powers: factor for powers, factor in given.items() if factor}


_RULES: Final[dict[str, Callable[..., Polynomial | None]]] = {
    "negative": lambda one: {powers: -factor for powers, factor in one.items()},
    "+": _add,
    "-": lambda first, second: _add(first, second, -1.0),
    "*": _multiply,
    "/": _divide,
    "**": _power,
}
