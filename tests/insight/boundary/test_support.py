"""Support vectors inside pipelines, against scikit-learn's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, PolynomialFeatures, StandardScaler
from sklearn.svm import SVC, LinearSVC

from wattlab.insight.boundary import boundary
from wattlab.insight.boundary.support import support_of

if TYPE_CHECKING:
    from tests.insight.boundary.conftest import Moons


@pytest.mark.parametrize(
    "before", [(), (StandardScaler(),), (make_pipeline(MinMaxScaler(), StandardScaler()),)]
)
def test_they_lie_at_samples_even_if_other_samples_are_drawn(before: tuple[Any, ...], moons: Moons) -> None:
    model = make_pipeline(*before, SVC()).fit(moons.X, moons.y)
    theirs = moons.X[model[-1].support_]
    for X in (moons.X, moons.X[::-1], moons.X[:3]):
        support = boundary(model, X, mesh=3).support
        assert support is not None
        assert np.allclose(support, theirs)


def test_behind_steps_that_cannot_be_undone_the_training_samples_are_needed(moons: Moons) -> None:
    model = make_pipeline(PolynomialFeatures(2), StandardScaler(), SVC()).fit(moons.X, moons.y)
    others = moons.X[:50]
    found = boundary(model, others, mesh=3)
    assert found.support is None
    assert len(found.margins) == 2
    assert any("trained_on=" in note for note in found.notes)
    support = boundary(model, others, trained_on=(moons.X, moons.y), mesh=3).support
    assert support is not None
    assert np.array_equal(support, moons.X[model[-1].support_])


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_linear_svc_is_held_by_its_support_vectors_alone(n_classes: int) -> None:
    X, y = make_blobs(90, centers=[(0, 0), (8, 0), (4, 7)][:n_classes], cluster_std=1.5, random_state=0)
    settings = {"dual": False, "tol": 1e-9, "max_iter": 100_000}
    model = LinearSVC(**settings).fit(X, y)
    found = support_of(model, X, y)
    assert found is not None
    kept = (X[:, None] == found.vectors).all(axis=2).any(axis=1)
    assert 0 < kept.sum() < len(X)
    again = LinearSVC(**settings).fit(X[kept], y[kept])
    if n_classes == 2:
        assert np.allclose(again.coef_, model.coef_, rtol=1e-4)
    else:
        assert np.allclose(again.decision_function(X), model.decision_function(X), rtol=1e-3, atol=1e-3)


def test_without_labels_those_of_a_linear_svc_are_unknown(moons: Moons) -> None:
    found = support_of(LinearSVC().fit(moons.X, moons.y), moons.X, None)
    assert found is not None
    assert "give the labels y" in found.unknown


def test_what_is_no_machine_has_none(moons: Moons) -> None:
    assert support_of(make_pipeline(StandardScaler(), PolynomialFeatures()), moons.X, moons.y) is None
