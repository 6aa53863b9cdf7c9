"""A function given as text, with its value, gradient and Hessian."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wattlab.insight.expression.jets import jet
from wattlab.insight.expression.reader import Reader
from wattlab.insight.expression.steps import Call, Step, Variable, follow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from wattlab.insight.expression.functions import Floats

__all__ = ["Expression", "parse"]


@dataclass(frozen=True)
class Expression:
    """A function given as text. Made by `parse`.

    Attributes
    ----------
    text : str
        As it was written.
    arguments : tuple of str
        Names of what it is called with, in order.
    steps : tuple of Step
        How it is computed.

    Examples
    --------
    >>> bowl = parse("x**2 + 4*y**2")
    >>> bowl([0, 1, 2], 1).tolist()
    [4.0, 5.0, 8.0]
    >>> bowl.gradient(1, 1).tolist(), bowl.hessian(1, 1).tolist()
    ([2.0, 8.0], [[2.0, 0.0], [0.0, 8.0]])
    """

    text: str
    arguments: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def variables(self) -> tuple[str, ...]:
        """Those of the arguments that it depends on."""
        places = {step.place for step in self.steps if isinstance(step, Variable)}
        return tuple(name for place, name in enumerate(self.arguments) if place in places)

    def __call__(self, *values: ArrayLike) -> Floats:
        """Return the values; NaN or infinite where it has none.

        Parameters
        ----------
        *values : array_like
            One for each of `arguments`, of shapes that fit each other.

        Returns
        -------
        ndarray, float64
            Of their common shape.
        """
        given = self._arrays(values)
        with np.errstate(all="ignore"):
            found = follow(self.steps, _number, given.__getitem__, _apply)
        return _filled(found, given[0].shape)

    def gradient(self, *values: ArrayLike) -> Floats:
        """Return the first derivatives.

        Parameters
        ----------
        *values : array_like
            As for a call.

        Returns
        -------
        ndarray of shape (n_arguments, ...), float64
            NaN where the function has no value. At a kink, as of ``abs(x)`` at 0, the mean of both sides.
        """
        given = self._arrays(values)
        with np.errstate(all="ignore"):
            found = jet(self.steps, given, second=False)
        zero = np.where(np.isnan(found.value), np.nan, 0.0)
        rows = [found.slopes.get(place, zero) + zero for place in range(len(given))]
        return np.stack([_filled(row, given[0].shape) for row in rows])

    def hessian(self, *values: ArrayLike) -> Floats:
        """Return the second derivatives.

        Parameters
        ----------
        *values : array_like
            As for a call.

        Returns
        -------
        ndarray of shape (n_arguments, n_arguments, ...), float64
            Symmetric. NaN where the function has no value.
        """
        given = self._arrays(values)
        with np.errstate(all="ignore"):
            found = jet(self.steps, given, second=True)
        zero = np.where(np.isnan(found.value), np.nan, 0.0)
        result = np.empty((len(given), len(given), *given[0].shape))
        for i, j in np.ndindex(len(given), len(given)):
            result[i, j] = found.curvatures.get((min(i, j), max(i, j)), zero) + zero
        return result

    def _arrays(self, values: Sequence[ArrayLike]) -> tuple[Floats, ...]:
        if len(values) != len(self.arguments):
            msg = f"{self.text!r} takes {', '.join(self.arguments)}: {len(self.arguments)} values, not {len(values)}"
            raise TypeError(msg)
        return np.broadcast_arrays(*(np.asarray(value, np.float64) for value in values))


def parse(text: str, arguments: Sequence[str] = ("x", "y")) -> Expression:
    """Return the function that a text describes; nothing but arithmetic can be in it.

    Parameters
    ----------
    text : str
        Numbers, the arguments, ``pi`` and ``e``, the operators ``+ - * / **`` with the precedence they have in Python,
        brackets, and calls of the functions in `FUNCTIONS`.
    arguments : sequence of str
        Names of the variables, in the order in which the function takes them.

    Returns
    -------
    Expression

    Raises
    ------
    ExpressionError
        The text holds something else, is too long or too deeply nested, or a part of it, such as ``log(0)``, is not
        a finite number; the message shows the place.
    """
    return Expression(text, tuple(arguments), Reader(text, tuple(arguments)).read())


def _number(value: float) -> Floats:
    return np.asarray(value, np.float64)


def _apply(call: Call, values: Sequence[Floats]) -> Floats:
    found: Floats = call.function.value(*values)
    return found


def _filled(values: Floats, shape: tuple[int, ...]) -> Floats:
    return np.array(np.broadcast_to(values, shape), np.float64)
