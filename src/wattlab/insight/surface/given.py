"""Read spans, sizes and levels as people write them: ``-5:5``, ``6x5``, ``12`` or ``0,1,5``."""

from __future__ import annotations

from math import inf, isfinite

from wattlab.errors import ParameterError

__all__ = ["parse_levels", "parse_pair"]


def parse_pair(
    text: str, option: str, between: str, *, low: float = -inf, high: float = inf
) -> tuple[float, float]:
    """Return two numbers.

    Parameters
    ----------
    text : str
        As given.
    option : str
        Named in the message.
    between : str
        What stands between them.
    low, high : float
        Within which both must be.

    Raises
    ------
    ParameterError
        There are not two finite numbers, or they lie outside.

    Examples
    --------
    >>> parse_pair("-5:2.5", "--x", ":")
    (-5.0, 2.5)
    """
    found = tuple(_number(part) for part in text.strip().split(between))
    if len(found) != 2 or not all(isfinite(one) and low <= one <= high for one in found):
        limits = "" if low == -inf else f", each from {low:g} to {high:g}"
        example = f"-5{between}5" if low == -inf else f"6{between}5"
        msg = f"{option} is {text.strip()!r}; expected two numbers such as {example}{limits}"
        raise ParameterError(msg)
    return found[0], found[1]


def parse_levels(text: str) -> int | list[float]:
    """Return a number of areas, or the levels themselves where there are commas or a point.

    Raises
    ------
    ParameterError
        The text is neither.

    Examples
    --------
    >>> parse_levels("12"), parse_levels("0, 1.5, 5"), parse_levels("2,")
    (12, [0.0, 1.5, 5.0], [2.0])
    """
    parts = [part for part in text.split(",") if part.strip()]
    if "," not in text and text.strip().isdecimal():
        return int(text)
    levels = [_number(part) for part in parts]
    if not levels or not all(map(isfinite, levels)) or (len(parts) == 1 and "," not in text):
        msg = f"--levels is {text.strip()!r}; expected a number of areas such as 12, or levels such as 0,1,5 or 2,"
        raise ParameterError(msg)
    return levels


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return inf
