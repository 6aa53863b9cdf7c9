"""Boundaries of scikit-learn's classifiers and of ours, against what these say themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris, make_blobs
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

import wattlab
from wattlab.errors import ParameterError
from wattlab.insight.boundary import Boundary, as_classifier, boundary
from wattlab.insight.subject import open_subject

if TYPE_CHECKING:
    from pathlib import Path

    from tests.insight.boundary.conftest import Moons

    from wattlab.recipe import Recipe


def mesh_of(found: Boundary) -> np.ndarray:
    """Return the places of the mesh, row by row, as people make them."""
    x, y = np.meshgrid(found.x, found.y)
    return np.column_stack([x.ravel(), y.ravel()])


def on_line(line: np.ndarray) -> np.ndarray:
    return np.asarray(line[~np.isnan(line[:, 0])])


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        (SVC(gamma=2.0), "decision"),
        (make_pipeline(StandardScaler(), LinearSVC()), "decision"),
        (GridSearchCV(make_pipeline(StandardScaler(), SVC()), {"svc__C": [0.1, 10.0]}, cv=2), "decision"),
        (LogisticRegression(), "probability"),
        (KNeighborsClassifier(3), "probability"),
        (DecisionTreeClassifier(random_state=0), "probability"),
        (wattlab.MLPClassifier((5,), max_iter=30, tol=0.05, random_state=0), "probability"),
    ],
)
@pytest.mark.parametrize("labels", ["y", "names"])
def test_the_classes_are_those_that_the_model_predicts(
    model: Any, kind: str, labels: str, moons: Moons
) -> None:
    y = getattr(moons, labels)
    model.fit(moons.X, y)
    found = boundary(model, moons.X, y, mesh=23)
    names = np.array(found.class_names)
    assert found.kind == kind
    assert names[found.classes].ravel().tolist() == model.predict(mesh_of(found)).astype(str).tolist()
    assert found.accuracy == pytest.approx(model.score(moons.X, y))
    assert (names[found.samples.labels] == y.astype(str)).all()
    assert found.samples.is_wrong.sum() == (model.predict(moons.X) != y).sum()


def test_line_and_margins_lie_where_the_decision_is_0_and_1(moons: Moons) -> None:
    model = make_pipeline(StandardScaler(), SVC(gamma=1.0)).fit(moons.X, moons.y)
    found = boundary(model, moons.X, moons.y, mesh=200)
    for line, level in zip((found.line, *found.margins), (0.0, -1.0, 1.0), strict=True):
        assert len(on_line(line)) > 100
        assert np.abs(model.decision_function(on_line(line)) - level).max() < 2e-3
    assert np.allclose(found.scores[0].ravel(), model.decision_function(mesh_of(found)))


def test_of_two_points_line_and_margins_are_known() -> None:
    X, y = [[0.0, 0.0], [2.0, 0.0]], [0, 1]
    found = boundary(SVC(kernel="linear", C=100).fit(X, y), X, y, mesh=9)
    assert np.allclose(found.line[:, 0], 1, atol=1e-3)
    assert [round(float(line[:, 0].mean()), 3) for line in found.margins] == [0.0, 2.0]
    assert found.support is not None
    assert found.support.tolist() == X


def test_between_more_than_two_classes_the_line_has_equal_scores_on_both_sides() -> None:
    X, y = make_blobs(150, centers=4, random_state=1)
    model = LogisticRegression().fit(X, y)
    found = boundary(model, X, y, mesh=100)
    ahead = np.sort(model.predict_proba(on_line(found.line)), axis=1)
    assert (ahead[:, -1] - ahead[:, -2]).max() < 0.05
    assert found.scores.shape == (4, 100, 100)
    assert np.allclose(found.scores.sum(axis=0), 1)
    assert found.margins == ()
    changes = np.abs(np.diff(found.classes.astype(int), axis=1)) > 0
    rows = {int(np.argmin(np.abs(found.y - height))) for height in on_line(found.line)[:, 1]}
    assert set(np.flatnonzero(changes.any(axis=1)).tolist()) <= {
        row + near for row in rows for near in (-1, 0, 1)
    }


def test_the_line_follows_predict_where_that_has_a_threshold_of_its_own(moons: Moons) -> None:
    model = FixedThresholdClassifier(LogisticRegression(), threshold=0.9, response_method="predict_proba")
    model.fit(moons.X, moons.y)
    found = boundary(model, moons.X, moons.y, mesh=200)
    assert np.abs(model.predict_proba(on_line(found.line))[:, 1] - 0.9).max() < 0.01
    assert any("follows predict" in note for note in found.notes)


def test_what_only_predicts_has_a_boundary_too(moons: Moons) -> None:
    model = KMeans(3, n_init=1, random_state=0).fit(moons.X)
    found = boundary(model, moons.X, mesh=30)
    assert found.kind == "class"
    assert np.array_equal(found.classes.ravel(), model.predict(mesh_of(found)))
    assert found.accuracy is None
    assert not found.samples.is_wrong.any()


def test_a_run_s_model_keeps_names_and_float32(tmp_path: Path, tiny_recipe: Recipe) -> None:
    subject = open_subject(wattlab.train(tiny_recipe, runs=tmp_path))
    part = subject.part("test")
    found = boundary(subject.model, part.features, part.labels, mesh=20)
    assert found.classes.ravel().tolist() == subject.model.predict(mesh_of(found)).tolist()
    assert found.accuracy == pytest.approx(subject.run.record.test_accuracy)
    assert found.scores.dtype == np.float32


def test_what_is_asked_for_can_be_chosen(moons: Moons) -> None:
    model = LogisticRegression().fit(moons.X, moons.y)
    found = boundary(as_classifier(model, response="decision"), moons.X, mesh=5)
    assert np.allclose(found.scores[0].ravel(), model.decision_function(mesh_of(found)))
    assert boundary(as_classifier(model, response="class"), moons.X, mesh=5).kind == "class"


def test_a_plane_of_two_features_leaves_the_others_where_they_are() -> None:
    X, y = load_iris(return_X_y=True)
    model = KNeighborsClassifier().fit(X, y)
    found = boundary(model, X, y, plane=(3, 0), mesh=11)
    places = np.tile(X.mean(axis=0), (121, 1))
    places[:, [3, 0]] = mesh_of(found)
    assert np.array_equal(found.classes.ravel(), model.predict(places))
    assert found.plane.labels == ("x₃", "x₀")
    assert np.array_equal(found.samples.at, X[:, [3, 0]])
    assert any("moved onto the plane" in note for note in found.notes)


def test_only_some_of_many_samples_are_drawn(moons: Moons) -> None:
    found = boundary(SVC().fit(moons.X, moons.y), moons.X, moons.y, mesh=5, most_points=10)
    assert len(found.samples.at) == len(found.samples.predicted) == 10
    assert found.n_samples == 120
    assert found.notes == ("10 of 120 samples are drawn",)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": [[1.0, 2.0, 3.0]]}, "X has 3 features, but SVC was trained on 2"),
        ({"X": [[np.nan, 1.0]]}, "NaN or infinite"),
        ({"X": [1.0, 2.0]}, r"X has shape \(2,\)"),
        ({"y": [0] * 3}, r"y has shape \(3,\); expected \(120,\)"),
        ({"y": [7] * 120}, "y holds 7, which is no class of the model; its classes are 0, 1"),
        ({"y": ["a"] * 120}, "y holds a, but the classes of the model are 0, 1"),
        ({"mesh": 2001}, "--mesh.* is 2001; expected 2 to 2000"),
        ({"margin": float("nan")}, "--margin.* is nan"),
        ({"plane": (0, 0)}, "both features of the plane are 'x₀'"),
        ({"plane": (0, 5)}, "there is no feature 5"),
        ({"model": SVC()}, "SVC is not fitted"),
        ({"model": LinearRegression().fit([[0, 0]], [0])}, "LinearRegression predicts numbers"),
        ({"model": object()}, "object is no classifier"),
        ({"model": DecisionTreeClassifier().fit([[0, 0]], [0])}, "knows one class only, 0"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, Any], message: str, moons: Moons) -> None:
    asked = {"model": SVC().fit(moons.X, moons.y), "X": moons.X, "y": None, "mesh": 5, **change}
    with pytest.raises(ParameterError, match=message):
        boundary(asked.pop("model"), asked.pop("X"), asked.pop("y"), **asked)


def test_more_than_two_features_need_a_plane() -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.raises(ParameterError, match="there are 4 features, but a plane has 2; choose a plane"):
        boundary(KNeighborsClassifier().fit(X, y), X)
    with pytest.raises(ParameterError, match="there is 1 feature, but a plane has 2: nothing can be drawn"):
        boundary(KNeighborsClassifier().fit(X[:, :1], y), X[:, :1])
