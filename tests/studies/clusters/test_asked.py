"""What a study of clusters is asked, and of which networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from wattlab.errors import DataError, RecipeError, UserError
from wattlab.recipe import Recipe
from wattlab.studies.clusters.asked import ClustersAsked, check_asked, parse_counts
from wattlab.studies.clusters.subject import find_subject

if TYPE_CHECKING:
    from pathlib import Path


def test_the_blog_s_numbers() -> None:
    assert parse_counts("10:170:10") == tuple(range(10, 171, 10))
    assert parse_counts(" 90, 40,40 ,2:4") == (2, 3, 4, 40, 90)


@pytest.mark.parametrize("text", ["", "ten", "10;20", "10:5", "10:50:0", "-3", "1.5", "1:2:3:4", "5,"])
def test_what_is_no_list_of_numbers(text: str) -> None:
    with pytest.raises(UserError, match=r"write (10:170:10|first:last:step)"):
        parse_counts(text)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"counts": (0, 5)}, "number of clusters is 0"),
        ({"counts": tuple(range(1, 300))}, "299 numbers of clusters are too many"),
        ({"seeds": 0}, "--seeds is 0"),
        ({"rounds": -1}, "--rounds is -1"),
        ({"silhouette_samples": -5}, "--silhouette-samples is -5"),
        ({"scaling": "normalize"}, "--scaling is 'normalize'.*did you mean 'normalise'"),
        ({"space": "pixels"}, "--space is 'pixels'; expected one of features, distances"),
    ],
)
def test_what_is_wrong_whatever_the_data(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_asked(ClustersAsked(**{"target": "digits", "counts": (5,), **wrong}))


def test_a_recipe_keeps_its_network_and_gets_distances_instead_of_features() -> None:
    subject = find_subject(ClustersAsked("digits", (10,), changes={"regularisation.l2": 0.64}))
    reduced = subject.reduced(10)
    assert (subject.own, subject.scaling) == (None, "normalise")
    assert subject.whole.preparation.reduction.kind == "none"
    assert reduced.network == subject.whole.network
    assert reduced.preparation.after == "standard"
    assert reduced.regularisation.l2 == pytest.approx(0.64 * 10 / 64)
    assert (subject.network(None).n_inputs, subject.network(10).n_inputs) == (64, 10)
    assert subject.network(None).n_parameters - subject.network(10).n_parameters == (64 - 10) * 64


def test_a_recipe_that_finds_clusters_gives_its_settings_and_gets_its_features_back() -> None:
    changes = {"preparation": {"before": "min-max", "after": "standard"}}
    changes["preparation"]["reduction"] = {"kind": "clusters", "n_clusters": 16, "n_init": 7, "seed": 2}  # type: ignore[assignment]
    asked = ClustersAsked("digits", (8,), {"max_iter": 5}, changes={**changes, "regularisation.l2": 0.1})
    subject = find_subject(asked)
    assert (subject.own, subject.scaling) == (16, "min-max")
    assert (subject.clusters.n_init, subject.clusters.max_iter, subject.clusters.seed) == (7, 5, 2)
    assert subject.whole.regularisation.l2 == pytest.approx(0.1 * 64 / 16)
    assert subject.reduced(16).regularisation.l2 == pytest.approx(0.1)


def test_data_alone_get_a_network_of_70_and_30_units(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = tmp_path / "numbers.npz"
    np.savez(path, x=rng.normal(size=(50, 6)), y=rng.normal(size=50))
    subject = find_subject(ClustersAsked(str(path), (3,)))
    assert subject.whole.loss.kind == "mse"
    assert (subject.whole.stop.target, subject.whole.name) == (None, "numbers.npz-70-30")
    assert subject.scaling == "standard"
    assert subject.network(3).n_parameters == 3 * 70 + 70 + 70 * 30 + 30 + 30 + 1
    blobs = find_subject(ClustersAsked("blobs", (3,), changes={"data.options": {"classes": 4}}))
    assert blobs.whole.loss.kind == "cross-entropy"
    assert Recipe.from_toml(blobs.reduced(3).to_toml()) == blobs.reduced(3)


@pytest.mark.parametrize(
    ("asked", "kind", "message"),
    [
        (
            ClustersAsked("digits", (5, 1439)),
            DataError,
            "n_clusters is 1439, but there are only 1438 samples",
        ),
        (ClustersAsked("cifar10-cnn", (5,)), RecipeError, "a network for images.*wattlab clusters cifar10"),
        (
            ClustersAsked("mnist-autoencoder", (5,)),
            UserError,
            "the inputs themselves.*wattlab clusters mnist",
        ),
        (ClustersAsked("nowhere", (5,)), UserError, "nowhere"),
        (ClustersAsked("digits", (5,), {"n_init": 0}), RecipeError, "'digits': n_init is 0; expected"),
        (ClustersAsked("digits", (5,), {"fit_on": "all"}), RecipeError, "'digits': fit_on is 'all'"),
    ],
)
def test_what_cannot_be_reduced(asked: ClustersAsked, kind: type[UserError], message: str) -> None:
    with pytest.raises(kind, match=message):
        find_subject(asked)


def test_stacked_parts_hold_more_samples() -> None:
    asked = ClustersAsked("digits", (1439,), {"fit_on": "train-and-test"})
    assert find_subject(asked).n_samples == 1797
