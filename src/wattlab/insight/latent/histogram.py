"""How often which code occurs, where a code is one number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from wattlab.insight.geometry.normal import Normal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Histogram", "histogram_of"]


_MOST_BINS: Final = 100
"""One sample far out would have the others' bins as narrow as they need them, up to it."""


class Histogram(NamedTuple):
    """A histogram with two normal densities.

    Attributes
    ----------
    edges : ndarray of shape (n_bins + 1,)
    density : ndarray of shape (n_bins,)
        Share of the samples by width of the bin.
    x : ndarray of shape (n_points,)
    fitted, standard : ndarray of shape (n_points,)
        Densities of the fitted and of the standard normal distribution at `x`.
    """

    edges: Floats
    density: Floats
    x: Floats
    fitted: Floats
    standard: Floats


def histogram_of(codes: Floats, normal: Normal) -> Histogram:
    """Count codes in bins whose number follows from how many there are.

    Parameters
    ----------
    codes : ndarray of shape (n_samples,)
        One number a sample.
    normal : Normal
        Fitted to them.
    """
    density, edges = np.histogram(codes, bins=_n_bins(codes), density=True)
    room = 0.1 * (edges[-1] - edges[0])
    x = np.linspace(edges[0] - room, edges[-1] + room, 201)
    fitted, standard = (np.exp(one.log_density(x[:, np.newaxis])) for one in (normal, Normal.standard(1)))
    return Histogram(edges, density, x, fitted, standard)


def _n_bins(codes: Floats) -> int:
    """Return how many bins: by the rule of Freedman and Diaconis or of Sturges, whichever gives more."""
    low, high = np.percentile(codes, [25, 75])
    n, breadth = len(codes), 2 * float(high - low) / len(codes) ** (1 / 3)
    wanted = float(np.ptp(codes)) / breadth if breadth else 0.0
    return int(np.ceil(min(max(wanted, np.log2(n) + 1), _MOST_BINS)))
