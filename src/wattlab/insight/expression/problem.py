"""How a faulty expression is answered: what is wrong, and a caret below the place."""

from __future__ import annotations

import unicodedata
from typing import Final

from wattlab.errors import ExpressionError

__all__ = ["problem"]

_AROUND: Final = 34
"""Characters shown on either side of the place; the whole must fit into 80 columns."""


def problem(text: str, start: int, what: str, end: int | None = None) -> ExpressionError:
    """Return the error for a place of a text.

    Parameters
    ----------
    text : str
        The whole expression.
    start : int
        First character that is meant, counted from 0.
    what : str
        What is wrong there and what would be right.
    end : int or None
        One behind the last character that is meant; None: one character is.

    Returns
    -------
    ExpressionError
        Its message shows the text with carets below what is meant.
    """
    left, right = max(0, start - _AROUND), min(len(text), start + _AROUND)
    before = ("… " if left else "") + _plain(text[left:start])
    rest = _plain(text[start:right]) + (" …" if right < len(text) else "")
    meant = text[start : min(right, start + 1 if end is None else end)]
    carets = "^" * max(1, _width(_plain(meant)))
    message = f"expression, column {start + 1}: {what}\n  {before}{rest}\n  {' ' * _width(before)}{carets}"
    return ExpressionError(message, start)


def _plain(text: str) -> str:
    """Return text in which nothing moves the cursor."""
    return "".join(
        "" if unicodedata.combining(one) else one if one.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for one in text
    )


def _width(text: str) -> int:
    """Return the columns of a terminal that a text takes."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)
