"""Ways to add numbers, each rounding as it says, and how far off theory lets them be."""

from __future__ import annotations

from collections.abc import Callable
from math import frexp, ldexp
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from wattlab.demonstrations.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["METHODS", "Method", "kahan_sums", "naive_sums", "pairwise_depth", "pairwise_sums"]

_STALL_EVERY: Final = 1024
_LEAF: Final = 128
_RUNNING: Final = 8


def naive_sums(values: NDArray[np.float64], sizes: Sequence[int], accumulator: str) -> NDArray[np.float64]:
    """Add one number after another, each step rounded.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Numbers, none of them negative, that the accumulator's format holds.
    sizes : sequence of int
        Sums of so many of the first values are returned, ascending.
    accumulator : str
        Format of the running sum.
    """
    if accumulator == "bfloat16":
        return _naive_bfloat16(values, sizes)
    running = np.add.accumulate(values.astype(accumulator))
    return np.asarray(running[np.asarray(sizes) - 1], np.float64)


def _naive_bfloat16(values: NDArray[np.float64], sizes: Sequence[int]) -> NDArray[np.float64]:
    """NumPy has no bfloat16: each step is exact in float64, then rounded."""
    total, largest, sums, start = 0.0, float(values.max()), [], 0
    for stop in sizes:
        for at in range(start, stop, _STALL_EVERY):
            # Where the largest changes nothing, none of them does: rounding keeps the order.
            if _bfloat16(total + largest) == total:
                break
            for value in values[at : min(at + _STALL_EVERY, stop)].tolist():
                total = _bfloat16(total + value)
        sums.append(total)
        start = stop
    return np.array(sums)


def _bfloat16(value: float) -> float:
    significand, exponent = frexp(value)
    precision = FORMATS["bfloat16"].precision
    return ldexp(round(ldexp(significand, precision)), exponent - precision)


def pairwise_sums(values: NDArray[np.float64], sizes: Sequence[int], accumulator: str) -> NDArray[np.float64]:
    """Add by `numpy.sum`: halves of halves, up to 128 numbers at their ends by eight running sums."""
    given = values.astype(accumulator)
    return np.array([float(np.sum(given[:size])) for size in sizes])


def kahan_sums(values: NDArray[np.float64], sizes: Sequence[int], accumulator: str) -> NDArray[np.float64]:
    """Add one number after another, and carry along what each step rounded away.

    References
    ----------
    W. Kahan, "Further remarks on reducing truncation errors", Communications of the ACM 8 (1965), 40.
    """
    zero = np.dtype(accumulator).type(0)
    total, lost, sums, start = zero, zero, [], 0
    for stop in sizes:
        for value in values[start:stop].astype(accumulator):
            corrected = value - lost
            grown = total + corrected
            lost = (grown - total) - corrected
            total = grown
        sums.append(float(total))
        start = stop
    return np.array(sums)


def pairwise_depth(n: int) -> int:
    """Return how many additions lie on the longest way of a number through `numpy.sum`.

    References
    ----------
    NumPy, ``loops_utils.h.src``, ``pairwise_sum``.

    Examples
    --------
    >>> [pairwise_depth(n) for n in (1, 7, 128, 1024, 2**20)]
    [0, 6, 18, 21, 31]
    """
    if n < _RUNNING:
        return max(0, n - 1)
    if n <= _LEAF:
        # Eight running sums, three additions to join them, and what is left over one by one.
        return n // _RUNNING - 1 + 3 + n % _RUNNING
    half = n // 2 - n // 2 % _RUNNING
    return 1 + max(pairwise_depth(half), pairwise_depth(n - half))


def _linear(n: int, u: float) -> float:  # noqa: ARG001 (as the others)
    return n - 1


def _by_depth(n: int, u: float) -> float:  # noqa: ARG001 (as the others)
    return pairwise_depth(n)


def _compensated(n: int, u: float) -> float:
    return 2 + n * u


Sums = Callable[["NDArray[np.float64]", "Sequence[int]", str], "NDArray[np.float64]"]


class Method(NamedTuple):
    """A way to add numbers.

    Attributes
    ----------
    label : str
        What it is called.
    numbers, accumulator : str
        Formats of the numbers, and of the sum.
    order : {"one by one", "pairwise", "compensated"}
        How it adds.
    sums : callable
        Takes values, sizes and the accumulator's format; returns a sum for each size.
    factor : callable
        From how many numbers, none negative, and u to the bound of the relative error in units of u.
    """

    label: str
    numbers: str
    accumulator: str
    order: str
    sums: Sums
    factor: Callable[[int, float], float]

    def bound(self, n: int) -> float:
        """Return the largest relative error that the sum of `n` numbers, none negative, can have."""
        u = FORMATS[self.accumulator].unit_roundoff
        grown = self.factor(n, u) * u
        # (1 + u)^k − 1 is at most k u / (1 − k u); beyond k u = 1 the theory promises nothing.
        return grown / (1 - grown) if grown < 1 else float("inf")


METHODS: Final = (
    Method("bfloat16, one by one", "bfloat16", "bfloat16", "one by one", naive_sums, _linear),
    Method("float16, one by one", "float16", "float16", "one by one", naive_sums, _linear),
    Method("float16 in float32", "float16", "float32", "one by one", naive_sums, _linear),
    Method("float32, one by one", "float32", "float32", "one by one", naive_sums, _linear),
    Method("float32, pairwise", "float32", "float32", "pairwise", pairwise_sums, _by_depth),
    Method("float32, Kahan", "float32", "float32", "compensated", kahan_sums, _compensated),
    Method("float64, one by one", "float64", "float64", "one by one", naive_sums, _linear),
)
