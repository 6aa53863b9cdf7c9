"""What is learned: labels of every kind, numbers, and samples that count more than others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import wattlab

Arrays = tuple[np.ndarray, np.ndarray]

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def classifier(**changes: Any) -> Any:
    return wattlab.MLPClassifier(
        8, **{"max_iter": 40, "learning_rate_init": 0.03, "random_state": 0, **changes}
    )


def regressor(**changes: Any) -> Any:
    return wattlab.MLPRegressor(
        8, **{"max_iter": 40, "learning_rate_init": 0.03, "random_state": 0, **changes}
    )


# ---- labels


@pytest.mark.parametrize(
    "names",
    [
        np.array(["ant", "bee", "cicada"]),
        np.array(["ant", "bee", "cicada"], dtype=object),
        np.array([-5, 0, 700]),
        np.array([1.0, 2.0, 3.0]),
    ],
)
def test_labels_of_every_kind_come_back(names: np.ndarray, blobs: Arrays) -> None:
    X, y = blobs
    fitted = classifier().fit(X, names[y])
    np.testing.assert_array_equal(fitted.classes_, names)
    assert fitted.predict(X).dtype == names.dtype
    assert fitted.score(X, names[y]) > 0.8
    np.testing.assert_array_equal(fitted.predict(X), names[fitted.predict_proba(X).argmax(axis=1)])


@pytest.mark.parametrize("labels", [np.array([False, True]), np.array(["no", "yes"])])
def test_two_classes_have_two_outputs(labels: np.ndarray, blobs: Arrays) -> None:
    X, y = blobs[0], labels[(blobs[1] > 0).astype(int)]
    fitted = classifier().fit(X, y)
    assert fitted.n_outputs_ == 2
    assert fitted.out_activation_ == "softmax"
    assert fitted.score(X, y) > 0.8


def test_one_class_is_always_predicted(blobs: Arrays) -> None:
    fitted = classifier().fit(blobs[0], ["only"] * 90)
    assert set(fitted.predict(blobs[0])) == {"only"}


def test_numbers_are_no_classes(curve: Arrays) -> None:
    with pytest.raises(ValueError, match="Unknown label type"):
        classifier().fit(*curve)


def test_parts_know_all_classes_from_the_first_call(blobs: Arrays) -> None:
    X, y = blobs
    fitted = classifier()
    with pytest.raises(ValueError, match="classes must be passed"):
        fitted.partial_fit(X, y)
    fitted.partial_fit(X[y == 1], y[y == 1], classes=[2, 1, 0, 9])
    np.testing.assert_array_equal(fitted.classes_, [0, 1, 2, 9])
    assert fitted.predict_proba(X).shape == (90, 4)
    with pytest.raises(ValueError, match=r"not there before: \[5\]"):
        fitted.partial_fit(X, np.full(90, 5))
    with pytest.raises(ValueError, match="not the same as on last call"):
        fitted.partial_fit(X, y, classes=[0, 1, 2])


def test_a_new_fit_forgets_the_classes_before(blobs: Arrays) -> None:
    X, y = blobs
    fitted = classifier().partial_fit(X, y, classes=range(7)).fit(X, y)
    np.testing.assert_array_equal(fitted.classes_, [0, 1, 2])


def test_several_numbers_at_once(curve: Arrays) -> None:
    X, y = curve
    both = np.column_stack([y, -2 * y])
    fitted = regressor(max_iter=300).fit(X, both)
    assert fitted.predict(X).shape == (80, 2)
    assert fitted.n_outputs_ == 2
    assert fitted.score(X, both) > 0.8
    assert regressor().fit(X, both[:, 0]).predict(X).shape == (80,)


def test_a_constant_feature_does_no_harm(curve: Arrays) -> None:
    X = np.column_stack([curve[0], np.ones(80), np.zeros(80)])
    assert regressor(max_iter=300).fit(X, curve[1]).score(X, curve[1]) > 0.8


# ---- sample weights


@pytest.mark.parametrize("make", [classifier, regressor])
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_a_weight_is_worth_so_many_repetitions(make: Any, precision: str, blobs: Arrays) -> None:
    X, y = blobs
    counts = np.random.default_rng(5).integers(0, 4, 60)
    X, y = X[:60], y[:60]
    weighted = make(alpha=0.5, precision=precision).fit(X, y, sample_weight=counts)
    repeated = make(alpha=0.5, precision=precision).fit(X.repeat(counts, axis=0), y.repeat(counts))
    tolerance = 1e-8 if precision == "float64" else 1e-3
    np.testing.assert_allclose(weighted.loss_curve_, repeated.loss_curve_, rtol=tolerance)
    np.testing.assert_allclose(weighted.predict(X), repeated.predict(X), rtol=tolerance, atol=tolerance)


def test_weight_zero_is_absence_in_small_batches_too(blobs: Arrays) -> None:
    X, y = blobs
    weight = (np.arange(90) % 4 != 0).astype(float)
    weighted = classifier(batch_size=16).fit(X, y, sample_weight=weight)
    without = classifier(batch_size=16).fit(X[weight > 0], y[weight > 0])
    np.testing.assert_array_equal(weighted.predict_proba(X), without.predict_proba(X))


def test_only_the_proportions_of_weights_count_without_regularisation(blobs: Arrays) -> None:
    X, y = blobs
    weight = np.random.default_rng(0).uniform(0.5, 2, 90)
    one, other = (classifier(alpha=0.0).fit(X, y, sample_weight=factor * weight) for factor in (1, 1000))
    np.testing.assert_allclose(one.predict_proba(X), other.predict_proba(X), rtol=1e-7)


def test_weights_in_parts(blobs: Arrays) -> None:
    X, y = blobs
    weight = np.random.default_rng(0).uniform(0.5, 2, 90)
    plain, weighted = classifier(), classifier()
    plain.partial_fit(X, y, classes=[0, 1, 2])
    weighted.partial_fit(X, y, sample_weight=weight, classes=[0, 1, 2])
    assert not np.array_equal(plain.coefs_[0], weighted.coefs_[0])
    ones = classifier().partial_fit(X, y, np.full(90, 3.0), [0, 1, 2])
    assert ones.loss_ == pytest.approx(plain.loss_, rel=1e-3)


def test_early_stopping_judges_by_weighted_samples(blobs: Arrays) -> None:
    """Labels of no weight may be as wrong as they like."""
    X, y = blobs
    wrong = np.arange(90) % 5 == 0
    settings = {"early_stopping": True, "validation_fraction": 0.3, "max_iter": 200, "n_iter_no_change": 10}
    weighted = classifier(**settings).fit(X, np.where(wrong, (y + 1) % 3, y), sample_weight=~wrong)
    without = classifier(**settings).fit(X[~wrong], y[~wrong])
    assert weighted.validation_scores_ == without.validation_scores_


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.zeros(90), "zero"),
        (-np.ones(90), "(?i)negative"),
        (np.full(90, np.nan), "NaN"),
        (np.ones(89), "shape"),
        (np.ones((90, 2)), "1D"),
    ],
)
def test_weights_that_are_not_usable_are_refused(weight: np.ndarray, message: str, blobs: Arrays) -> None:
    with pytest.raises(ValueError, match=message):
        classifier().fit(*blobs, sample_weight=weight)
