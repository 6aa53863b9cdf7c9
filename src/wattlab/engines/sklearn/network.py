"""scikit-learn's network: made with the recipe's layers, and its weights by our names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor

from wattlab.engines.dense_only import dense_layers
from wattlab.engines.initial import check_weights
from wattlab.engines.sklearn.support import HIDDEN_ACTIVATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import DTypeLike, NDArray

    from wattlab.recipe import Recipe

__all__ = ["assign", "make_estimator", "named_arrays", "targets_for"]


def make_estimator(recipe: Recipe, sizes: Sequence[int], dtype: DTypeLike) -> Any:
    """Return an estimator that has all its arrays, after one step on a sample of zeros.

    There is no public way to have the arrays without a step, so both weights and memory have to be set afterwards.

    Parameters
    ----------
    recipe : Recipe
        One that `check_support` lets through.
    sizes : sequence of int
        Nodes of all layers, input first.
    dtype : dtype
        float32 or float64; scikit-learn takes it over from the features.
    """
    optimizer, hidden = recipe.optimizer, dense_layers(recipe)[:-1]
    parameters: dict[str, Any] = {
        "hidden_layer_sizes": tuple(sizes[1:-1]),
        "activation": HIDDEN_ACTIVATIONS[hidden[0].activation] if hidden else "identity",
        "solver": "adam" if optimizer.kind == "adam" else "sgd",
        "nesterovs_momentum": optimizer.kind == "nesterov",
        "learning_rate_init": optimizer.learning_rate,
        "batch_size": 1,
        "shuffle": False,
        "random_state": 0,  # decides nothing that stays, and leaves NumPy's own generator alone
        "n_iter_no_change": np.inf,
    }
    if optimizer.kind == "adam":
        parameters |= {"beta_2": optimizer.beta2, "epsilon": optimizer.epsilon}
    features = np.zeros((1, sizes[0]), dtype)
    if recipe.loss.kind == "mse":
        targets = np.zeros((1, sizes[-1]) if sizes[-1] > 1 else 1, dtype)
        return MLPRegressor(**parameters).partial_fit(features, targets)
    targets = targets_for(recipe, np.zeros(1, np.int64), sizes[-1])
    return MLPClassifier(**parameters).partial_fit(features, targets, classes=np.arange(sizes[-1]))


def targets_for(recipe: Recipe, labels: NDArray[Any], n_outputs: int) -> NDArray[Any]:
    """Return class indices as scikit-learn has to get them.

    Softmax outputs learn from the indices themselves. Sigmoid outputs learn from a row of zeros and a one for each
    sample, which scikit-learn takes for labels of which several may be true: one log-loss for each output. So do
    identity outputs with squared errors.
    """
    if recipe.loss.kind == "cross-entropy":
        return labels
    rows: NDArray[np.int64] = np.eye(n_outputs, dtype=np.int64)[labels]
    return rows


def named_arrays(estimator: Any) -> dict[str, NDArray[np.floating]]:
    """Return the weights themselves by the names that every engine uses."""
    named = {}
    for index, (weights, biases) in enumerate(zip(estimator.coefs_, estimator.intercepts_, strict=True)):
        named[f"layers.{index}.weights"], named[f"layers.{index}.biases"] = weights, biases
    return named


def assign(estimator: Any, weights: Mapping[str, NDArray[np.generic]]) -> None:
    """Copy weights in; `wattlab.errors.WeightsError` if a name or shape does not fit."""
    arrays = named_arrays(estimator)
    check_weights(weights, {name: array.shape for name, array in arrays.items()})
    for name, array in arrays.items():
        array[...] = weights[name]
