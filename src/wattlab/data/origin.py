"""Where data comes from, in full and in short; parts are divided by a semicolon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["left_out_text", "origin", "short_origin"]

_LEFT_OUT: Final = "that cannot be decoded left out"
_LISTED: Final = 5


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
    left_out = [part.partition(":")[0] for part in others if _LEFT_OUT in part]
    return origin(what.partition(", from ")[0], *left_out)


def left_out_text(pictures: Sequence[str]) -> str:
    """Return how many pictures were left out, and the first of them.

    Examples
    --------
    >>> left_out_text(["a.png (truncated)"])
    '1 picture that cannot be decoded left out: a.png (truncated)'
    """
    listed = ", ".join(pictures[:_LISTED]) + ", …" * (len(pictures) > _LISTED)
    return f"{len(pictures)} picture{'' if len(pictures) == 1 else 's'} {_LEFT_OUT}: {listed}"
