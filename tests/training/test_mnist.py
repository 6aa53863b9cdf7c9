"""The recipes on real MNIST: where they must land."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import wattlab
from wattlab.data.download import obtain
from wattlab.errors import DownloadError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip where the files are not at hand; nothing is downloaded for a test."""
    monkeypatch.setattr("wattlab.data.download.fetch", _refuse)
    try:
        obtain("mnist")
    except DownloadError:
        pytest.skip("MNIST is neither in WATTLAB_DATA nor in the cache")


def _refuse(*_: object) -> Path:
    msg = "no download in a test"
    raise DownloadError(msg)


@pytest.mark.mnist
@pytest.mark.slow
def test_mnist_blog_lands_where_the_blog_did(tmp_path: Path) -> None:
    # One thread: beside other tests, two would wait for each other most of the time.
    recipe = wattlab.Recipe.named("mnist-blog").with_changes({"engine.threads": 1})
    run = wattlab.train(recipe, runs=tmp_path)
    assert run.record.train_score is not None
    assert run.record.train_score >= 0.990
    assert run.history["learning_rate"][-1] == 0.0009994051838157095
    cost, share = run.history["train_cost"][-1], run.history["train_regularisation_share"][-1]
    assert 0.5 * 5843.5 < cost < 2 * 5843.5  # the blog's figure, from its own random numbers
    assert 0.5 * 8.027 < cost * share < 2 * 8.027  # half of 0.01 times the sum of squared weights


@pytest.mark.mnist
@pytest.mark.parametrize("seed", [0, 1])
def test_mnist_fast_reaches_its_target(seed: int, tmp_path: Path) -> None:
    recipe = wattlab.Recipe.named("mnist-fast").with_changes({"seed": seed})
    record = wattlab.train(recipe, runs=tmp_path).record
    assert record.reached_target
    assert record.stop_reason in {"target", "epochs"}
    assert record.test_score >= 0.978
    assert record.time_to_target_s is not None


@pytest.mark.mnist
def test_dropping_the_unused_rim_of_mnist_changes_nothing_but_rounding(tmp_path: Path) -> None:
    base = wattlab.Recipe.named("mnist-fast").with_changes(
        {"training.epochs": 1, "engine.precision": "float64"}
    )
    whole = wattlab.train(base, name="whole", runs=tmp_path)
    reduced = wattlab.train(
        base.with_changes({"preparation.reduction": {"kind": "drop-constant"}}), name="reduced", runs=tmp_path
    )
    assert (whole.record.dataset.n_features_used, reduced.record.dataset.n_features_used) == (784, 717)
    train = wattlab.load("mnist").train.features[:500]
    difference = abs(whole.model.outputs(train) - reduced.model.outputs(train)).max()
    assert difference < 1e-9


@pytest.mark.mnist
def test_distances_to_70_clusters_reach_what_the_blog_reached(tmp_path: Path) -> None:
    record = wattlab.train("mnist-clusters", runs=tmp_path).record
    assert record.dataset.n_features_used == 70
    assert record.reached_target
    assert record.test_score >= 0.978
