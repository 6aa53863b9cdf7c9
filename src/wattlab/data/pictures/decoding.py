"""One picture: from the bytes of a file to pixels."""

from __future__ import annotations

import struct
import zlib
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from wattlab.data.pictures.album import Encoded

__all__ = ["UndecodableError", "decode", "look_at"]

_GREY: Final = frozenset({"1", "L", "LA", "La", "I;16", "I;16L", "I;16B", "I;16N"})
_TOO_WIDE: Final = frozenset({"I", "F"})
_FAULTS: Final = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error)
"""What Pillow's plug-ins raise at damaged files."""


class UndecodableError(Exception):
    """Bytes that are no picture, or not all of one; the message says why."""


def look_at(encoded: Encoded) -> tuple[tuple[int, int], bool]:
    """Return rows and columns of a picture, and whether it is grey, from its header alone.

    Raises
    ------
    UndecodableError
        If it has no header that is known.
    """
    if isinstance(encoded, np.ndarray):
        rows, columns, channels = encoded.shape
        return (rows, columns), channels == 1
    with _opened(encoded) as picture:
        return (picture.height, picture.width), picture.mode in _GREY


def decode(encoded: Encoded, channels: int, shape: tuple[int, int] | None = None) -> NDArray[np.uint8]:
    """Return the pixels of a picture.

    Parameters
    ----------
    encoded : Path, bytes, or ndarray of shape (rows, columns, channels)
        Any format that Pillow reads. Of 16 bits a channel the upper 8 are kept; transparency is ignored.
    channels : 1 or 3
        Grey, or red, green and blue.
    shape : (int, int), optional
        Rows and columns to resize to, by Pillow's bilinear filter, which averages where it makes smaller; left out:
        as they are.

    Returns
    -------
    ndarray of shape (rows, columns, channels), uint8

    Raises
    ------
    UndecodableError
        If it cannot be decoded to its end.
    """
    if isinstance(encoded, np.ndarray):
        return encoded
    with _opened(encoded) as picture:
        if picture.mode in _TOO_WIDE:
            msg = "it has 32 bits a pixel; expected 8 or 16 a channel"
            raise UndecodableError(msg)
        converted = _as_bytes(picture).convert("L" if channels == 1 else "RGB")
        if shape is not None:
            from PIL.Image import Resampling

            converted = converted.resize(shape[::-1], Resampling.BILINEAR)
        return np.asarray(converted).reshape(converted.height, converted.width, channels)


def _as_bytes(picture: Any) -> Any:
    """Return a picture whose channels have 8 bits, and whose palette, if it has one, is looked up."""
    if picture.mode.startswith("I;16"):
        from PIL import Image

        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    # A palette may name a transparent colour, which only RGBA has room for.
    return picture.convert("RGBA") if picture.mode == "P" else picture


@contextmanager
def _opened(encoded: Path | bytes | None) -> Iterator[Any]:
    """Open a picture; whatever Pillow has against its bytes becomes one error."""
    from PIL import Image, UnidentifiedImageError

    if not encoded:
        msg = "there are no bytes"
        raise UndecodableError(msg)
    try:
        with Image.open(BytesIO(encoded) if isinstance(encoded, bytes) else encoded) as picture:
            yield picture
    except UnidentifiedImageError as error:
        msg = "it is in no format that is known"
        raise UndecodableError(msg) from error
    except (*_FAULTS, Image.DecompressionBombError) as error:
        raise UndecodableError(str(error)) from error
