"""What both estimators do: go on, stop, be copied, be kept, take their place in scikit-learn's tools."""

from __future__ import annotations

import pickle
from io import BytesIO
from typing import Any

import joblib  # type: ignore[import-untyped] # it has no types
import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import wattlab
from wattlab.errors import DivergedError

Arrays = tuple[np.ndarray, np.ndarray]

quiet = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def classifier(**changes: Any) -> Any:
    settings = {"max_iter": 25, "learning_rate_init": 0.02, "random_state": 0}
    return wattlab.MLPClassifier(12, **{**settings, **changes})


def regressor(**changes: Any) -> Any:
    settings = {"max_iter": 25, "learning_rate_init": 0.02, "random_state": 0}
    return wattlab.MLPRegressor(12, **{**settings, **changes})


def same_weights(one: Any, other: Any) -> bool:
    arrays = zip(one.coefs_ + one.intercepts_, other.coefs_ + other.intercepts_, strict=True)
    return all(np.array_equal(mine, yours) for mine, yours in arrays)


# ---- scikit-learn's tools


@quiet
def test_in_a_pipeline_and_in_cross_validation(blobs: Arrays) -> None:
    scores = cross_val_score(make_pipeline(StandardScaler(), classifier(max_iter=60)), *blobs, cv=3)
    assert scores.mean() > 0.75


@quiet
def test_in_a_grid_search_over_numpy_values(blobs: Arrays) -> None:
    grid = {
        "alpha": np.logspace(-3, 0, 2), "hidden_layer_sizes": [np.int64(4), (4, 4), np.array([5])],
        "batch_size": np.array([10, 30]), "max_iter": np.array([3], np.int32),
        "learning_rate_init": np.array([0.01], np.float32), "shuffle": np.array([True]),
    }  # fmt: skip
    search = GridSearchCV(classifier(), grid, cv=2, error_score="raise").fit(*blobs)
    assert search.best_estimator_.n_iter_ == 3
    assert len(search.cv_results_["params"]) == 12


@quiet
def test_a_clone_begins_anew(blobs: Arrays) -> None:
    fitted = classifier().fit(*blobs)
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    with pytest.raises(NotFittedError):
        copy.predict(blobs[0])
    assert same_weights(copy.fit(*blobs), fitted)


@quiet
def test_pickled_and_dumped_it_goes_on_as_it_was(blobs: Arrays) -> None:
    X, y = blobs
    fitted = classifier().partial_fit(X, y, classes=[0, 1, 2])
    file = BytesIO()
    joblib.dump(fitted, file)
    file.seek(0)
    copies = [pickle.loads(pickle.dumps(fitted)), joblib.load(file)]
    fitted.partial_fit(X, y)
    for copy in copies:
        assert same_weights(copy.partial_fit(X, y), fitted)
        np.testing.assert_array_equal(copy.predict_proba(X), fitted.predict_proba(X))


# ---- random numbers and formats


@quiet
def test_random_state_decides_everything(blobs: Arrays) -> None:
    first, second, other = (classifier(random_state=seed).fit(*blobs) for seed in (1, 1, 2))
    assert same_weights(first, second)
    assert not same_weights(first, other)
    generator = np.random.RandomState(0)
    drawn = [classifier(random_state=generator).fit(*blobs) for _ in range(2)]
    assert not same_weights(*drawn)


@quiet
@pytest.mark.parametrize(
    ("precision", "dtype", "expected"),
    [
        ("auto", np.float64, np.float64),
        ("auto", np.float32, np.float32),
        ("float32", np.float64, np.float32),
        ("float64", np.float32, np.float64),
    ],
)
def test_precision(precision: str, dtype: Any, expected: Any, blobs: Arrays) -> None:
    X, y = blobs[0].astype(dtype), blobs[1]
    fitted = classifier(precision=precision).fit(X, y)
    assert {array.dtype for array in fitted.coefs_ + fitted.intercepts_} == {np.dtype(expected)}
    assert fitted.predict_proba(X).dtype == expected


@quiet
def test_compiled_gives_the_same(blobs: Arrays) -> None:
    pytest.importorskip("numba")
    plain, compiled = (classifier(compiled=flag, max_iter=5).fit(*blobs) for flag in (False, True))
    np.testing.assert_allclose(compiled.predict_proba(blobs[0]), plain.predict_proba(blobs[0]), rtol=1e-9)


@quiet
@pytest.mark.parametrize("solver", ["sgd", "adam", "adamw", "rmsprop", "adagrad"])
@pytest.mark.parametrize("learning_rate", ["constant", "cosine", "one-cycle"])
def test_every_solver_and_course_learns(solver: str, learning_rate: str, blobs: Arrays) -> None:
    rate = 0.2 if solver == "adagrad" else 0.05
    fitted = classifier(solver=solver, learning_rate=learning_rate, learning_rate_init=rate).fit(*blobs)
    assert fitted.score(*blobs) > 0.8
    assert fitted.recipe_.optimizer.kind == {"sgd": "nesterov"}.get(solver, solver)


@quiet
def test_weight_decay_is_adamws(blobs: Arrays) -> None:
    sizes = [
        np.square(classifier(solver="adamw", weight_decay=decay).fit(*blobs).coefs_[0]).sum()
        for decay in (0.0, 3.0)
    ]
    assert sizes[1] < 0.8 * sizes[0]


@quiet
def test_no_hidden_layer_is_a_softmax_regression(blobs: Arrays) -> None:
    fitted = classifier(max_iter=100).set_params(hidden_layer_sizes=()).fit(*blobs)
    assert [array.shape for array in fitted.coefs_] == [(4, 3)]
    assert fitted.n_layers_ == 2
    assert fitted.score(*blobs) > 0.8


# ---- stopping and going on


def test_too_few_epochs_warn(blobs: Arrays) -> None:
    with pytest.warns(ConvergenceWarning, match="max_iter=2 epochs"):
        fitted = classifier(max_iter=2).fit(*blobs)
    assert fitted.n_iter_ == len(fitted.loss_curve_) == 2
    assert fitted.loss_ == fitted.loss_curve_[-1]


@pytest.mark.parametrize("make", [classifier, regressor])
def test_early_stopping_keeps_the_best_weights(make: Any, blobs: Arrays, curve: Arrays) -> None:
    X, y = blobs if make is classifier else curve
    fitted = make(early_stopping=True, max_iter=500, n_iter_no_change=5, learning_rate_init=0.05).fit(X, y)
    assert fitted.n_iter_ < 500
    assert fitted.best_validation_score_ == max(fitted.validation_scores_)
    assert len(fitted.validation_scores_) == fitted.n_iter_
    best = int(np.argmax(fitted.validation_scores_)) + 1
    assert best < fitted.n_iter_
    with pytest.warns(ConvergenceWarning):
        up_to_best = make(
            early_stopping=True, max_iter=best, n_iter_no_change=500, learning_rate_init=0.05
        ).fit(X, y)
    assert same_weights(fitted, up_to_best)


def test_early_stopping_needs_samples_to_judge_by(blobs: Arrays) -> None:
    with pytest.raises(ValueError, match="increase validation_fraction"):
        regressor(early_stopping=True, validation_fraction=0.01).fit(*blobs)


@quiet
def test_a_warm_start_goes_on_from_the_weights(blobs: Arrays) -> None:
    warm = classifier(warm_start=True, shuffle=False, solver="sgd", momentum=0.0)
    cold = classifier(max_iter=50, shuffle=False, solver="sgd", momentum=0.0).fit(*blobs)
    warm.fit(*blobs).fit(*blobs)
    assert same_weights(warm, cold)  # plain descent remembers nothing
    assert warm.loss_curve_ == cold.loss_curve_
    assert warm.n_iter_ == 25


@quiet
def test_a_warm_start_has_to_fit(blobs: Arrays) -> None:
    X, y = blobs
    fitted = classifier(warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match=r"hidden_layer_sizes is \(5, 5\).*\(12,\)"):
        fitted.set_params(hidden_layer_sizes=(5, 5)).fit(X, y)
    with pytest.raises(ValueError, match=r"hidden_layer_sizes is \(5,\).*\(12,\)"):
        fitted.set_params(hidden_layer_sizes=5).fit(X, y)
    fitted.set_params(hidden_layer_sizes=12)
    with pytest.raises(ValueError, match=r"classes that were not there before: \[3\]"):
        fitted.fit(X, y + 1)
    with pytest.raises(ValueError, match="features"):
        fitted.fit(X[:, :3], y)
    with pytest.raises(ValueError, match="y has 2 outputs, but 1"):
        regressor(warm_start=True).fit(X, y).fit(X, np.column_stack([y, y]))


@quiet
def test_parts_over_chunks_are_epochs_in_order(blobs: Arrays) -> None:
    """One batch a call, unshuffled, is what a fit does over the same batches: memory and all."""
    X, y = blobs
    settings = {"shuffle": False, "batch_size": 30, "max_iter": 4, "alpha": 0.1}
    whole = classifier(**settings).fit(X, y)
    parts = classifier(**settings)
    for _ in range(4):
        for start in (0, 30, 60):
            parts.partial_fit(X[start : start + 30], y[start : start + 30], classes=[0, 1, 2])
    assert same_weights(whole, parts)
    assert parts.n_iter_ == len(parts.loss_curve_) == 12
    assert parts.t_ == 4 * 90


@quiet
def test_parts_go_on_after_a_fit(curve: Arrays) -> None:
    fitted = regressor().fit(*curve)
    loss = fitted.loss_
    for _ in range(30):
        fitted.partial_fit(*curve)
    assert fitted.loss_ < loss
    assert fitted.n_iter_ == 55
    with pytest.raises(ValueError, match="began with another one"):
        fitted.set_params(solver="sgd").partial_fit(*curve)
    with pytest.raises(ValueError, match="precision is 'float32', but partial_fit began with 'float64'"):
        regressor().partial_fit(*curve).set_params(precision="float32").partial_fit(*curve)


def test_parts_shuffle_anew_each_time(blobs: Arrays) -> None:
    X, y = blobs
    first, second = (classifier(batch_size=8, shuffle=flag) for flag in (True, False))
    for one in (first, second):
        one.partial_fit(X, y, classes=[0, 1, 2])
    assert not same_weights(first, second)


def test_parts_refuse_what_needs_the_whole(blobs: Arrays) -> None:
    with pytest.raises(ValueError, match="does not support early_stopping=True"):
        regressor(early_stopping=True).partial_fit(*blobs)
    with pytest.raises(ValueError, match="learning_rate is 'cosine', but partial_fit"):
        regressor(learning_rate="cosine").partial_fit(*blobs)


# ---- data that are not usable


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
@pytest.mark.parametrize("scale", [1e9, 1e300])
def test_a_fit_that_diverges_says_so(scale: float, curve: Arrays) -> None:
    with pytest.raises(DivergedError, match="lower learning_rate_init"):
        regressor(solver="sgd", learning_rate_init=scale).fit(*curve)


def test_sparse_features_are_refused(blobs: Arrays) -> None:
    with pytest.raises(TypeError, match="dense data is required"):
        classifier().fit(sparse.csr_array(blobs[0]), blobs[1])


def test_batches_larger_than_the_data_warn(blobs: Arrays) -> None:
    with pytest.warns(UserWarning, match=r"batch_size=1000 is more than the 90 samples"):
        fitted = classifier(batch_size=1000).partial_fit(*blobs, classes=[0, 1, 2])
    assert fitted.recipe_.training.batch_size == 90
