"""Four ways to pick a learning rate from a curve of losses: valley, slide, minimum, steep.

The formulas are those of fastai 2's ``callback/schedule.py``; where that counts steps, ours counts decades of the
learning rate, so that a picker means the same however many steps a range has. At fastai's own spacing, 100 steps over
eight decades, both give the same rates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["PICKERS", "Picker", "minimum", "slide", "steep", "valley"]

Picker = Literal["valley", "slide", "minimum", "steep"]
_SPACING: Final = 8 / 100
"""Decades between two steps of fastai's range."""
_SLIDE_DECADES: Final = 15 * _SPACING
_SLIDE_CHANGE: Final = 0.005 / _SPACING


def valley(rates: NDArray[np.float64], losses: NDArray[np.float64]) -> float:
    """Return the rate half-way through the middle third of the longest valley.

    The valley is the longest strictly decreasing subsequence of the losses, not necessarily of neighbours. The picker
    takes the place one half behind its first third: there the loss still falls.

    Parameters
    ----------
    rates, losses : ndarray of shape (n_steps,)
        Rates increasing; losses smoothed.

    References
    ----------
    ESRI, https://forums.fast.ai/t/automated-learning-rate-suggester/44199/30; fastai's default.

    Examples
    --------
    >>> rates = np.geomspace(1e-4, 1e1, 6)
    >>> round(valley(rates, np.array([3.0, 2.9, 2.0, 1.0, 0.5, 9.0])), 6)
    0.0001
    """
    lengths = np.ones(len(losses), np.int64)
    for place in range(1, len(losses)):
        lengths[place] += lengths[:place].max(initial=0, where=losses[:place] > losses[place])
    end = int(lengths.argmax())
    start = end - int(lengths[end]) if lengths[end] > 1 else 0
    third = (end - start) / 3
    return float(rates[start + int(third) + int(third / 2)])


def slide(rates: NDArray[np.float64], losses: NDArray[np.float64]) -> float:
    """Return the rate at which, coming from the right, slopes a window apart are no longer different.

    A window of 1.2 decades slides from the largest rates to smaller ones for as long as the slopes at its two ends
    differ by more than 0.0625 a decade; the answer is the rate at its left end.

    Parameters
    ----------
    rates : ndarray of shape (n_steps,)
        Evenly spaced by their logarithms, increasing.
    losses : ndarray of shape (n_steps,)
        Smoothed, on a scale on which learning takes away about 1.

    References
    ----------
    A. Chang, https://forums.fast.ai/t/automated-learning-rate-suggester/44199, as in fastai's ``slide``.
    """
    decades = float(np.log10(rates[1] / rates[0]))
    slopes = np.gradient(losses, decades)
    right = -1
    left = right - min(max(1, round(_SLIDE_DECADES / decades)), len(rates) - 1)
    found = rates[left]
    while left >= -len(losses) and abs(slopes[right] - slopes[left]) > _SLIDE_CHANGE:
        found = rates[left]
        right, left = right - 1, left - 1
    return float(found)


def minimum(rates: NDArray[np.float64], losses: NDArray[np.float64]) -> float:
    """Return a tenth of the rate at which the loss is lowest.

    At the minimum itself the loss has stopped falling; an order of magnitude below, it still falls.

    Parameters
    ----------
    rates, losses : ndarray of shape (n_steps,)
        Losses smoothed.

    References
    ----------
    S. Gugger, "How do you find a good learning rate", https://sgugger.github.io, 2018, as in fastai's ``minimum``.

    Examples
    --------
    >>> round(minimum(np.array([0.01, 0.1, 1.0]), np.array([3.0, 1.0, 2.0])), 6)
    0.01
    """
    return float(rates[losses.argmin()]) / 10


def steep(rates: NDArray[np.float64], losses: NDArray[np.float64]) -> float:
    """Return the rate behind which the loss falls most steeply against the logarithm of the rate.

    Differences by the rate itself would make the smallest rates look steepest.

    Parameters
    ----------
    rates, losses : ndarray of shape (n_steps,)
        Losses smoothed.

    References
    ----------
    fastai's ``steep``; L. N. Smith, "Cyclical learning rates for training neural networks", WACV 2017, section 3.3.

    Examples
    --------
    >>> steep(np.array([0.01, 0.1, 1.0]), np.array([3.0, 2.9, 1.0]))
    0.1
    """
    return float(rates[(np.diff(losses) / np.diff(np.log(rates))).argmin()])


PICKERS: Final[dict[Picker, Callable[[NDArray[np.float64], NDArray[np.float64]], float]]] = dict(
    zip(get_args(Picker), (valley, slide, minimum, steep), strict=True)
)
"""All of them by name."""
