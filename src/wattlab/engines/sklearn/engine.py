"""The scikit-learn engine."""

from __future__ import annotations

from inspect import signature
from typing import TYPE_CHECKING

import numpy as np
from sklearn.neural_network import MLPClassifier

from wattlab.data.batches import batch_bounds
from wattlab.engines.base import Engine, State, Weights, named_weights
from wattlab.engines.dense_only import check_dense
from wattlab.engines.initial import check_loss
from wattlab.engines.sklearn.support import check_support
from wattlab.engines.sklearn.trainer import SklearnTrainer
from wattlab.errors import UnsupportedError

if TYPE_CHECKING:
    from wattlab.data.preparation import Prepared
    from wattlab.recipe import Recipe
    from wattlab.recipe.architecture import Architecture

__all__ = ["SklearnEngine"]


class SklearnEngine(Engine):
    """scikit-learn's ``MLPClassifier`` and ``MLPRegressor``, for the recipes that they can express."""

    name = "sklearn"

    def check(self, recipe: Recipe) -> None:
        """Raise for what scikit-learn cannot do.

        Raises
        ------
        wattlab.errors.UnsupportedError
            For other number formats than float64 and float32, other devices than the cpu, hidden activations that
            differ or that it does not have, other pairs of loss and output, other optimizers, L1 and clipping.
        """
        check_dense(recipe, "scikit-learn")
        if recipe.data.task == "reconstruction":
            msg = (
                "data.task is 'reconstruction', which scikit-learn does not do; "
                "set engine.name = 'native', 'torch' or 'keras'"
            )
            raise UnsupportedError(msg)
        check_support(recipe)

    def start(self, recipe: Recipe, data: Prepared, weights: Weights) -> SklearnTrainer:
        """Return a trainer that begins from `weights`.

        Raises
        ------
        wattlab.errors.UnsupportedError
            As `check`; for softmax outputs for two classes; and for sample weights that scikit-learn cannot carry.
        wattlab.errors.RecipeError
            If loss and data do not go together.
        """
        self.check(recipe)
        check_loss(recipe.loss, data)
        if recipe.loss.kind == "cross-entropy" and data.n_outputs < 3:
            msg = (
                f"network.layers[{len(recipe.network.layers) - 1}].activation is 'softmax' and the data has "
                f"{data.n_outputs} classes, but scikit-learn has softmax outputs from three classes on; take "
                "activation 'sigmoid' and loss.kind 'log-loss', or choose engine.name 'native'"
            )
            raise UnsupportedError(msg)
        if data.train.sample_weight is not None:
            _check_sample_weight(recipe, np.asarray(data.train.sample_weight))
        return SklearnTrainer(recipe, data, weights)

    def stored_weights(self, state: State, architecture: Architecture) -> Weights:
        """Return the weights in a saved state, which have their names there; see `Engine.stored_weights`."""
        return named_weights(state, architecture)


def _check_sample_weight(recipe: Recipe, weight: np.ndarray) -> None:
    """Raise `UnsupportedError` where scikit-learn's way to weigh samples does not lead to ours.

    It divides by the sum of a batch's weights. A rate for each batch makes up for that, but not in Adam, and not
    where the sum is 0.
    """
    if "sample_weight" not in signature(MLPClassifier.partial_fit).parameters:
        raise UnsupportedError("sample weights need scikit-learn 1.7 or newer; update it, or leave them out")
    training = recipe.training
    lengths = [
        stop - start for start, stop in batch_bounds(len(weight), training.batch_size, training.last_batch)
    ]
    if recipe.optimizer.kind == "adam" and lengths != [len(weight)]:
        msg = (
            "scikit-learn divides by the sum of a batch's sample weights, so that its Adam takes other steps; "
            "set training.batch_size = \"all\", take optimizer.kind 'nesterov', or leave the weights out"
        )
        raise UnsupportedError(msg)
    if np.count_nonzero(weight == 0) >= min(lengths):
        msg = (
            "scikit-learn divides by the sum of a batch's sample weights, which could be 0 here; "
            "leave out the samples whose weight is 0, or take larger batches"
        )
        raise UnsupportedError(msg)
