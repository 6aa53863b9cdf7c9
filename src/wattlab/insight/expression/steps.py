"""An expression as a row of steps: each takes its arguments from a stack and leaves its result there.

So nothing is nested, and whatever a text holds is computed without recursion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from wattlab.insight.expression.functions import FUNCTIONS, OPERATORS, Function

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["Call", "Number", "Step", "Variable", "follow"]

Thing = TypeVar("Thing")


class Number(NamedTuple):
    """A constant.

    Attributes
    ----------
    value : float
    """

    value: float


class Variable(NamedTuple):
    """One of the arguments.

    Attributes
    ----------
    place : int
        Counted from 0.
    """

    place: int


class Call(NamedTuple):
    """An operator or function of what lies on top of the stack.

    Attributes
    ----------
    name : str
    """

    name: str

    @property
    def function(self) -> Function:
        """What it computes, with its derivatives."""
        return OPERATORS.get(self.name) or FUNCTIONS[self.name]


Step = Number | Variable | Call


def follow(
    steps: Iterable[Step],
    number: Callable[[float], Thing],
    variable: Callable[[int], Thing],
    call: Callable[[Call, Sequence[Thing]], Thing],
) -> Thing:
    """Compute with whatever the three functions make: values, values with derivatives, polynomials.

    Parameters
    ----------
    steps : iterable of Step
        Of a whole expression.
    number, variable : callable
        Make a thing of a constant, of the place of an argument.
    call : callable
        Makes a thing of an operator or function and of its arguments.

    Returns
    -------
    Thing
        What is left at the end.
    """
    stack: list[Thing] = []
    for step in steps:
        if isinstance(step, Number):
            stack.append(number(step.value))
        elif isinstance(step, Variable):
            stack.append(variable(step.place))
        else:
            first = len(stack) - step.function.n_arguments
            stack[first:] = [call(step, stack[first:])]
    (thing,) = stack
    return thing
