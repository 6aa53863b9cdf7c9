"""Names for features whose source has none, made when they are asked for: pictures have 200,000 of them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from math import prod
from typing import overload

__all__ = ["MadeNames", "NumberedNames", "PixelNames"]


class MadeNames(Sequence[str]):
    """A sequence of names of which none is kept; a subclass says what the name at an index is.

    Parameters
    ----------
    count : int
        How many there are.
    """

    def __init__(self, count: int) -> None:
        self._indices = range(count)

    @abstractmethod
    def name(self, index: int) -> str:
        """Return the name of the feature at an index from 0 to the count − 1."""

    def __len__(self) -> int:
        return len(self._indices)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        if isinstance(index, slice):
            return tuple(map(self.name, self._indices[index]))
        return self.name(self._indices[index])


class NumberedNames(MadeNames):
    """``feature_<index>``.

    Examples
    --------
    >>> list(NumberedNames(3))
    ['feature_0', 'feature_1', 'feature_2']
    """

    def name(self, index: int) -> str:
        """Return the name of the feature at an index."""
        return f"feature_{index}"


class PixelNames(MadeNames):
    """``pixel_<row>_<column>``, row by row, and ``pixel_<row>_<column>_<channel>`` where channels are several.

    Parameters
    ----------
    shape : (int, int, int)
        Rows, columns, channels.

    Examples
    --------
    >>> list(PixelNames((1, 2, 1)))
    ['pixel_0_0', 'pixel_0_1']
    >>> PixelNames((256, 256, 3))[-1]
    'pixel_255_255_2'
    """

    def __init__(self, shape: tuple[int, int, int]) -> None:
        super().__init__(prod(shape))
        self.shape = shape

    def name(self, index: int) -> str:
        """Return the name of the feature at an index."""
        _, columns, channels = self.shape
        pixel, channel = divmod(index, channels)
        place = f"pixel_{pixel // columns}_{pixel % columns}"
        return place if channels == 1 else f"{place}_{channel}"
