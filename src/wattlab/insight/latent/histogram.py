"""How often which code occurs, where a code is one number."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from wattlab.insight.geometry.normal import Normal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Histogram", "histogram_of"]


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
    density, edges = np.histogram(codes, bins="auto", density=True)
    room = 0.1 * (edges[-1] - edges[0])
    x = np.linspace(edges[0] - room, edges[-1] + room, 201)
    fitted, standard = (np.exp(one.log_density(x[:, np.newaxis])) for one in (normal, Normal.standard(1)))
    return Histogram(edges, density, x, fitted, standard)
