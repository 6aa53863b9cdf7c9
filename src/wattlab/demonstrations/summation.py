"""Demonstration: the error of a sum, by number format and by the order in which it is added."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING, Final

import numpy as np

from wattlab.demonstrations.formats import FORMATS, rounded
from wattlab.demonstrations.outcome import Demonstrated
from wattlab.demonstrations.sums import METHODS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattlab.demonstrations.sums import Method

__all__ = ["SumErrors", "Summation", "demonstrate_summation", "relative_errors"]

_SIZES: Final = (10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
_TRIALS: Final = 5


@dataclass(frozen=True)
class SumErrors:
    """One way to add.

    Attributes
    ----------
    label, numbers, accumulator, order : str
        As `wattlab.demonstrations.sums.Method` has them.
    errors : ndarray of shape (n_trials, n_sizes)
        |sum − exact sum| over the exact sum.
    median : ndarray of shape (n_sizes,)
        Over the trials.
    bound : ndarray of shape (n_sizes,)
        What the error cannot exceed; infinite where theory promises nothing.
    last_sum, last_exact : float
        Of the largest size in the first trial.
    """

    label: str
    numbers: str
    accumulator: str
    order: str
    errors: NDArray[np.float64]
    median: NDArray[np.float64]
    bound: NDArray[np.float64]
    last_sum: float
    last_exact: float


@dataclass(frozen=True)
class Summation(Demonstrated):
    """Errors of sums of numbers drawn uniformly from [0, 1).

    Attributes
    ----------
    sizes : tuple of int
        How many numbers are added.
    methods : tuple of SumErrors

    References
    ----------
    N. J. Higham, "The accuracy of floating point summation", SIAM Journal on Scientific Computing 14 (1993), 783-799.
    """

    sizes: tuple[int, ...]
    methods: tuple[SumErrors, ...]

    @property
    def sentence(self) -> str:
        """Say what became of the largest sum in the half formats, and what saves it."""
        found = {one.label: one for one in self.methods}
        half, kept = found["float16, one by one"], found["float16 in float32"]
        return (
            f"Added one by one, {self.sizes[-1]:,} numbers whose sum is {half.last_exact:,.0f} come to "
            f"{half.last_sum:,.0f} in float16 and to {found['bfloat16, one by one'].last_sum:,.0f} in bfloat16; a "
            f"float32 sum of the same float16 numbers is off by {kept.median[-1]:.1g} of itself."
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """Say what was added, what is compared, and what the bounds are."""
        what = (
            f"Relative errors against the exact sum (math.fsum) of the numbers as each format holds them; medians of "
            f"{len(self.methods[0].errors)} draws from [0, 1)."
        )
        stall = (
            "Numbers below 1 no longer change a sum whose last place is worth 2: it stalls, in bfloat16 at 256, in "
            "float16 at 2048."
        )
        bounds = (
            "Bounds (Higham 1993): (n − 1) u one by one; the depth of the tree times u pairwise, which is log₂ n and, "
            "as NumPy adds up to 128 numbers by eight running sums, about 12 more; 2 u for Kahan's."
        )
        return what, stall, bounds


def demonstrate_summation(sizes: Sequence[int] = _SIZES, trials: int = _TRIALS, seed: int = 0) -> Summation:
    """Add the same numbers in every way.

    Parameters
    ----------
    sizes : sequence of int, optional
        How many numbers, ascending.
    trials : int, optional
        Draws.
    seed : int, optional
        Of the numbers.

    Examples
    --------
    >>> found = demonstrate_summation([10, 10_000], trials=1)
    >>> [one.last_sum for one in found.methods[:2]]
    [256.0, 2048.0]
    """
    draws = np.random.default_rng(seed).random((trials, sizes[-1]))
    return Summation(tuple(sizes), tuple(_errors(method, draws, sizes) for method in METHODS))


def _errors(method: Method, draws: NDArray[np.float64], sizes: Sequence[int]) -> SumErrors:
    form = FORMATS[method.numbers]
    values = [rounded(one, form) for one in draws]
    sums = [method.sums(one, sizes, method.accumulator) for one in values]
    errors = np.array([relative_errors(one, sizes, found) for one, found in zip(values, sums, strict=True)])
    return SumErrors(
        method.label,
        method.numbers,
        method.accumulator,
        method.order,
        errors,
        np.median(errors, axis=0),
        np.array([method.bound(size) for size in sizes]),
        float(sums[0][-1]),
        fsum(values[0].tolist()),
    )


def relative_errors(
    values: NDArray[np.float64], sizes: Sequence[int], sums: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how far sums of the first values are from the exact sums, relative to these.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Numbers.
    sizes : sequence of int
        How many of them each sum has, ascending.
    sums : ndarray of shape (n_sizes,)
        Computed sums.

    Notes
    -----
    The exact sum is kept as two float64 numbers, the nearest one and the nearest to the rest, so that float64 sums
    have errors, too. Each stretch of values is added to what came before once.

    Examples
    --------
    >>> relative_errors(np.array([1.0, 2.0**-53]), [1, 2], np.array([1.0, 1.0])) == [0.0, 2.0**-53 / (1 + 2.0**-53)]
    array([ True, True])
    """
    high, low, start, errors = 0.0, 0.0, 0, []
    for stop, found in zip(sizes, sums.tolist(), strict=True):
        terms = [high, low, *values[start:stop].tolist()]
        high = fsum(terms)
        low = fsum([*terms, -high])
        errors.append(abs(fsum([high, low, -found])) / high)
        start = stop
    return np.array(errors)
