"""Values at which contour lines are drawn."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wattlab.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Levels = int | Sequence[float] | NDArray[np.floating[Any]]

__all__ = ["find_levels"]

MAX_LEVELS: Final = 200


def find_levels(levels: Levels, low: float, high: float) -> NDArray[np.float64]:
    """Return the levels, ascending.

    Parameters
    ----------
    levels : int or array_like of float
        Into how many areas the values are cut at most, or the levels themselves.
    low, high : float
        Smallest and largest value.

    Returns
    -------
    ndarray of shape (n_levels,)
        Round numbers from `low` or a little below to `high` or a little above, none if those are the same; or those
        given, sorted.

    Raises
    ------
    ParameterError
        There would be none, more than 200, one that is not finite, or one twice.

    Examples
    --------
    >>> find_levels(5, 0.0, 101.0).tolist()
    [0.0, 25.0, 50.0, 75.0, 100.0, 125.0]
    """
    if not isinstance(levels, (int, np.integer)):
        return _checked(levels)
    if not 1 <= levels <= MAX_LEVELS:
        raise ParameterError(
            f"levels (--levels) is {levels}; expected 1 to {MAX_LEVELS}, or the levels themselves"
        )
    if low == high:
        return np.empty(0)
    # Halves, as the sum of both may be too large for a number.
    middle, half = 0.5 * low + 0.5 * high, 0.5 * high - 0.5 * low
    if half <= 1e-12 * abs(middle):
        half = 0.5 * abs(middle) or 0.5
    scale = 10.0 ** floor(log10(max(abs(middle), half, 1e-300)))
    ticks = _round_numbers(int(levels), (middle - half) / scale, (middle + half) / scale)
    return np.array([float(f"{scale * tick + 0.0:.12g}") for tick in ticks])


def _round_numbers(n_areas: int, low: float, high: float) -> Sequence[float]:
    """Return round numbers a step apart that reach from `low` to `high`; those two, where none do in so few steps."""
    from matplotlib.ticker import MaxNLocator

    for n_steps in range(n_areas, 0, -1):
        ticks = MaxNLocator(n_steps, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        if len(ticks) <= n_areas + 1:
            return [float(tick) for tick in ticks]
    return low, high


def _checked(levels: Sequence[float] | NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    found = np.unique(np.asarray(levels, np.float64))
    if not 1 <= len(found) <= MAX_LEVELS or not np.isfinite(found).all() or len(found) < len(levels):
        given = ", ".join(f"{one:g}" for one in levels)
        msg = f"levels (--levels) are {given}; expected 1 to {MAX_LEVELS} finite numbers, each once"
        raise ParameterError(msg)
    return found
