"""Where data comes from, in full and in short; parts are divided by a semicolon."""

from __future__ import annotations

from typing import Final

__all__ = ["LEFT_OUT", "origin", "short_origin"]

LEFT_OUT: Final = "that cannot be decoded left out"
"""What is said of pictures that are not learned from."""


def origin(*parts: str) -> str:
    """Return the source of data in full: what it is, then how it is kept, then what was left out.

    Examples
    --------
    >>> origin("CIFAR-10, original, from /data", "held in memory")
    'CIFAR-10, original, from /data; held in memory'
    """
    return "; ".join(parts)


def short_origin(source: str) -> str:
    """Return what data is and how many pictures were left out, without the folders where it lies.

    Parameters
    ----------
    source : str
        In full, from `origin`.

    Examples
    --------
    >>> short_origin("CIFAR-10, original, from /data; 32 × 32 pixels, 175 MiB held in memory")
    'CIFAR-10, original'
    >>> short_origin("/pets; kept in /cache; 2 pictures that cannot be decoded left out: a.png, b.png")
    '/pets; 2 pictures that cannot be decoded left out'
    """
    what, *others = source.split("; ")
    left_out = [part.partition(":")[0] for part in others if LEFT_OUT in part]
    return origin(what.partition(", from ")[0], *left_out)
