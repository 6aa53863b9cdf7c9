"""Which classes share a cluster, and how far clusters and classes are the same division."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from wattlab.errors import UnsupportedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.insight.clustering.clustering import Clustering

__all__ = ["Composition", "composition"]


class Composition(NamedTuple):
    """Samples by cluster and class.

    Attributes
    ----------
    title : str
        Whose clusters they are.
    circumstances : str
        How many samples were looked at.
    counts : ndarray of shape (n_clusters, n_classes), int
    classes : tuple of str
    main : ndarray of shape (n_clusters,), int
        The class that most samples of a cluster have; −1 where it has none.
    purities : ndarray of shape (n_clusters,)
        Share of that class in the cluster; NaN where it is empty.
    purity : float
        Share of all samples that are of the main class of their cluster.
    homogeneity : float
        1: each cluster holds one class only. 0: clusters say nothing of the class.
    completeness : float
        1: each class lies in one cluster only.
    v_measure : float
        Harmonic mean of the two.
    adjusted_rand : float
        Agreement of both divisions on pairs of samples; 0 by chance, 1 where they are the same.

    References
    ----------
    A. Rosenberg and J. Hirschberg, V-Measure: a conditional entropy-based external cluster evaluation measure,
    EMNLP-CoNLL 2007.
    """

    title: str
    circumstances: str
    counts: NDArray[np.int64]
    classes: tuple[str, ...]
    main: NDArray[np.int64]
    purities: NDArray[np.float64]
    purity: float
    homogeneity: float
    completeness: float
    v_measure: float
    adjusted_rand: float


def composition(found: Clustering) -> Composition:
    """Count which classes share a cluster; the scores are scikit-learn's.

    Parameters
    ----------
    found : Clustering
        From `find_clusters`.

    Raises
    ------
    wattlab.errors.UnsupportedError
        If the data has no classes.

    Examples
    --------
    >>> from wattlab.data import load
    >>> from wattlab.insight.clustering import find_clusters
    >>> found = composition(find_clusters(load("digits"), 10))
    >>> found.counts.shape, found.purity > 0.5
    ((10, 10), True)
    """
    if found.labels is None:
        msg = f"{found.title} has no classes, so there is nothing to hold the clusters against"
        raise UnsupportedError(msg)
    from sklearn.metrics import adjusted_rand_score, homogeneity_completeness_v_measure

    n_classes = len(found.classes)
    pairs = np.bincount(found.clusters * n_classes + found.labels, minlength=found.n_clusters * n_classes)
    counts = pairs.reshape(found.n_clusters, n_classes)
    sizes, largest = counts.sum(axis=1), counts.max(axis=1)
    scores = homogeneity_completeness_v_measure(found.labels, found.clusters)
    homogeneity, completeness, v_measure = (float(one) for one in scores)
    return Composition(
        title=found.title,
        circumstances=found.circumstances,
        counts=counts,
        classes=found.classes,
        main=np.where(sizes > 0, counts.argmax(axis=1), -1),
        purities=np.where(sizes > 0, largest / np.maximum(sizes, 1), np.nan),
        purity=float(largest.sum() / sizes.sum()),
        homogeneity=homogeneity,
        completeness=completeness,
        v_measure=v_measure,
        adjusted_rand=float(adjusted_rand_score(found.labels, found.clusters)),
    )
