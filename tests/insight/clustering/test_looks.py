"""Centroids, silhouettes, members and composition, against scikit-learn and NumPy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn import metrics
from sklearn.cluster import MiniBatchKMeans

from wattlab.data import load
from wattlab.errors import ParameterError, UnsupportedError
from wattlab.insight.clustering import (
    Clustering,
    centroids,
    composition,
    find_clusters,
    members,
    silhouette,
)


@pytest.fixture(scope="module")
def digits() -> Clustering:
    """Return ten clusters of the digits."""
    return find_clusters(load("digits"), 10)


@pytest.fixture(scope="module")
def blobs() -> Clustering:
    """Return five clusters of four blobs."""
    return find_clusters(load("blobs", samples=300, classes=4), 5)


@pytest.mark.parametrize("scaling", ["none", "bytes", "standard", "min-max"])
def test_affine_scalings_are_undone_exactly(scaling: Any) -> None:
    dataset = load("digits")
    pixels = dataset.train.features[:100]
    if scaling == "bytes":
        pixels = (pixels * 15.9).astype(np.uint8)
    part = type(dataset.train)(pixels, dataset.train.labels[:100])
    found = find_clusters(replace(dataset, train=part, test=part), 4, scaling=scaling)
    back = found.scaler.apply(np.clip(centroids(found).values, 0, 255), np.float64)
    np.testing.assert_allclose(back, found.centres, rtol=1e-4, atol=1e-5)
    assert not centroids(found).note


def test_normalised_centroids_get_the_mean_norm_of_their_members(digits: Clustering) -> None:
    shown = centroids(digits)
    norms = np.linalg.norm(digits.features, axis=1)
    for cluster in range(10):
        wanted = digits.centres[cluster] * norms[digits.clusters == cluster].mean()
        np.testing.assert_allclose(shown.values[cluster], wanted, rtol=1e-5)
    assert shown.note.startswith("each sample was divided by its norm")
    np.testing.assert_allclose(shown.middle, digits.features.mean(axis=0), rtol=1e-4)
    np.testing.assert_allclose(shown.spread, digits.features.std(axis=0), rtol=1e-3, atol=1e-4)


def test_centroids_are_near_the_means_of_their_members(blobs: Clustering) -> None:
    shown = centroids(blobs)
    means = np.stack([blobs.features[blobs.clusters == one].mean(axis=0) for one in range(5)])
    assert np.abs(shown.values - means).max() < 0.3 * blobs.features.std()


def test_an_empty_cluster_has_a_centroid_all_the_same(digits: Clustering) -> None:
    rows = np.flatnonzero(digits.clusters != 3)[:50]
    assert digits.labels is not None
    kept = (digits.features, digits.clusters, digits.distances, digits.labels)
    names = ("features", "clusters", "distances", "labels")
    changes: dict[str, Any] = {name: array[rows] for name, array in zip(names, kept, strict=True)}
    fewer = replace(digits, **changes)
    shown = centroids(fewer)
    assert shown.counts[3] == 0
    norm = np.linalg.norm(fewer.features, axis=1).mean()
    np.testing.assert_allclose(shown.values[3], digits.centres[3] * norm, rtol=1e-5)
    assert np.isnan(composition(fewer).purities[3])
    assert composition(fewer).main[3] == -1
    assert np.isnan(silhouette(fewer).means[3])
    assert (members(fewer, 2).rows[3] == -1).all()
    assert np.isnan(members(fewer, 2).features[3]).all()


def test_silhouettes_are_those_of_scikit_learn(blobs: Clustering) -> None:
    found = silhouette(blobs)
    scaled = blobs.scaled(np.arange(blobs.n_samples))
    np.testing.assert_allclose(found.values, metrics.silhouette_samples(scaled, blobs.clusters), atol=1e-6)
    assert found.mean == pytest.approx(metrics.silhouette_score(scaled, blobs.clusters), abs=1e-6)
    for cluster in range(5):
        assert found.means[cluster] == pytest.approx(found.values[found.clusters == cluster].mean())
    assert found.is_exact


def test_silhouettes_of_some_samples(blobs: Clustering) -> None:
    found = silhouette(blobs, 60)
    assert (len(found.values), found.n_samples, found.is_exact) == (60, 240, False)
    assert len(set(found.rows.tolist())) == 60
    wanted = metrics.silhouette_samples(blobs.scaled(found.rows), blobs.clusters[found.rows])
    np.testing.assert_allclose(found.values, wanted, atol=1e-6)


def test_a_single_cluster_has_no_silhouette() -> None:
    found = silhouette(find_clusters(load("blobs", samples=50), 1))
    assert found.values.size == 0
    assert np.isnan(found.mean)
    assert np.isnan(found.means).all()
    assert found.reason.endswith("clusters that hold any of the 40 samples, and there is 1")


def test_members_are_nearest_first_and_farthest_last(digits: Clustering) -> None:
    found = members(digits, 4)
    for cluster in range(10):
        order = np.sort(digits.distances[digits.clusters == cluster])
        np.testing.assert_array_equal(found.distances[cluster], np.concatenate([order[:4], order[-4:]]))
        np.testing.assert_array_equal(digits.clusters[found.rows[cluster]], cluster)
        np.testing.assert_array_equal(found.features[cluster], digits.features[found.rows[cluster]])
        assert digits.labels is not None
        assert found.names[cluster] == tuple(str(label) for label in digits.labels[found.rows[cluster]])


def test_a_small_cluster_shows_no_sample_twice() -> None:
    found = members(find_clusters(load("blobs", samples=30), 6), 8)
    for cluster, count in enumerate(found.counts):
        shown = found.rows[cluster][found.rows[cluster] >= 0]
        assert len(set(shown.tolist())) == len(shown) == min(count, 16)


def test_composition_against_scikit_learn(digits: Clustering) -> None:
    found = composition(digits)
    labels = digits.labels
    np.testing.assert_array_equal(found.counts, metrics.cluster.contingency_matrix(labels, digits.clusters).T)
    assert found.purity == pytest.approx(found.counts.max(axis=1).sum() / 1438)
    assert found.homogeneity == pytest.approx(metrics.homogeneity_score(labels, digits.clusters))
    assert found.completeness == pytest.approx(metrics.completeness_score(labels, digits.clusters))
    assert found.v_measure == pytest.approx(metrics.v_measure_score(labels, digits.clusters))
    assert found.adjusted_rand == pytest.approx(metrics.adjusted_rand_score(labels, digits.clusters))
    assert 0.5 < found.purity < 1


def test_a_clustering_that_is_the_classes_is_pure() -> None:
    found = composition(find_clusters(load("blobs", samples=200, classes=4, spread=0.1), 4))
    assert (found.purity, found.homogeneity, found.completeness) == (1.0, 1.0, 1.0)
    np.testing.assert_array_equal(found.counts.argmax(axis=1), found.main)


def test_the_clusters_of_data_are_those_of_the_reduction() -> None:
    dataset = load("blobs", samples=300, classes=4)
    scaled = dataset.train.features
    found = find_clusters(dataset, 5, scaling="none", seed=3)
    search = MiniBatchKMeans(5, batch_size=1024, n_init=3, max_iter=100, random_state=3)
    np.testing.assert_allclose(
        np.sort(found.centres, axis=0), np.sort(search.fit(scaled.astype(np.float32)).cluster_centers_, axis=0),
        rtol=1e-4,
    )  # fmt: skip


def test_what_cannot_be_asked_is_refused(blobs: Clustering) -> None:
    with pytest.raises(
        ParameterError, match="silhouette samples are 1; expected a whole number of at least 2"
    ):
        silhouette(blobs, 1)
    with pytest.raises(ParameterError, match="number of members is 0; expected a whole number of at least 1"):
        members(blobs, 0)
    numbers = find_clusters(load("linear-regression"), 3)
    with pytest.raises(UnsupportedError, match="data 'linear-regression' has no classes"):
        composition(numbers)
    assert members(numbers, 1).names == (("", ""),) * 3
