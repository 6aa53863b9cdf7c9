"""Estimators for scikit-learn users, over the native engine."""

from wattlab.estimators.classifier import MLPClassifier
from wattlab.estimators.regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
