"""How many samples lie where a normal distribution would have them: shares in regions, for all and for each class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from wattlab.errors import DataError
from wattlab.insight.geometry.confidence import mahalanobis_radius
from wattlab.insight.geometry.normal import Normal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattlab.insight.geometry.ellipse import Ellipse

    Floats = NDArray[np.float64]

__all__ = ["Axes", "Region", "Share", "View", "main_axes", "shares", "view_of"]

Axes = tuple[int, int] | Literal["pca"]


class Share(NamedTuple):
    """Samples in a region of the whole code, of as many dimensions as that has.

    Attributes
    ----------
    confidence : float
        Share that a normal distribution has in it. Unit: 1.
    inside : float
        Share of the samples. Unit: 1.
    standard_error : float
        By how much `inside` would vary among as many normal samples: √(c (1 − c) / n). Unit: 1.
    """

    confidence: float
    inside: float
    standard_error: float


class Region(NamedTuple):
    """An ellipse in the plane of a view, with the samples in it.

    Attributes
    ----------
    group : str
        Name of a class; empty: all samples.
    confidence : float
        Share that the group's normal distribution has in it. Unit: 1.
    inside : float
        Share of the group's samples. Unit: 1.
    n_samples : int
        Of the group.
    ellipse : Ellipse
    """

    group: str
    confidence: float
    inside: float
    n_samples: int
    ellipse: Ellipse


class View(NamedTuple):
    """Codes in a plane.

    Attributes
    ----------
    names : (str, str)
        Of both axes.
    directions : ndarray of shape (d, 2)
        Unit vectors of both axes in the space of codes, at a right angle.
    points : ndarray of shape (n_samples, 2)
    normal : Normal
        The fitted distribution in this plane.
    standard : Ellipse
        The circle in which the standard normal distribution has as much as the fitted one in its largest ellipse.
    regions : tuple of Region
        Of all samples first, then class by class; the largest ellipse of each group first.
    left_out : tuple of str
        Classes with too few samples for an ellipse, or all on one line.
    """

    names: tuple[str, str]
    directions: Floats
    points: Floats
    normal: Normal
    standard: Ellipse
    regions: tuple[Region, ...]
    left_out: tuple[str, ...]


def shares(codes: Floats, normal: Normal, confidences: Sequence[float]) -> tuple[Share, ...]:
    """Count samples in the ellipsoids of a fitted normal distribution.

    Parameters
    ----------
    codes : ndarray of shape (n_samples, d)
        A row a sample.
    normal : Normal
        Fitted to them.
    confidences : sequence of float
        Between 0 and 1.
    """
    distances = normal.mahalanobis(codes)
    return tuple(
        Share(
            one,
            float(np.mean(distances <= mahalanobis_radius(one, codes.shape[1]))),
            float(np.sqrt(one * (1 - one) / len(codes))),
        )
        for one in confidences
    )


def view_of(
    codes: Floats,
    normal: Normal,
    axes: Axes | None,
    grouped: tuple[NDArray[np.int64] | None, Sequence[str]],
    confidences: Sequence[float],
) -> View | None:
    """Return codes in a plane, with the ellipses of all samples and of each class; None for codes of one number.

    Parameters
    ----------
    codes : ndarray of shape (n_samples, d)
        A row a sample.
    normal : Normal
        Fitted to them.
    axes : (int, int), "pca" or None
        Two numbers of the code, counted from 0; "pca": the two main axes of the fitted covariance. None: the numbers
        themselves where there are two, else "pca".
    grouped : (ndarray of shape (n_samples,) or None, sequence of str)
        Class indices, and the names of the classes.
    confidences : sequence of float
        Of the ellipses.

    Raises
    ------
    wattlab.errors.DataError
        If the code does not have these axes.
    """
    d = codes.shape[1]
    if d == 1:
        if axes is not None:
            raise DataError("axes are given, but the code has one number and no plane; leave them out")
        return None
    chosen: Axes = ((0, 1) if d == 2 else "pca") if axes is None else axes
    directions, names = _main(normal) if chosen == "pca" else _coordinates(chosen, d)
    points = codes @ directions
    seen = normal.image(directions.T)
    groups, classes = grouped
    members = (
        {name: points[groups == place] for place, name in enumerate(classes)} if groups is not None else {}
    )
    flat = tuple(name for name, rows in members.items() if _is_flat(rows))
    regions = _regions("", points, seen, confidences)
    for name, rows in members.items():
        if name not in flat:
            regions += _regions(name, rows, Normal.from_samples(rows), confidences)
    standard = Normal.standard(2).region(max(confidences))
    return View(names, directions, points, seen, standard, tuple(regions), flat)


def _is_flat(points: Floats) -> bool:
    """Tell whether points are too few for an ellipse, or lie on a line."""
    return len(points) < 3 or bool(np.linalg.matrix_rank(points - points.mean(axis=0)) < 2)


def _regions(group: str, points: Floats, normal: Normal, confidences: Sequence[float]) -> list[Region]:
    found = []
    for one in sorted(confidences, reverse=True):
        ellipse = normal.region(one)
        found.append(Region(group, one, float(ellipse.contains(points).mean()), len(points), ellipse))
    return found


def _coordinates(axes: tuple[int, int], d: int) -> tuple[Floats, tuple[str, str]]:
    if len(set(axes)) != 2 or not set(axes) <= set(range(d)):
        found = ",".join(map(str, axes))
        raise DataError(
            f"axes are {found}, but the code has {d} numbers; give two different ones from 0 to {d - 1}, or 'pca'"
        )
    return np.eye(d)[:, list(axes)], (f"code {axes[0]}", f"code {axes[1]}")


def _main(normal: Normal) -> tuple[Floats, tuple[str, str]]:
    variances, directions = main_axes(normal)
    first, second = (100 * variances[:2] / variances.sum()).round().astype(int)
    return directions[:, :2], (
        f"main axis 1 ({first} % of the variance)",
        f"main axis 2 ({second} %)",
    )


def main_axes(normal: Normal) -> tuple[Floats, Floats]:
    """Return variances along the main axes, the largest first, and their directions as columns.

    The largest entry of each direction is positive, so that the same codes never show them turned round.

    Parameters
    ----------
    normal : Normal
        In any number of dimensions.
    """
    variances, directions = np.linalg.eigh(normal.covariance)
    turned = directions[:, ::-1]
    largest = np.abs(turned).argmax(axis=0)
    signs = np.sign(turned[largest, np.arange(len(largest))])
    return variances[::-1].copy(), turned * signs
