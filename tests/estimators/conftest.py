"""Small data for the tests of the estimators."""

from __future__ import annotations

import numpy as np
import pytest

Arrays = tuple[np.ndarray, np.ndarray]


@pytest.fixture
def blobs() -> Arrays:
    """Return 90 samples of three classes that overlap a little."""
    rng = np.random.default_rng(0)
    labels = np.arange(90) % 3
    return rng.normal(size=(90, 4)) + 1.5 * np.eye(3, 4)[labels], labels


@pytest.fixture
def curve() -> Arrays:
    """Return 80 samples of a smooth function of two variables."""
    rng = np.random.default_rng(1)
    features = rng.uniform(-1, 1, (80, 2))
    return features, np.sin(3 * features[:, 0]) + features[:, 1] ** 2
