"""Planes through the features, against NumPy's SVD and by their own definition."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_iris

from wattlab.errors import ParameterError
from wattlab.insight.boundary import feature_plane, plane_through, principal_plane

X = load_iris(return_X_y=True)[0]
NAMES = ("sepal length", "sepal width", "petal length", "petal width")


def test_what_lies_in_a_plane_comes_back() -> None:
    places = np.random.default_rng(0).normal(size=(20, 2))
    skew = plane_through(X[3], [1.0, 2.0, 0.0, 0.0], [0.0, 1.0, 1.0, 3.0])
    for plane in (feature_plane(X, 1, 2, through="median"), principal_plane(X), skew):
        assert np.allclose(plane.project(plane.lift(places)), places)


def test_principal_components_are_those_of_the_svd() -> None:
    plane = principal_plane(X)
    _, sizes, rows = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    assert np.allclose(np.abs(plane.axes), np.abs(rows[:2]))
    share = 100 * sizes[0] ** 2 / (sizes**2).sum()
    assert plane.labels[0] == f"component 1 ({share:.0f} %)"


@pytest.mark.parametrize("plane", [feature_plane(X, 0, 3, through=X[7]), principal_plane(X, through=X[7])])
def test_a_plane_can_go_through_a_sample(plane: object) -> None:
    from wattlab.insight.boundary import Plane

    assert isinstance(plane, Plane)
    assert np.allclose(plane.lift(plane.project(X[7:8])), X[7:8])


def test_features_have_names_and_places() -> None:
    by_name = feature_plane(X, "petal width", "sepal width", names=NAMES)
    by_place = feature_plane(X, "3", 1, names=NAMES)
    assert np.array_equal(by_name.axes, by_place.axes)
    assert by_name.labels == ("petal width", "sepal width")
    assert by_name.text == "the other 2 features as in the mean"


def test_what_is_no_plane_is_refused() -> None:
    with pytest.raises(ParameterError, match="there is no feature 'petal hight'; did you mean 'petal width'"):
        feature_plane(X, "petal hight", 0, names=NAMES)
    with pytest.raises(ParameterError, match=r"through a place of shape \(2,\); expected \(4,\)"):
        feature_plane(X, through=[1, 2])
    with pytest.raises(ParameterError, match="span no plane"):
        plane_through([0, 0], [1, 1], [2, 2])
    with pytest.raises(ParameterError, match="differ in one direction at most"):
        principal_plane([[0, 0], [1, 1], [2, 2]])
    with pytest.raises(ParameterError, match="have no two principal components"):
        principal_plane([[0], [1]])
