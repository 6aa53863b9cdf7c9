"""The samples nearest to and farthest from the centre of each cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from wattlab.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.insight.clustering.clustering import Clustering

__all__ = ["Members", "members"]


class Members(NamedTuple):
    """Some members of each cluster, those nearest to its centre first, then those farthest from it.

    Attributes
    ----------
    title : str
        Whose clusters they are.
    circumstances : str
        How many samples were looked at.
    n_each : int
        Nearest members of a cluster, and as many farthest ones.
    rows : ndarray of shape (n_clusters, 2 n_each), int
        Which samples of the part: nearest first, each after the one before it by distance. −1: there is none.
    distances : ndarray of shape (n_clusters, 2 n_each)
        To the centre, after the scaling; NaN where there is none.
    features : ndarray of shape (n_clusters, 2 n_each, n_features)
        As in the data set; NaN where there is none.
    names : tuple of tuple of str
        Class of each, as `rows`; empty texts where there is no member, or there are no classes.
    middle, spread : ndarray of shape (n_features,)
        Mean and standard deviation of each feature over all samples of the part.
    counts : ndarray of shape (n_clusters,), int
        Samples of each cluster.
    feature_names : tuple of str
    image_shape : (int, int, int) or None
        Rows, columns and channels, where a sample is an image.
    """

    title: str
    circumstances: str
    n_each: int
    rows: NDArray[np.int64]
    distances: NDArray[np.float64]
    features: NDArray[np.float64]
    names: tuple[tuple[str, ...], ...]
    middle: NDArray[np.float64]
    spread: NDArray[np.float64]
    counts: NDArray[np.int64]
    feature_names: tuple[str, ...]
    image_shape: tuple[int, int, int] | None


def members(found: Clustering, n_each: int = 8) -> Members:
    """Return the nearest and the farthest members of each cluster.

    Parameters
    ----------
    found : Clustering
        From `find_clusters`.
    n_each : int, optional
        Of either kind. A cluster of fewer than twice as many has half of them on either side; the nearest side gets
        the odd one.

    Raises
    ------
    wattlab.errors.ParameterError
        If `n_each` is below 1.

    Examples
    --------
    >>> from wattlab.data import load
    >>> from wattlab.insight.clustering import find_clusters
    >>> members(find_clusters(load("digits"), 10), 3).rows.shape
    (10, 6)
    """
    if n_each < 1:
        msg = f"the number of members is {n_each}; expected a whole number of at least 1"
        raise ParameterError(msg)
    rows = np.stack([_ends(found, cluster, n_each) for cluster in range(found.n_clusters)])
    there = rows >= 0
    return Members(
        title=found.title,
        circumstances=found.circumstances,
        n_each=n_each,
        rows=rows,
        distances=np.where(there, found.distances[rows], np.nan),
        features=np.where(there[..., None], found.features[rows].astype(np.float64), np.nan),
        names=tuple(tuple(_name(found, row) for row in line) for line in rows),
        middle=found.middle,
        spread=found.spread,
        counts=found.counts,
        feature_names=tuple(found.feature_names),
        image_shape=found.image_shape,
    )


def _ends(found: Clustering, cluster: int, n_each: int) -> NDArray[np.int64]:
    """Return the rows of a cluster's nearest and farthest members, no sample twice."""
    mine = np.flatnonzero(found.clusters == cluster)
    mine = mine[np.argsort(found.distances[mine], kind="stable")]
    n_near = min(n_each, (len(mine) + 1) // 2)
    n_far = min(n_each, len(mine) - n_near)
    line = np.full(2 * n_each, -1, np.int64)
    line[:n_near] = mine[:n_near]
    line[2 * n_each - n_far :] = mine[len(mine) - n_far :]
    return line


def _name(found: Clustering, row: np.int64) -> str:
    if row < 0 or found.labels is None:
        return ""
    return found.classes[int(found.labels[row])]
