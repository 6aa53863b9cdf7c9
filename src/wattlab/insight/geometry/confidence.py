"""How far out a share of a normal distribution reaches."""

from __future__ import annotations

import math

from wattlab.insight.geometry.checks import read_confidence, read_positive

__all__ = ["confidence_of", "mahalanobis_radius"]


def mahalanobis_radius(confidence: float, n_dimensions: int) -> float:
    """Return the Mahalanobis distance within which a share of a normal distribution lies.

    The square of that distance has a chi-square distribution with as many degrees of freedom as dimensions.

    Parameters
    ----------
    confidence : float
        Between 0 and 1, both excluded. Unit: 1.
    n_dimensions : int
        Of the distribution.

    Returns
    -------
    float
        Unit: standard deviations.

    Examples
    --------
    >>> mahalanobis_radius(0.95, 1), mahalanobis_radius(0.95, 2)
    (1.95996, 2.44775)
    """
    from scipy.special import gammaincinv

    return math.sqrt(2.0 * float(gammaincinv(n_dimensions / 2.0, read_confidence(confidence))))


def confidence_of(radius: float, n_dimensions: int) -> float:
    """Return which share of a normal distribution lies within a Mahalanobis distance.

    Parameters
    ----------
    radius : float
        Above 0. Unit: standard deviations.
    n_dimensions : int
        Of the distribution.

    Returns
    -------
    float
        Unit: 1.

    Examples
    --------
    >>> [round(confidence_of(1.0, n), 4) for n in (1, 2, 3)]
    [0.6827, 0.3935, 0.1987]
    """
    from scipy.special import gammainc

    return float(gammainc(n_dimensions / 2.0, read_positive(radius, "radius") ** 2 / 2.0))
