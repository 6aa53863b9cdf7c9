"""Centres that were found, and the samples of one part of the data, each in the cluster of its nearest centre."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattlab.data.reduction.clusters import Distances
    from wattlab.data.scaling import Scaler

__all__ = ["Clustering"]


@dataclass(frozen=True, eq=False, repr=False)
class Clustering:
    """Samples in clusters.

    Parameters
    ----------
    title : str
        Whose clusters they are.
    part : str
        Of the data that is looked at.
    scaler : Scaler
        Applied to the features before distances are found.
    centres : ndarray of shape (n_clusters, n_features)
        After that scaling.
    features : ndarray of shape (n_samples, n_features)
        As in the data set.
    clusters : ndarray of shape (n_samples,), int
        Index of the nearest centre.
    distances : ndarray of shape (n_samples,)
        Euclidean, to that centre, after the scaling.
    labels : ndarray of shape (n_samples,), int, or None
        Class of each sample; None where the data has no classes.
    classes : tuple of str
        Their names.
    feature_names : sequence of str
    image_shape : (int, int, int) or None
        Rows, columns and channels, where a sample is an image.
    n_fitted : int
        Samples that the centres were found among.
    """

    title: str
    part: str
    scaler: Scaler
    centres: NDArray[np.floating]
    features: NDArray[Any]
    clusters: NDArray[np.int64]
    distances: NDArray[np.float64]
    labels: NDArray[np.int64] | None
    classes: tuple[str, ...]
    feature_names: Sequence[str]
    image_shape: tuple[int, int, int] | None
    n_fitted: int

    @property
    def n_clusters(self) -> int:
        """Number of centres."""
        return len(self.centres)

    @property
    def n_samples(self) -> int:
        """Samples of the part."""
        return len(self.clusters)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Samples of each cluster, shape (n_clusters,)."""
        return np.bincount(self.clusters, minlength=self.n_clusters)

    @cached_property
    def middle(self) -> NDArray[np.float64]:
        """Mean of each feature over the samples, shape (n_features,)."""
        return np.asarray(self.features.mean(axis=0, dtype=np.float64))

    @cached_property
    def spread(self) -> NDArray[np.float64]:
        """Standard deviation of each feature over the samples, shape (n_features,)."""
        return np.sqrt(np.maximum(0.0, _mean_square(self.features) - self.middle**2))

    @property
    def inertia(self) -> float:
        """Sum of the squared distances, as scikit-learn's ``inertia_``, over the samples of the part."""
        return float(self.distances @ self.distances)

    @property
    def circumstances(self) -> str:
        """How many samples are looked at, and among how many the centres were found."""
        return f"{self.n_samples:,} samples ({self.part} part), centres found among {self.n_fitted:,}"

    def scaled(self, rows: NDArray[np.integer[Any]]) -> NDArray[np.floating]:
        """Return the features of some samples as distances see them, float32."""
        scaled: NDArray[np.floating] = self.scaler.apply(self.features[rows], np.float32)
        return scaled

    def __repr__(self) -> str:
        return f"Clustering({self.title}: {self.n_clusters} clusters, {self.circumstances})"


def _mean_square(features: NDArray[Any], block: int = 8192) -> NDArray[np.float64]:
    """Return the mean square of each feature, without a second copy of all of them."""
    blocks = (
        np.asarray(features[start : start + block], np.float64) for start in range(0, len(features), block)
    )
    sums = sum(np.einsum("ij,ij->j", one, one) for one in blocks)
    return np.asarray(sums) / len(features)


def nearest_centres(
    features: NDArray[Any], scaler: Scaler, reducer: Distances, block: int = 8192
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return each sample's nearest centre and the distance to it, some samples at a time."""
    clusters, distances = np.empty(len(features), np.int64), np.empty(len(features))
    for start in range(0, len(features), block):
        rows = slice(start, start + block)
        found = reducer.apply(scaler.apply(features[rows], np.float32), np.float32)
        clusters[rows], distances[rows] = found.argmin(axis=1), found.min(axis=1)
    return clusters, distances
