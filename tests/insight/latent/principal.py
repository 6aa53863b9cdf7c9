"""Principal components as an autoencoder of two dense layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from wattlab.data.preparation import Transform
from wattlab.data.scaling import NoScaling
from wattlab.recipe import Recipe
from wattlab.records.model import Model

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.decomposition import PCA


class Digits(NamedTuple):
    """What the tests look at."""

    model: Model
    pca: PCA
    X: NDArray[Any]
    y: NDArray[Any]


def principal_model(pca: PCA, task: str = "reconstruction") -> Model:
    """Return a network that computes what `pca` does."""
    d, n_features = pca.components_.shape
    recipe = Recipe.from_toml(f"""
name = "principal"
data = {{ dataset = "digits", task = "{task}" }}
network = {{ layers = [{{ units = {d} }}, {{ units = {n_features} }}] }}
loss = {{ kind = "mse" }}
optimizer = {{ kind = "sgd", learning_rate = 0.1 }}
engine = {{ precision = "float64" }}
""")
    weights = {
        "layers.0.weights": pca.components_.T,
        "layers.0.biases": -pca.mean_ @ pca.components_.T,
        "layers.1.weights": pca.components_,
        "layers.1.biases": pca.mean_,
    }
    shape = (8, 8, 1) if n_features == 64 else None
    return Model(recipe, Transform(NoScaling(), None, NoScaling(), n_features), weights, None, shape)
