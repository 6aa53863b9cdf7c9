"""Elbows: found where samples have so many groups, and called unclear where a curve bends evenly."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from threadpoolctl import threadpool_limits

from wattlab.studies.clusters.elbow import find_elbow, peaks

COUNTS = range(10, 180, 10)


@pytest.mark.parametrize("groups", [4, 9])
def test_as_many_clusters_as_there_are_groups(groups: int) -> None:
    samples, _ = make_blobs(300, 10, centers=30 * np.eye(groups, 10), random_state=0)
    counts = range(1, 2 * groups + 5)
    with threadpool_limits(1):
        curves = [
            [KMeans(count, n_init=3, random_state=seed).fit(samples).inertia_ for count in counts]
            for seed in (0, 1)
        ]
    found = find_elbow(counts, curves)
    assert (found.n_clusters, found.clear, found.reason) == (groups, True, "")


@pytest.mark.parametrize("power", [-0.1, -0.3, -1.0])
def test_a_power_law_has_no_scale_and_so_no_elbow(power: float) -> None:
    found = find_elbow(COUNTS, [[count**power for count in COUNTS]])
    assert found.n_clusters is not None
    assert not found.clear
    assert "moves to" in found.reason


@pytest.mark.parametrize("curve", [[5.0] * 17, [*map(float, COUNTS)], [1000.0 - count for count in COUNTS]])
def test_what_never_falls_faster_first(curve: list[float]) -> None:
    found = find_elbow(COUNTS, [curve])
    assert (found.n_clusters, found.clear) == (None, False)
    assert found.reason == "inertia does not fall faster first than later"


def test_few_numbers_show_no_elbow() -> None:
    assert "5 numbers of clusters or more" in find_elbow([1, 2, 3], [[3.0, 2.0, 1.0]]).reason


def test_seeds_that_disagree() -> None:
    early, late = (
        [100.0 - 0.8 * min(count, bend) * 100 / bend - 0.01 * count for count in COUNTS] for bend in (30, 130)
    )
    assert not find_elbow(COUNTS, [early, early, late]).clear
    assert find_elbow(COUNTS, [early, early]).clear


def test_peaks() -> None:
    assert peaks([1, 2, 3, 4], [0.1, None, 0.3, 0.2]) == (3,)
    assert peaks([1, 2], [0.2, 0.1]) == (1,)
    assert peaks([], []) == ()
