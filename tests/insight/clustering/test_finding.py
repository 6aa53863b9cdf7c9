"""Clusters of runs and data sets, against scikit-learn."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn.metrics import pairwise_distances_argmin_min
from tests.conftest import TINY

from wattlab.data import Dataset, load
from wattlab.errors import DataError, ParameterError, RunError
from wattlab.insight.clustering import find_clusters
from wattlab.insight.clustering.source import find_source
from wattlab.recipe import Recipe
from wattlab.records.run import Run
from wattlab.records.store import RunStore
from wattlab.training import train

if TYPE_CHECKING:
    from pathlib import Path

CLUSTERS = {"preparation": {"before": "standard", "reduction": {"kind": "clusters", "n_clusters": 7}}}


@pytest.fixture(scope="module")
def clustered(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return a run that learned from the distances to seven centres."""
    recipe = Recipe.from_toml(TINY).with_changes({**CLUSTERS, "training.epochs": 1})
    return train(recipe, runs=tmp_path_factory.mktemp("runs"), name="seven")


def test_a_run_has_its_clusters_already(clustered: Run) -> None:
    found = find_clusters(clustered, part="test")
    dataset = load(clustered.recipe.data)
    seen = dataset.train.features
    scaled = (dataset.test.features - seen.mean(axis=0)) / seen.std(axis=0)
    reducer = clustered.model.transform.reducer
    assert reducer is not None
    centres = reducer.to_arrays()["centres"]
    nearest, distances = pairwise_distances_argmin_min(scaled, centres)
    np.testing.assert_array_equal(found.clusters, nearest)
    np.testing.assert_allclose(found.distances, distances, rtol=1e-5)
    np.testing.assert_array_equal(found.centres, centres)
    assert found.counts.sum() == found.n_samples == 24
    assert found.inertia == pytest.approx(float(distances @ distances), rel=1e-5)
    assert repr(found) == (
        "Clustering(run 'seven': 7 clusters, 24 samples (test part), centres found among 96)"
    )


def test_clusters_found_among_both_parts_say_so(tiny_recipe: Recipe, tmp_path: Path) -> None:
    changes = {**CLUSTERS, "preparation.reduction.fit_on": "train-and-test", "training.epochs": 1}
    run = train(tiny_recipe.with_changes(changes), runs=tmp_path)
    assert find_clusters(run).n_fitted == 120


def test_how_to_search_is_for_a_search_alone(clustered: Run) -> None:
    with pytest.raises(
        ParameterError, match=r"found when it was trained, so scaling 'none' and seed 4 cannot be"
    ):
        find_clusters(clustered, scaling="none", seed=4)
    first, other = (find_clusters(clustered, 3, seed=seed).centres for seed in (None, 4))
    own = find_clusters(clustered, 3, seed=clustered.recipe.preparation.reduction.seed).centres  # type: ignore[union-attr]
    np.testing.assert_array_equal(first, own)
    assert not np.array_equal(first, other)
    for wrong in (-1, 2**32):
        with pytest.raises(
            ParameterError, match=f"seed is {wrong}; expected a whole number from 0 to 4294967295"
        ):
            find_clusters(clustered, 3, seed=wrong)


def test_a_closed_test_part_stays_closed(tiny_recipe: Recipe, tmp_path: Path) -> None:
    changes = {**CLUSTERS, "evaluation.test": False, "training.epochs": 1}
    run = train(tiny_recipe.with_changes(changes), runs=tmp_path)
    assert find_clusters(run).part == "training"
    with pytest.raises(RunError, match=r"left the test part closed .* take --part training"):
        find_clusters(run, part="test")


def test_other_numbers_are_found_in_the_data_of_a_run(clustered: Run) -> None:
    found = find_clusters(clustered, 3)
    assert (found.n_clusters, found.title) == (3, "data of run 'seven'")
    assert type(found.scaler).__name__ == "Standard"
    assert find_clusters(clustered, 3, scaling="none").scaler.apply(np.ones((1, 2)), np.float32).tolist() == [
        [1.0, 1.0]
    ]


def test_a_run_without_clusters_needs_a_number(tiny_recipe: Recipe, tmp_path: Path) -> None:
    run = train(tiny_recipe.with_changes({"training.epochs": 1}), runs=tmp_path, name="plain")
    with pytest.raises(RunError, match=r"'plain' learned from no clusters .* is 'none'\); give .* --k 10"):
        find_clusters(run)
    assert find_clusters(run, 4).n_clusters == 4


def few_digits() -> Dataset:
    whole = load("digits")
    return replace(whole, train=type(whole.train)(whole.train.features[:80], whole.train.labels[:80]))


def test_images_are_normalised_and_other_samples_standardised() -> None:
    digits = find_clusters(few_digits(), 2)
    np.testing.assert_allclose(np.linalg.norm(digits.scaled(np.arange(5)), axis=1), 1, rtol=1e-5)
    blobs = find_clusters(load("blobs", samples=60), 2)
    scaled = blobs.scaled(np.arange(blobs.n_samples))
    np.testing.assert_allclose(scaled.std(axis=0), 1, rtol=1e-4)


def test_distinct_blobs_are_found_whole() -> None:
    found = find_clusters(load("blobs", samples=200, classes=4, spread=0.1), 4)
    assert found.labels is not None
    assert len(set(zip(found.clusters.tolist(), found.labels.tolist(), strict=True))) == 4


def test_a_number_of_clusters_beyond_the_samples_is_refused() -> None:
    blobs = load("blobs", samples=30)
    for count in (0, -3, 25):
        with pytest.raises(ParameterError, match=rf"is {count}; expected 1 to 24, the training samples"):
            find_clusters(blobs, count)
    assert find_clusters(blobs, 24).n_clusters == 24


def test_a_part_that_is_not_there_is_refused() -> None:
    with pytest.raises(DataError, match="'blobs' has no validation part; it has: training, test"):
        find_clusters(load("blobs"), 2, part="validation")
    with pytest.raises(DataError, match="part is 'tset'; expected one of test, validation, training"):
        find_clusters(load("blobs"), 2, part="tset")


def test_data_that_changed_is_refused(tiny_recipe: Recipe, tmp_path: Path) -> None:
    table = np.random.default_rng(0).normal(size=(60, 2)).round(3)

    def write(first: float) -> None:
        table[0, 0] = first
        lines = [f"{a},{b},{int(a > 0)}" for a, b in table]
        (tmp_path / "mine.csv").write_text("\n".join(["a,b,label", *lines]) + "\n")

    write(1.0)
    data = {"data": {"dataset": str(tmp_path / "mine.csv")}, "training.epochs": 1}
    run = train(tiny_recipe.with_changes({**data, **CLUSTERS}), runs=tmp_path, name="old")
    assert find_clusters(run).n_clusters == 7
    write(2.0)
    with pytest.raises(DataError, match="no longer what run 'old' learned from"):
        find_clusters(Run(run.path))


def test_what_a_name_stands_for(clustered: Run, tmp_path: Path) -> None:
    store = RunStore(clustered.path.parent)
    for name in ("seven", "sev", "last", str(clustered.path)):
        source = find_source(name, store)
        assert isinstance(source, Run)
        assert source.id == "seven"
    data = find_source("moons", store)
    assert isinstance(data, Dataset)
    (tmp_path / "a.csv").write_text("x,y,kind\n" + "\n".join(f"{n},{n * n},{'ab'[n % 2]}" for n in range(20)))
    with pytest.raises(ParameterError, match="'seven' is a run, whose recipe says where its labels are"):
        find_source("last", store, "kind")
    own = find_source(str(tmp_path / "a.csv"), store, "kind")
    assert isinstance(own, Dataset)
    assert own.classes == ("a", "b")
    with pytest.raises(RunError, match=r"'nothing' is no data set .* no file, and there is no run 'nothing'"):
        find_source("nothing", store)
