"""The mathematics of a learning-rate ramp: its rates, its smoothed loss, and when it ends."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SmoothedLoss", "log_spaced"]


def log_spaced(low: float, high: float, steps: int) -> NDArray[np.float64]:
    """Return learning rates whose logarithms lie evenly, both ends among them.

    Parameters
    ----------
    low, high : float
        First and last rate, > 0.
    steps : int
        How many, at least 2.

    Examples
    --------
    >>> log_spaced(0.001, 1.0, 4).round(6).tolist()
    [0.001, 0.01, 0.1, 1.0]
    """
    return np.geomspace(low, high, steps)


class SmoothedLoss:
    """Exponential smoothing with bias correction, and the best value so far.

    Parameters
    ----------
    beta : float
        Share that is kept of what was before, in [0, 1): about 1/(1 − beta) values count.

    Notes
    -----
    m = β m + (1 − β) x from m = 0; the smoothed value after n of them is m / (1 − βⁿ), so that the first is x itself.

    References
    ----------
    D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015, section 3 (bias correction).

    Examples
    --------
    >>> smooth = SmoothedLoss(0.5)
    >>> [round(smooth.add(x), 6) for x in (4.0, 1.0, 1.0)]
    [4.0, 2.0, 1.428571]
    """

    def __init__(self, beta: float) -> None:
        self._beta, self._mean, self._n = beta, 0.0, 0
        self.values: list[float] = []
        self.best = inf

    def add(self, value: float) -> float:
        """Take in a value, and return the smoothed one."""
        self._n += 1
        self._mean = self._beta * self._mean + (1 - self._beta) * value
        smoothed = self._mean / (1 - self._beta**self._n)
        self.values.append(smoothed)
        self.best = min(self.best, smoothed)
        return smoothed
