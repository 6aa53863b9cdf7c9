"""Centroids as what was clustered: images, or rows of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wattlab.data.scaling import Normalise
from wattlab.insight.clustering.unscaling import NORMALISED, unscaled_centres

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wattlab.insight.clustering.clustering import Clustering

__all__ = ["Centroids", "centroids"]


class Centroids(NamedTuple):
    """The centres of clusters, with the scaling undone.

    Attributes
    ----------
    title : str
        Whose clusters they are.
    circumstances : str
        How many samples were looked at.
    values : ndarray of shape (n_clusters, n_features)
        In the units of the data set.
    spread : ndarray of shape (n_features,)
        Standard deviation of each feature over the samples, in the same units.
    middle : ndarray of shape (n_features,)
        Mean of each feature over the samples.
    counts : ndarray of shape (n_clusters,), int
        Samples of each cluster.
    feature_names : tuple of str
    image_shape : (int, int, int) or None
        Rows, columns and channels, where a sample is an image.
    note : str
        Where the scaling cannot be undone exactly; may be empty.
    """

    title: str
    circumstances: str
    values: NDArray[np.float64]
    spread: NDArray[np.float64]
    middle: NDArray[np.float64]
    counts: NDArray[np.int64]
    feature_names: tuple[str, ...]
    image_shape: tuple[int, int, int] | None
    note: str


def centroids(found: Clustering) -> Centroids:
    """Return the centres of clusters in the units of the data set.

    Parameters
    ----------
    found : Clustering
        From `find_clusters`.

    Examples
    --------
    >>> from wattlab.data import load
    >>> from wattlab.insight.clustering import find_clusters
    >>> centroids(find_clusters(load("digits"), 10)).values.shape
    (10, 64)
    """
    return Centroids(
        title=found.title,
        circumstances=found.circumstances,
        values=unscaled_centres(found),
        spread=found.spread,
        middle=found.middle,
        counts=found.counts,
        feature_names=tuple(found.feature_names),
        image_shape=found.image_shape,
        note=NORMALISED if isinstance(found.scaler, Normalise) else "",
    )
