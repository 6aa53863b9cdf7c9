"""Values with their first and second derivatives, carried forward through an expression."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from wattlab.insight.expression.steps import follow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from wattlab.insight.expression.functions import Floats
    from wattlab.insight.expression.steps import Call, Step

__all__ = ["Jet", "jet"]


class Jet(NamedTuple):
    """A value with derivatives; those that are missing are zero everywhere.

    Attributes
    ----------
    value : ndarray
    slopes : dict of int to ndarray
        First derivatives by each argument.
    curvatures : dict of (int, int) to ndarray
        Second derivatives by two arguments, the lower first.
    """

    value: Floats
    slopes: dict[int, Floats]
    curvatures: dict[tuple[int, int], Floats]


def jet(steps: Iterable[Step], values: Sequence[Floats], *, second: bool) -> Jet:
    """Return the value of an expression with its first, and on demand its second derivatives.

    Parameters
    ----------
    steps : iterable of Step
        Of a whole expression.
    values : sequence of ndarray
        Of the arguments, float64.
    second : bool
        The second derivatives are wanted.

    Returns
    -------
    Jet

    References
    ----------
    A. Griewank, A. Walther, Evaluating Derivatives, 2nd edition, SIAM, 2008, chapters 3 and 13.
    """
    return follow(steps, _constant, _seed(values), _chain_twice if second else _chain)


def _constant(value: float) -> Jet:
    return Jet(np.asarray(value, np.float64), {}, {})


def _seed(values: Sequence[Floats]) -> Callable[[int], Jet]:
    return lambda place: Jet(values[place], {place: np.ones_like(values[place])}, {})


def _chain(call: Call, inner: Sequence[Jet]) -> Jet:
    """Apply the chain rule to the first derivatives."""
    values = [one.value for one in inner]
    slopes: dict[int, Floats] = {}
    for outer, one in zip(call.function.slopes, inner, strict=True):
        if outer is not None and one.slopes:
            factor = outer(*values)
            for place, slope in one.slopes.items():
                _add(slopes, place, factor * slope)
    return Jet(call.function.value(*values), slopes, {})


def _chain_twice(call: Call, inner: Sequence[Jet]) -> Jet:
    """Apply the chain rule to the first and second derivatives."""
    values = [one.value for one in inner]
    result = _chain(call, inner)
    for outer, one in zip(call.function.slopes, inner, strict=True):
        if outer is not None and one.curvatures:
            factor = outer(*values)
            for pair, curvature in one.curvatures.items():
                _add(result.curvatures, pair, factor * curvature)
    for (first, second), outer in call.function.curvatures.items():
        if inner[first].slopes and inner[second].slopes:
            factor = outer(*values) if first == second else 2.0 * outer(*values)
            _add_products(result.curvatures, factor, inner[first], inner[second])
    return result


def _add_products(curvatures: dict[tuple[int, int], Floats], factor: Floats, one: Jet, other: Jet) -> None:
    """Add a second derivative times the slopes of two arguments: half of it in each of both orders."""
    for i, j in product(one.slopes, other.slopes):
        share = 1.0 if i == j else 0.5
        _add(curvatures, (min(i, j), max(i, j)), share * factor * one.slopes[i] * other.slopes[j])


def _add(sums: dict[int, Floats] | dict[tuple[int, int], Floats], key: object, term: Floats) -> None:
    before = sums.get(key)  # type: ignore[call-overload]
    sums[key] = term if before is None else before + term  # type: ignore[index]
