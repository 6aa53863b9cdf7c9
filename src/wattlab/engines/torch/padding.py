"""Padding "same" as TensorFlow and Keras have it: where an odd number of pixels is added, the end gets one more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wattlab.recipe.layers import pair

if TYPE_CHECKING:
    from wattlab.recipe.layers import Pool
    from wattlab.recipe.shapes import Shape

__all__ = ["PoolWindow", "pool_window", "same_padding", "transposed_ends"]

Pair = tuple[int, int]


def same_padding(length: int, size: int, stride: int) -> Pair:
    """Return how many pixels padding "same" adds before and after the ``length`` pixels of an axis.

    Examples
    --------
    >>> same_padding(32, 3, 1), same_padding(32, 3, 2), same_padding(33, 3, 2)
    ((1, 1), (0, 1), (1, 1))
    """
    count = -(-length // stride)
    total = max((count - 1) * stride + size - length, 0)
    return total // 2, total - total // 2


def transposed_ends(padding: str, size: int, stride: int) -> tuple[int, int, int]:
    """Return what a transposed convolution cuts off at both ends of an axis, adds at its end, and cuts off there.

    With padding "same" what is longer than ``stride`` times the length goes, half of it at each end. Where strides
    reach further than kernels, the end is filled up.

    Examples
    --------
    >>> transposed_ends("same", 4, 2), transposed_ends("same", 3, 2), transposed_ends("valid", 2, 3)
    ((1, 0, 0), (0, 0, 1), (0, 1, 0))
    """
    surplus = max(size - stride, 0) if padding == "same" else 0
    return surplus // 2, max(stride - size, 0), surplus % 2


@dataclass(frozen=True)
class PoolWindow:
    """A pooling window in the words of torch.

    Parameters
    ----------
    size, stride : (int, int)
        Rows and columns.
    padding : (int, int)
        Added at both ends; never counted.
    ceil : bool
        Whether the last window may reach over the end.
    drop : (int, int)
        Windows that are left out at the beginning of each axis.
    """

    size: Pair
    stride: Pair
    padding: Pair
    ceil: bool
    drop: Pair


def pool_window(spec: Pool, shape: Shape) -> PoolWindow:
    """Return the window of a pooling layer that is fed images of a shape.

    torch pads both ends alike. Where the end gets one more, its last window may reach over the end instead; with stride
    1 no window would, so there one pixel more is added at both ends, and the first window left out.
    """
    size, stride = pair(spec.size), pair(spec.size if spec.stride is None else spec.stride)
    if spec.padding == "valid":
        return PoolWindow(size, stride, (0, 0), ceil=False, drop=(0, 0))
    padding, drop = [], []
    for length, one, step in zip(shape[:2], size, stride, strict=True):
        before, after = same_padding(length, one, step)
        more = int(after > before and step == 1)
        padding.append(before + more)
        drop.append(more)
    return PoolWindow(size, stride, (padding[0], padding[1]), ceil=True, drop=(drop[0], drop[1]))
