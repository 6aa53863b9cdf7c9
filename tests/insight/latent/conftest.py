"""A linear autoencoder whose code is known: scikit-learn's principal components."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from tests.insight.latent.principal import Digits, principal_model


@pytest.fixture(scope="session")
def digits() -> Digits:
    """Return the digits, scikit-learn's five components of them, and an autoencoder of the same weights."""
    data = load_digits()
    pca = PCA(5).fit(data.data)
    return Digits(principal_model(pca), pca, np.asarray(data.data), np.asarray(data.target))
