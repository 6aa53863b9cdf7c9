"""scikit-learn's own checks, with no failure expected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

import wattlab

if TYPE_CHECKING:
    from collections.abc import Callable

ESTIMATORS = [
    wattlab.MLPClassifier(),
    wattlab.MLPRegressor(),
    wattlab.MLPClassifier(10, solver="sgd", learning_rate_init=0.1, max_iter=40),
    wattlab.MLPRegressor((20, 10), activation="tanh", solver="adamw", learning_rate_init=0.01, max_iter=60),
]


# Many of the checks fit for fewer epochs than it takes, or ask for early convergence of nothing.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks(ESTIMATORS)  # type: ignore[untyped-decorator] # scikit-learn has no types
def test_scikit_learns_check(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)
