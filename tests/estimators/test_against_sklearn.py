"""Our estimators against scikit-learn's own, from the same weights and over the same batches."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn import neural_network
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

import wattlab
from wattlab.engines.initial import Inputs, initial_weights

Arrays = tuple[np.ndarray, np.ndarray]

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SOLVERS: dict[str, dict[str, Any]] = {
    "adam": {"solver": "adam", "beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-4},
    "plain": {"solver": "sgd", "momentum": 0.0},
    "momentum": {"solver": "sgd", "nesterovs_momentum": False, "momentum": 0.7},
    "nesterov": {"solver": "sgd"},
}
COMMON: dict[str, Any] = {
    "hidden_layer_sizes": (7, 5), "alpha": 0.5, "learning_rate_init": 0.02, "shuffle": False, "max_iter": 12,
    "n_iter_no_change": 50, "random_state": 0,
}  # fmt: skip


def put_start(theirs: Any, ours: Any, X: np.ndarray, y: np.ndarray) -> None:
    """Let scikit-learn's estimator, by its warm start, begin from the weights that ours will draw."""
    n_epochs = theirs.max_iter
    theirs.set_params(max_iter=1).fit(X, y)
    recipe = clone(ours).set_params(max_iter=1).fit(X, y).recipe_
    weights = initial_weights(recipe.network, Inputs(X.shape[1]), theirs.n_outputs_, recipe.seed)
    theirs.coefs_ = [weights[f"layers.{index}.weights"] for index in range(3)]
    theirs.intercepts_ = [weights[f"layers.{index}.biases"] for index in range(3)]
    theirs.best_loss_, theirs.loss_curve_, theirs._no_improvement_count = np.inf, [], 0
    theirs.set_params(max_iter=n_epochs)


def compare(ours: Any, theirs: Any, X: np.ndarray, y: np.ndarray, weight: np.ndarray | None) -> None:
    put_start(theirs, ours, X, y)
    for one in (ours, theirs):
        one.fit(X, y, sample_weight=weight)
    if y.ndim == 1:  # of several outputs scikit-learn reports the mean
        np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-9)
    for mine, other in zip(ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-8, atol=1e-11)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-8)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
# scikit-learn divides by the weights of each batch, we by those of the whole: with one batch it is the same
@pytest.mark.parametrize(("batch_size", "is_weighted"), [("auto", False), ("auto", True), (30, False)])
def test_a_classifier_takes_the_same_steps(
    solver: str, activation: str, batch_size: int | str, is_weighted: bool, blobs: Arrays
) -> None:
    settings = {**COMMON, **SOLVERS[solver], "activation": activation, "batch_size": batch_size}
    ours = wattlab.MLPClassifier(**settings)
    theirs = neural_network.MLPClassifier(**settings, warm_start=True)
    weight = np.random.default_rng(3).uniform(0.1, 3, 90) if is_weighted else None
    compare(ours, theirs, *blobs, weight)
    np.testing.assert_allclose(ours.predict_proba(blobs[0]), theirs.predict_proba(blobs[0]), rtol=1e-8)
    np.testing.assert_allclose(
        ours.predict_log_proba(blobs[0]), np.log(theirs.predict_proba(blobs[0])), rtol=1e-8
    )
    assert ours.score(*blobs) == theirs.score(*blobs)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("n_outputs", [1, 2])
def test_a_regressor_takes_the_same_steps(solver: str, n_outputs: int, curve: Arrays) -> None:
    X, y = curve
    settings = {**COMMON, **SOLVERS[solver], "batch_size": 40}
    ours = wattlab.MLPRegressor(**settings)
    theirs = neural_network.MLPRegressor(**settings, warm_start=True)
    compare(ours, theirs, X, y if n_outputs == 1 else np.column_stack([y, 1 - X[:, 0]]), None)


@pytest.mark.parametrize("tol", [1e-3, 0.01])
@pytest.mark.parametrize("patience", [2, 10])
def test_it_stops_when_scikit_learn_does(tol: float, patience: int, blobs: Arrays) -> None:
    settings = {
        **COMMON,
        "tol": tol,
        "n_iter_no_change": patience,
        "learning_rate_init": 0.05,
        "max_iter": 500,
    }
    ours = wattlab.MLPClassifier(**settings)
    theirs = neural_network.MLPClassifier(**settings, warm_start=True)
    put_start(theirs, ours, *blobs)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        ours.fit(*blobs)
        theirs.fit(*blobs)
    assert ours.n_iter_ == theirs.n_iter_ < 500
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-7)
    assert ours.best_loss_ == pytest.approx(theirs.best_loss_, rel=1e-7)
    assert ours.t_ == 90 * ours.n_iter_
