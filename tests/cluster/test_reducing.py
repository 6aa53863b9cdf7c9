"""Preparing data in a process of its own: the figures of clusters are scikit-learn's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.cluster import MiniBatchKMeans
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import Normalizer

import wattlab
from wattlab.cluster.reduce import run_reduction
from wattlab.cluster.reducing import measure_reduction
from wattlab.cluster.reduction_report import ReductionAsked, ReductionReport

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.recipe import Recipe

SEARCH = {"n_clusters": 10, "n_init": 1, "seed": 3}


def digits(**changes: Any) -> Recipe:
    reduction = {"kind": "clusters", **SEARCH, **changes}
    preparation = {"before": "normalise", "reduction": reduction, "after": "standard"}
    return wattlab.Recipe.named("digits").with_changes(
        {"preparation": preparation, "engine.precision": "float64"}
    )


def test_inertia_and_silhouette() -> None:
    found = measure_reduction(digits(), ReductionAsked())
    features = Normalizer().transform(wattlab.load("digits").train.features.astype(float))
    oracle = MiniBatchKMeans(10, n_init=1, random_state=3).fit(features)
    assert found.clusters is not None
    assert found.clusters.inertia == pytest.approx(oracle.inertia_)
    assert found.clusters.silhouette.score == pytest.approx(silhouette_score(features, oracle.labels_))
    assert (found.n_inputs, found.n_samples, found.clusters.n_empty) == (10, 1438, 0)
    assert found.clusters.silhouette.exact
    distances = measure_reduction(digits(), ReductionAsked(space="distances")).clusters
    assert distances is not None
    expected = silhouette_score(oracle.transform(features), oracle.labels_)
    assert distances.silhouette.score == pytest.approx(expected)


def test_the_search_is_a_part_of_the_preparation() -> None:
    found = measure_reduction(digits(), ReductionAsked(silhouette_samples=0))
    assert found.fit is not None
    assert found.fit.wall.value is not None
    assert found.preparation.wall.value is not None
    assert 0 < found.fit.wall.value < found.preparation.wall.value
    whole = measure_reduction(wattlab.Recipe.named("digits"), ReductionAsked())
    assert (whole.fit, whole.clusters, whole.n_inputs) == (None, None, 64)


def test_a_silhouette_of_some_samples_is_near_that_of_all() -> None:
    every, some = (
        measure_reduction(digits(), ReductionAsked(silhouette_samples=count)).clusters
        for count in (5000, 700)
    )
    assert every is not None
    assert some is not None
    assert (some.silhouette.n_samples, some.silhouette.exact) == (700, False)
    assert some.silhouette.score == pytest.approx(every.silhouette.score, abs=0.02)


@pytest.mark.parametrize("n_clusters", [1, 100])
def test_a_silhouette_that_is_not_defined(n_clusters: int) -> None:
    samples = 50
    found = measure_reduction(
        digits(n_clusters=n_clusters), ReductionAsked(silhouette_samples=samples)
    ).clusters
    assert found is not None
    if n_clusters == 1:
        assert found.silhouette.score is None
        assert found.silhouette.reason.startswith("it needs 2 to 49 clusters")
    else:
        assert found.silhouette.score is not None
        assert np.isfinite(found.silhouette.score)


def test_the_blog_s_stacking() -> None:
    found = measure_reduction(digits(fit_on="train-and-test"), ReductionAsked(silhouette_samples=0))
    assert found.n_samples == 1797


def test_in_a_process_of_its_own(tmp_path: Path) -> None:
    found = run_reduction(digits(), ReductionAsked(silhouette_samples=0), tmp_path, "one")
    assert isinstance(found, ReductionReport)
    assert found.clusters == measure_reduction(digits(), ReductionAsked(silhouette_samples=0)).clusters
    failed = run_reduction(digits(n_clusters=2000), ReductionAsked(), tmp_path, "two")
    assert isinstance(failed, str)
    assert "n_clusters is 2000, but there are only 1438 samples" in failed
