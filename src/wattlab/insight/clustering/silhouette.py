"""How much closer each sample is to its own cluster than to the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from wattlab.errors import ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.insight.clustering.clustering import Clustering

__all__ = ["Silhouette", "silhouette"]

_SEED = 0
"""That of `wattlab clusters`, whose mean silhouette is then found from the same samples."""


class Silhouette(NamedTuple):
    """Silhouette coefficients of samples, between −1 (in the wrong cluster) and 1 (far from any other).

    Attributes
    ----------
    title : str
        Whose clusters they are.
    circumstances : str
        How many samples were looked at.
    rows : ndarray of shape (n_chosen,), int
        Which samples of the part.
    clusters : ndarray of shape (n_chosen,), int
    values : ndarray of shape (n_chosen,)
        Empty where `reason` says why there are none.
    means : ndarray of shape (n_clusters,)
        Of each cluster; NaN where none of its samples was chosen.
    mean : float
        Of all that were chosen; NaN where there are none.
    n_samples : int
        Of the part, from which they were chosen at random.
    reason : str
        Why there are no silhouettes; empty where there are.

    References
    ----------
    P. J. Rousseeuw, Silhouettes: a graphical aid to the interpretation and validation of cluster analysis, J. Comput.
    Appl. Math. 20, 1987.
    """

    title: str
    circumstances: str
    rows: NDArray[np.int64]
    clusters: NDArray[np.int64]
    values: NDArray[np.float64]
    means: NDArray[np.float64]
    mean: float
    n_samples: int
    reason: str = ""

    @property
    def is_exact(self) -> bool:
        """Whether all samples of the part were taken."""
        return len(self.rows) == self.n_samples


def silhouette(found: Clustering, most_samples: int = 5000) -> Silhouette:
    """Return the silhouette of each sample, by scikit-learn.

    Parameters
    ----------
    found : Clustering
        From `find_clusters`.
    most_samples : int, optional
        Time grows with the square of their number, so of a larger part so many are chosen at random.

    Raises
    ------
    wattlab.errors.ParameterError
        If `most_samples` is below 2.

    Examples
    --------
    >>> from wattlab.data import load
    >>> from wattlab.insight.clustering import find_clusters
    >>> 0 < silhouette(find_clusters(load("digits"), 10)).mean < 1
    True
    """
    if most_samples < 2:
        msg = f"silhouette samples are {most_samples}; expected a whole number of at least 2"
        raise ParameterError(msg)
    from sklearn.metrics import silhouette_samples  # half a second to import

    n_chosen = min(found.n_samples, most_samples)
    rows = np.sort(np.random.default_rng(_SEED).permutation(found.n_samples)[:n_chosen])
    clusters = found.clusters[rows]
    reason = _undefined(len(np.unique(clusters)), n_chosen)
    values = (
        np.zeros(0) if reason else np.asarray(silhouette_samples(found.scaled(rows), clusters), np.float64)
    )
    return Silhouette(
        title=found.title,
        circumstances=found.circumstances,
        rows=rows,
        clusters=clusters,
        values=values,
        means=_means(values, clusters, found.n_clusters),
        mean=float(values.mean()) if values.size else np.nan,
        n_samples=found.n_samples,
        reason=reason,
    )


def _undefined(n_found: int, n_chosen: int) -> str:
    if 2 <= n_found < n_chosen:
        return ""
    return (
        f"a silhouette needs 2 to {n_chosen - 1} clusters that hold any of the {n_chosen} samples, and there "
        f"{'is' if n_found == 1 else 'are'} {n_found}"
    )


def _means(values: NDArray[np.float64], clusters: NDArray[np.int64], n_clusters: int) -> NDArray[np.float64]:
    if not values.size:
        return np.full(n_clusters, np.nan)
    counts = np.bincount(clusters, minlength=n_clusters)
    sums = np.bincount(clusters, values, minlength=n_clusters)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
