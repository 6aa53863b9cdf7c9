"""Read an expression: precedence as in Python, and every fault is told with its place."""

from __future__ import annotations

import difflib
import math
from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.insight.expression.functions import CONSTANTS, FUNCTIONS
from wattlab.insight.expression.problem import problem
from wattlab.insight.expression.steps import Call, Number, Step, Variable
from wattlab.insight.expression.tokens import Token, tokens

if TYPE_CHECKING:
    from wattlab.errors import ExpressionError

__all__ = ["MAX_LENGTH", "MAX_NESTING", "Reader"]

MAX_LENGTH: Final = 1000
"""Characters of a text."""
MAX_NESTING: Final = 60
"""Brackets in brackets, signs before signs, powers of powers."""

_BINDS: Final = {"+": 1, "-": 1, "*": 2, "/": 2, "**": 4}
_SIGN_BINDS: Final = 3
_ALIASES: Final = {
    "ln": "log",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "atan2": "arctan2",
    "max": "maximum",
    "min": "minimum",
    "fabs": "abs",
    "logistic": "sigmoid",
    "sgn": "sign",
    "pow": "x**y",
    "power": "x**y",
}


class Reader:
    """Reads one text into steps.

    Parameters
    ----------
    text : str
    arguments : tuple of str
        Names of the variables.
    """

    def __init__(self, text: str, arguments: tuple[str, ...]) -> None:
        self.text = text
        self.arguments = arguments
        self._tokens = tokens(text)
        self._steps: list[Step] = []
        self._nesting = 0

    def read(self) -> tuple[Step, ...]:
        """Return the steps of the whole text.

        Raises
        ------
        ExpressionError
            With the place of the first fault.
        """
        if len(self.text) > MAX_LENGTH:
            msg = f"an expression has at most {MAX_LENGTH} characters, this one {len(self.text)}"
            raise problem(self.text, MAX_LENGTH, msg)
        self._next = next(self._tokens)
        if not self._next.text:
            raise problem(self.text, 0, "there is nothing; expected an expression such as x**2 + 4*y**2")
        self._read_operand(0)
        if self._next.text:
            raise self._left_over(self._next)
        return tuple(self._steps)

    def _take(self) -> Token:
        token = self._next
        if token.kind != "end":
            self._next = next(self._tokens)
        return token

    def _read_operand(self, binding: int) -> None:
        """Read up to the first operator that binds less than `binding`."""
        self._nesting += 1
        if self._nesting > MAX_NESTING:
            raise self._at(self._next, f"nested too deep; at most {MAX_NESTING} levels are read")
        self._read_start()
        while self._next.kind == "sign" and _BINDS.get(self._next.text, -1) >= binding:
            operator = self._take()
            # Powers are read from the right: 2**3**2 is 2**9.
            self._read_operand(_BINDS[operator.text] + (operator.text != "**"))
            self._call(operator.text, operator)
        self._nesting -= 1

    def _read_start(self) -> None:
        token = self._take()
        if token.kind == "number":
            self._put_number(token)
        elif token.kind == "name":
            self._read_name(token)
        elif token.text == "(":
            self._read_operand(0)
            self._close(token)
        elif token.text in {"-", "+"}:
            self._read_operand(_SIGN_BINDS)
            if token.text == "-":
                self._call("negative", token)
        else:
            raise self._no_operand(token)

    def _put_number(self, token: Token) -> None:
        value = float(token.text)
        if not math.isfinite(value):
            raise self._at(token, "this number is too large; the largest is 1.8e308")
        self._steps.append(Number(value))

    def _read_name(self, token: Token) -> None:
        if token.text in FUNCTIONS:
            self._read_call(token)
        elif token.text in self.arguments:
            self._steps.append(Variable(self.arguments.index(token.text)))
        elif token.text in CONSTANTS:
            self._steps.append(Number(CONSTANTS[token.text]))
        else:
            raise self._unknown(token)

    def _read_call(self, name: Token) -> None:
        n_expected = FUNCTIONS[name.text].n_arguments
        example = f"{name.text}({', '.join(('x', 'y')[:n_expected])})"
        if self._next.text != "(":
            raise self._at(name, f"{name.text} needs brackets: {example}")
        bracket = self._take()
        n_given = 0
        while self._next.text != ")" or n_given:
            self._read_operand(0)
            n_given += 1
            if self._next.text != ",":
                break
            self._take()
        self._close(bracket)
        if n_given != n_expected:
            numbers = "number" if n_expected == 1 else "numbers"
            raise self._at(name, f"{name.text} takes {n_expected} {numbers}, not {n_given}: {example}")
        self._call(name.text, name)

    def _close(self, bracket: Token) -> None:
        if self._next.kind == "end":
            raise self._at(bracket, "this bracket is not closed")
        if self._next.text != ")":
            raise self._left_over(self._next)
        self._take()

    def _call(self, name: str, token: Token) -> None:
        """Add a call; of numbers alone it is computed at once."""
        call = Call(name)
        given = self._steps[len(self._steps) - call.function.n_arguments :]
        numbers = [step.value for step in given if isinstance(step, Number)]
        if len(numbers) < len(given):
            self._steps.append(call)
            return
        with np.errstate(all="ignore"):
            value = float(call.function.value(*map(np.float64, numbers)))
        if not math.isfinite(value):
            what = "not defined" if math.isnan(value) else "not finite"
            raise self._at(token, f"{_spoken(name, numbers)} is {what}; expected a finite number")
        self._steps[len(self._steps) - len(given) :] = [Number(value)]

    def _at(self, token: Token, what: str) -> ExpressionError:
        return problem(self.text, token.start, what, token.end)

    def _no_operand(self, token: Token) -> ExpressionError:
        found = "it ends" if token.kind == "end" else f"{token.text} stands"
        return self._at(token, f"{found} where a number, a name or ( is expected")

    def _left_over(self, token: Token) -> ExpressionError:
        """Return what is wrong with what follows a complete operand."""
        if token.text == ")":
            return self._at(token, "this bracket was not opened")
        if token.text == ",":
            return self._at(token, "a comma stands only between what a function takes; decimals have a point")
        return self._at(token, f"an operator is missing before {token.text}; write * to multiply")

    def _unknown(self, token: Token) -> ExpressionError:
        known = [*self.arguments, *CONSTANTS, *FUNCTIONS]
        close = difflib.get_close_matches(token.text.lower(), known, n=1, cutoff=0.6)
        meant = _ALIASES.get(token.text.lower()) or (close[0] if close else "")
        hint = f"; write {meant}" if meant else f"; known are {', '.join(known)}"
        return self._at(token, f"{token.text} is not known{hint}")


def _spoken(name: str, numbers: list[float]) -> str:
    texts = [f"{number:g}" for number in numbers]
    if name in _BINDS:
        return f" {name} ".join(texts)
    return f"{name}({', '.join(texts)})"
