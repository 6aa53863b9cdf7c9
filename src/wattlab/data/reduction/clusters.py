"""Distances to the centres of clusters, found by scikit-learn's mini-batch k-means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from wattlab.data.checks import frozen
from wattlab.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

    from wattlab.recipe.preparation import Clusters

__all__ = ["Distances", "check_clusters", "fit_clusters"]


@dataclass(frozen=True, eq=False)
class Distances:
    """Euclidean distances to centres: what scikit-learn calls the cluster-distance space.

    Parameters
    ----------
    centres : ndarray of shape (n_clusters, n_features)
    """

    centres: NDArray[np.floating]
    kind: ClassVar = "distances"
    keeps_bytes: ClassVar = False

    @property
    def n_features_out(self) -> int:
        """Number of clusters."""
        return int(self.centres.shape[0])

    def apply(self, features: NDArray[Any], dtype: DTypeLike) -> NDArray[Any]:
        """Return the distances in `dtype`; scikit-learn adds up in float64."""
        from sklearn.metrics import euclidean_distances  # half a second to import

        if not len(features):
            return np.empty((0, self.n_features_out), dtype)
        centres = self.centres.astype(dtype, copy=False)
        distances: NDArray[Any] = euclidean_distances(np.asarray(features, dtype), centres)
        return distances.astype(dtype, copy=False)

    def image_shape(self, before: tuple[int, int, int] | None) -> None:  # noqa: ARG002 (whatever it was)
        """Return None: no pixels are left."""
        return

    def affine(self) -> None:
        """Return None: distances are not linear in the features."""
        return

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the centres."""
        return {"centres": self.centres}

    @classmethod
    def from_arrays(cls, centres: NDArray[np.floating]) -> Distances:
        """Return what `to_arrays` was called on."""
        return cls(centres)


def fit_clusters(spec: Clusters, features: NDArray[np.floating]) -> Distances:
    """Find the centres.

    Parameters
    ----------
    spec : Clusters
        From the recipe.
    features : ndarray of shape (n_samples, n_features)
        To learn from; floating-point numbers.

    Raises
    ------
    wattlab.errors.DataError
        If there are fewer samples than clusters.

    References
    ----------
    D. Sculley, Web-scale k-means clustering, WWW 2010.
    """
    from sklearn.cluster import MiniBatchKMeans  # half a second to import
    from threadpoolctl import threadpool_limits

    check_clusters(spec.n_clusters, len(features))
    search = MiniBatchKMeans(
        spec.n_clusters,
        batch_size=spec.batch_size,
        n_init=spec.n_init,
        max_iter=spec.max_iter,
        max_no_improvement=spec.max_no_improvement or None,
        tol=spec.tol,
        random_state=spec.seed,
        # Nobody asks for labels; but scikit-learn, in a search of one step, has no inertia without them.
        compute_labels=spec.max_iter * len(features) < 2 * min(spec.batch_size, len(features)),
    )
    # The products of k-means++ are so small that handing them out costs more than it saves.
    with threadpool_limits(1, "blas"):
        found = search.fit(features)
    return Distances(frozen(found.cluster_centers_))


def check_clusters(n_clusters: int, n_samples: int) -> None:
    """Refuse more clusters than samples; `wattlab.errors.DataError` names both."""
    if n_clusters > n_samples:
        raise DataError(
            f"preparation.reduction.n_clusters is {n_clusters}, but there are only {n_samples} samples to find "
            f"clusters among; set it to {n_samples} or less"
        )
