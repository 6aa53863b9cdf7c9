"""An estimator's parameters: read, checked, and turned into a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Field, ValidationError

from wattlab.errors import ParameterError
from wattlab.recipe import Recipe
from wattlab.recipe.base import Count, Flag, Fraction, NonNegative, Part, Positive
from wattlab.recipe.engine import NativeChoice, Precision
from wattlab.recipe.network import Dense, FanScaled, Network
from wattlab.recipe.objective import CrossEntropy, Regularisation, SquaredError
from wattlab.recipe.optimizer import (
    AdaGrad,
    Adam,
    AdamW,
    Momentum,
    Nesterov,
    RMSProp,
    StochasticGradientDescent,
)
from wattlab.recipe.problems import to_recipe_error
from wattlab.recipe.recipe import Data, Evaluation, Training
from wattlab.recipe.schedule import Constant, Cosine, OneCycle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattlab.recipe.network import Activation
    from wattlab.recipe.optimizer import Optimizer
    from wattlab.recipe.schedule import Schedule

__all__ = ["Parameters", "Problem", "read_parameters"]

_ACTIVATIONS: dict[str, Activation] = {
    "identity": "identity",
    "logistic": "sigmoid",
    "tanh": "tanh",
    "relu": "relu",
    "leaky_relu": "leaky-relu",
}
_AUTO_BATCH = 200
"""Most samples of a batch where nobody chose, as in scikit-learn."""


class Problem(Part):
    """What the data decide of a recipe.

    Parameters
    ----------
    n_samples : int
        That are trained with, at least 1.
    mean_weight : float
        Mean of their sample weights, 1 where there are none.
    is_classification : bool
    dtype : "float64" or "float32"
        Format of the features.
    seed : int
        Of initial weights and order of the samples.
    """

    n_samples: Count
    mean_weight: Positive
    is_classification: Flag
    dtype: Literal["float64", "float32"]
    seed: int


class Parameters(Part):
    """The parameters of `wattlab.MLPClassifier` and `wattlab.MLPRegressor`; see there."""

    hidden_layer_sizes: tuple[Count, ...]
    activation: Literal["identity", "logistic", "tanh", "relu", "leaky_relu"]
    solver: Literal["sgd", "adam", "adamw", "rmsprop", "adagrad"]
    alpha: NonNegative
    batch_size: Literal["auto"] | Count
    learning_rate: Literal["constant", "cosine", "one-cycle"]
    learning_rate_init: Positive
    max_iter: Count
    shuffle: Flag
    tol: NonNegative
    warm_start: Flag
    momentum: Fraction
    nesterovs_momentum: Flag
    early_stopping: Flag
    validation_fraction: Annotated[float, Field(strict=True, gt=0, lt=1)]
    beta_1: Fraction
    beta_2: Fraction
    epsilon: Positive
    weight_decay: NonNegative
    n_iter_no_change: Count
    precision: Literal["auto", Precision]
    compiled: Flag

    def rows_per_batch(self, n_samples: int) -> int:
        """Return the samples of a batch, never more than there are."""
        return min(_AUTO_BATCH if self.batch_size == "auto" else self.batch_size, n_samples)

    def recipe(self, name: str, problem: Problem) -> Recipe:
        """Return the recipe that the native engine is to follow."""
        rows = self.rows_per_batch(problem.n_samples)
        return Recipe(
            name=name,
            seed=problem.seed,
            data=Data(
                dataset="in-memory",
                task="classification" if problem.is_classification else "regression",
            ),
            network=self._network("softmax" if problem.is_classification else "identity"),
            loss=CrossEntropy() if problem.is_classification else SquaredError(),
            # alpha counts per sample, as scikit-learn's: a sample of weight 2 is two samples
            regularisation=Regularisation(l2=self.alpha / (rows * problem.mean_weight)),
            optimizer=self._optimizer(),
            schedule=_SCHEDULES[self.learning_rate],
            training=Training(batch_size=rows, epochs=self.max_iter, shuffle=self.shuffle),
            evaluation=Evaluation(train="none"),
            engine=NativeChoice(
                precision=problem.dtype if self.precision == "auto" else self.precision,
                compiled=self.compiled,
            ),
        )

    def _network(self, output: Activation) -> Network:
        hidden = _ACTIVATIONS[self.activation]
        layers = [Dense(units=units, activation=hidden) for units in self.hidden_layer_sizes]
        return Network(
            initial_weights=FanScaled(kind="glorot-uniform"),
            initial_biases="as-weights",
            layers=(*layers, Dense(activation=output)),
        )

    def _optimizer(self) -> Optimizer:
        rate, epsilon = self.learning_rate_init, self.epsilon
        moments: dict[str, Any] = {"beta1": self.beta_1, "beta2": self.beta_2, "epsilon_uncorrected": True}
        match self.solver:
            case "adam":
                return Adam(learning_rate=rate, epsilon=epsilon, **moments)
            case "adamw":
                return AdamW(learning_rate=rate, epsilon=epsilon, weight_decay=self.weight_decay, **moments)
            case "rmsprop":
                return RMSProp(learning_rate=rate, epsilon=epsilon, decay=self.beta_2)
            case "adagrad":
                return AdaGrad(learning_rate=rate, epsilon=epsilon)
            case "sgd":
                return self._descent(rate)

    def _descent(self, rate: float) -> Optimizer:
        """Return gradient descent, with the momentum asked for."""
        if not self.momentum:
            return StochasticGradientDescent(learning_rate=rate)
        kind = Nesterov if self.nesterovs_momentum else Momentum
        return kind(learning_rate=rate, momentum=self.momentum)


_SCHEDULES: dict[str, Schedule] = {"constant": Constant(), "cosine": Cosine(), "one-cycle": OneCycle()}


def read_parameters(name: str, values: Mapping[str, Any]) -> Parameters:
    """Check an estimator's parameters.

    Parameters
    ----------
    name : str
        Of the estimator, for the messages.
    values : mapping
        From ``get_params``; ``random_state`` is left to scikit-learn.

    Raises
    ------
    ParameterError
        Names every parameter that is not allowed, and what would be right.
    """
    fields = {key: _plain(value) for key, value in values.items() if key != "random_state"}
    sizes = fields["hidden_layer_sizes"]
    fields["hidden_layer_sizes"] = sizes if isinstance(sizes, (tuple, list)) else (sizes,)
    fields["hidden_layer_sizes"] = tuple(_plain(size) for size in fields["hidden_layer_sizes"])
    try:
        return Parameters.model_validate(fields)
    except ValidationError as error:
        message = str(to_recipe_error(error, name, Parameters))
        raise ParameterError(message.replace(f"recipe {name!r}: ", f"{name}: ")) from error


def _plain(value: Any) -> Any:
    """Return what a search over a NumPy array hands over as Python's own number or list."""
    return value.tolist() if isinstance(value, (np.generic, np.ndarray)) else value
