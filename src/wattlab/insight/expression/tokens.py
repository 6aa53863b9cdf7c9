"""Cut the text of an expression into numbers, names and signs."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from wattlab.insight.expression.problem import problem

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Token", "tokens"]

_TOKEN: Final = re.compile(
    r"[ \t\r\n]*(?:"
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z_0-9]*)"
    r"|(?P<sign>\*\*|[-+*/(),])"
    r"|(?P<end>\Z)"
    r")"
)
_WRITE: Final = {
    "^": "**",
    "×": "*",
    "·": "*",
    "⋅": "*",
    "∗": "*",
    "÷": "/",
    "−": "-",
    "–": "-",
    "²": "**2",
    "³": "**3",
    "π": "pi",
    "√": "sqrt(…)",
    "[": "(",
    "]": ")",
    "{": "(",
    "}": ")",
}
_WHY: Final = {
    ".": "a point stands only in a number such as 0.5; functions are written without a module: sin(x)",
    "=": "one expression is meant, not an equation; leave out what stands before it",
    "<": "there are no comparisons; sign, relu, minimum and maximum can switch",
    ">": "there are no comparisons; sign, relu, minimum and maximum can switch",
    "%": "there is no remainder; write x - floor(x) for what is behind the point of x",
    "|": "write abs(x) for an absolute value",
    '"': "there is no text in an expression",
    "'": "there is no text in an expression",
}


class Token(NamedTuple):
    """A piece of the text.

    Attributes
    ----------
    kind : {"number", "name", "sign", "end"}
    text : str
        Empty at the end.
    start, end : int
        Where it is: the first character, and one behind the last.
    """

    kind: Literal["number", "name", "sign", "end"]
    text: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """Yield the pieces one by one, so that the first fault of a text is the one that is told.

    Raises
    ------
    ExpressionError
        A character has no meaning here.
    """
    place, kind = 0, ""
    while kind != "end":
        found = _TOKEN.match(text, place)
        if found is None:
            raise _stray(text, place)
        kind = found.lastgroup or "end"
        place = found.end()
        yield Token(kind, found[kind], found.start(kind), place)  # type: ignore[arg-type]


def _stray(text: str, place: int) -> Exception:
    start = place + len(text[place:]) - len(text[place:].lstrip(" \t\r\n"))
    one = text[start]
    if one in _WRITE:
        return problem(text, start, f"{one} is not allowed; write {_WRITE[one]}")
    if one in _WHY:
        return problem(text, start, f"{one} is not allowed: {_WHY[one]}")
    called = "" if one.isascii() and one.isprintable() else f" ({unicodedata.name(one, f'U+{ord(one):04X}')})"
    shown = one if one.isprintable() else "this character"
    allowed = "digits, the letters a to z and + - * / ** ( ) , are allowed"
    return problem(text, start, f"{shown}{called} is not allowed; only {allowed}")
