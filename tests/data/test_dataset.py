"""A data set is frozen, knows itself, and refuses what cannot be learned from."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattlab.data.checks import find_non_finite
from wattlab.data.dataset import Dataset, Part
from wattlab.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

X = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


def part(features: Any = X, labels: Any = (0, 1, 0)) -> Part:
    return Part(np.array(features), np.array(labels))


def dataset(**fields: Any) -> Dataset:
    defaults: dict[str, Any] = {
        "name": "tiny",
        "train": part(),
        "test": part(),
        "validation": None,
        "feature_names": ("a", "b"),
        "classes": ("no", "yes"),
        "source": "test",
    }
    return Dataset(**{**defaults, **fields})


def test_properties() -> None:
    found = dataset()
    assert (found.task, found.n_features, found.n_outputs) == ("classification", 2, 2)
    numbers = part(labels=[[0.5, 1], [1, 2], [2, 3]])
    regression = dataset(train=numbers, test=numbers, classes=None)
    assert (regression.task, regression.n_outputs) == ("regression", 2)


def test_arrays_are_read_only_but_the_given_ones_are_left_alone() -> None:
    mine = X.copy()
    found = dataset(train=Part(mine, np.array([0, 1, 0])))
    with pytest.raises(ValueError, match="read-only"):
        found.train.features[0, 0] = 9
    with pytest.raises(ValueError, match="read-only"):
        found.train.labels[0] = 9
    mine[0, 0] = 9


def test_fields_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        dataset().name = "other"  # type: ignore[misc]


def test_fingerprint_is_the_same_for_the_same_content() -> None:
    assert dataset().fingerprint == dataset(name="other name").fingerprint
    assert len(dataset().fingerprint) == 64
    columns = Part(np.asfortranarray(X), np.array([0, 1, 0]))
    assert dataset(train=columns).fingerprint == dataset().fingerprint


@pytest.mark.parametrize(
    "change",
    [
        {"train": part(features=X + np.array([0, 1e-12]))},
        {"train": part(labels=[0, 1, 1])},
        {"train": part(features=X.astype(np.float32))},
        {"test": part(features=X[:2], labels=[0, 1])},
        {"validation": part()},
        {
            "train": part(features=X.reshape(2, 3), labels=[0, 1]),
            "test": part(X.reshape(2, 3), [0, 1]),
            "feature_names": tuple("abc"),
        },
    ],
)
def test_fingerprint_changes_with_the_content(change: dict[str, Any]) -> None:
    assert dataset(**change).fingerprint != dataset().fingerprint


def test_fingerprint_knows_shapes() -> None:
    def shaped(n_samples: int) -> Dataset:
        one = Part(np.ones((n_samples, 8 // n_samples)), np.ones((n_samples, 4 // n_samples)))
        names = tuple(map(str, range(8 // n_samples)))
        return dataset(train=one, test=one, feature_names=names, classes=None)

    assert shaped(2).fingerprint != shaped(4).fingerprint


def test_it_shows_itself() -> None:
    found = dataset(image_shape=(1, 2, 1), name="<b>")
    assert repr(found) == (
        "Dataset('<b>': 3 training + 3 test samples, 2 features (1 × 2 pixels, float64), 2 classes)"
    )
    assert "training samples  3" in found.summary()
    html = found._repr_html_()
    assert "&lt;b&gt;" in html
    assert "<b>" not in html


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"test": part(labels=[0, 1, 2])}, "test part: the class index 2 is outside 0 … 1"),
        ({"train": part(labels=[0, -1, 1])}, "training part: the class index -1 is outside"),
        ({"train": part(labels=[1, 1, 1])}, "one class only"),
        (
            {"classes": ("no", "yes", "never"), "test": part(labels=[0, 1, 2])},
            "the test part has the label 'never', which is not among the classes of the training part",
        ),
        (
            {"train": part(features=[[1, np.nan], [1, 1], [1, 1]])},
            "training part: row 0 .*, column 'b' is nan",
        ),
        ({"test": part(features=[[1, 1], [1, 1], [-np.inf, 1]])}, "test part: row 2 .*, column 'a' is -inf"),
        ({"feature_names": ("a",)}, "2 features, but the data set names 1"),
        ({"train": part(features=[["x", "y"]] * 3)}, "expected real numbers"),
        (
            {"train": part(labels=[0.0, 1.0, 0.0])},
            "the labels are float64; classification needs whole numbers",
        ),
        ({"train": part(labels=[[0], [1], [0]])}, r"the labels have shape \(3, 1\)"),
        ({"classes": None}, "regression needs"),
    ],
)
def test_unfit_content_is_named(change: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        dataset(**change)


@pytest.mark.parametrize(
    ("features", "labels", "message"),
    [
        (np.empty((0, 2)), [], "there are no samples"),
        (np.empty((3, 0)), [0, 1, 0], "there are no features"),
        (X, [0, 1], "3 samples but 2 labels"),
        (X.ravel(), [0] * 6, r"the features have shape \(6,\)"),
        (X, 1, "3 samples but no labels"),
    ],
)
def test_arrays_that_do_not_fit_each_other(features: ArrayLike, labels: ArrayLike, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Part(np.array(features), np.array(labels))


@given(
    st.integers(1, 6),
    st.integers(1, 6),
    st.sampled_from([np.nan, np.inf, -np.inf]),
    st.sampled_from([np.float32, np.float64]),
    st.data(),
)
def test_the_first_non_finite_number_is_found(
    rows: int, columns: int, value: float, dtype: type, draw: st.DataObject
) -> None:
    features: NDArray[Any] = np.zeros((rows, columns), dtype)
    assert find_non_finite(features) is None
    places = draw.draw(st.sets(st.tuples(st.integers(0, rows - 1), st.integers(0, columns - 1)), min_size=1))
    for place in places:
        features[place] = value
    assert find_non_finite(features) == min(places)


def test_opposite_infinities_and_huge_numbers_do_not_deceive() -> None:
    assert find_non_finite(np.array([[np.inf, -np.inf]])) == (0, 0)
    assert find_non_finite(np.full((9, 1), 1e308)) is None
