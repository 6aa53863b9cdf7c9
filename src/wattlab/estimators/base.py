"""What both estimators share: parameters, the fit over epochs, prediction."""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from wattlab.engines.native.engine import NativeEngine
from wattlab.errors import ParameterError
from wattlab.estimators.course import Course
from wattlab.estimators.parameters import Parameters, Problem, read_parameters
from wattlab.estimators.start import Outputs, predict, start

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattlab.engines.base import State, Trainer, Weights
    from wattlab.estimators.samples import Samples
    from wattlab.recipe import Recipe

__all__ = ["Perceptron"]

_FLOATS = (np.float64, np.float32)


class Perceptron(BaseEstimator, ABC):  # type: ignore[misc] # scikit-learn has no types
    """Base of `wattlab.MLPClassifier` and `wattlab.MLPRegressor`, which explain parameters and attributes."""

    recipe_: Recipe
    coefs_: list[NDArray[np.floating]]
    intercepts_: list[NDArray[np.floating]]
    loss_curve_: list[float]
    n_iter_: int
    n_layers_: int
    n_outputs_: int
    t_: int
    _state: State

    def __init__(  # noqa: PLR0913 (an estimator's parameters are arguments of its own)
        self,
        hidden_layer_sizes: Any = (100,),
        activation: str = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.01,
        n_iter_no_change: int = 10,
        precision: str = "auto",
        compiled: bool = False,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.weight_decay = weight_decay
        self.n_iter_no_change = n_iter_no_change
        self.precision = precision
        self.compiled = compiled

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train from new weights (with `warm_start`: from the present ones) until the fit has converged.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Finite numbers; best scaled to similar ranges.
        y : array-like of shape (n_samples,), for a regression also (n_samples, n_outputs)
            Class labels, or numbers to predict.
        sample_weight : array-like of shape (n_samples,), optional
            How much each sample counts, >= 0. Where a batch holds all samples, weight 2 is the sample twice;
            weight 0 is always as if it were absent.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter or the data are not usable.
        wattlab.errors.DivergedError
            If the loss is no longer a finite number.

        Warns
        -----
        sklearn.exceptions.ConvergenceWarning
            If `max_iter` epochs were not enough.
        """
        parameters = self._read()
        goes_on = parameters.warm_start and self._is_fitted()
        samples = self._samples(X, y, sample_weight, reset=not goes_on, in_parts=False)
        seed = self._draw_seed()
        validation = None
        if parameters.early_stopping:
            share = parameters.validation_fraction
            samples, validation = samples.divided(share, seed, stratify=self._kind().is_classification)
        recipe = self._recipe(parameters, samples, seed, goes_on=goes_on)
        trainer = start(self._name, recipe, samples, self._kind(), self._weights() if goes_on else None)
        course = Course(parameters, recipe, trainer, len(samples.labels), self.loss_curve_ if goes_on else [])
        with NativeEngine().threads(recipe):
            has_converged = course.run(validation)
        self._learn(parameters, recipe, trainer, course)
        self.n_iter_ = course.n_epochs
        self.t_ = course.n_epochs * len(samples.labels)
        if not has_converged:
            msg = (
                f"max_iter={parameters.max_iter} epochs were reached before the fit had converged; "
                "increase max_iter, learning_rate_init or tol"
            )
            warnings.warn(msg, ConvergenceWarning, stacklevel=2)
        return self

    def _partial_fit(self, X: Any, y: Any, sample_weight: Any) -> Self:
        """Go once over the samples, with the optimizer's memory of the calls before."""
        parameters = self._read()
        self._refuse_in_parts(parameters)
        goes_on = self._is_fitted()
        samples = self._samples(X, y, sample_weight, reset=not goes_on, in_parts=True)
        seed = self.recipe_.seed if goes_on else self._draw_seed()
        recipe = self._recipe(parameters, samples, seed, goes_on=goes_on)
        trainer = start(self._name, recipe, samples, self._kind(), self._weights() if goes_on else None)
        if goes_on:
            self._restore(trainer, recipe)
        course = Course(parameters, recipe, trainer, len(samples.labels), self.loss_curve_ if goes_on else [])
        with NativeEngine().threads(recipe):
            course.epoch()
        self._learn(parameters, recipe, trainer, course)
        self.n_iter_ = self.n_iter_ + 1 if goes_on else 1
        self.t_ = len(samples.labels) + (self.t_ if goes_on else 0)
        return self

    @abstractmethod
    def _samples(self, X: Any, y: Any, sample_weight: Any, *, reset: bool, in_parts: bool) -> Samples:
        """Check what is to be learned and note its features, and its classes or outputs.

        With `reset` nothing was fitted before that it would have to agree with; `in_parts`: not all is here, but the
        classes are known.
        """

    @abstractmethod
    def _kind(self) -> Outputs:
        """Return what was noted of the outputs."""

    @property
    def _name(self) -> str:
        return type(self).__name__

    def _read(self) -> Parameters:
        return read_parameters(self._name, self.get_params(deep=False))

    def _is_fitted(self) -> bool:
        return "coefs_" in vars(self)

    def _draw_seed(self) -> int:
        return int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))

    def _refuse_in_parts(self, parameters: Parameters) -> None:
        """Raise for what needs to know the whole of the data or the number of epochs."""
        if parameters.early_stopping:
            msg = (
                f"{self._name}: partial_fit does not support early_stopping=True; set it to False, or use fit"
            )
            raise ParameterError(msg)
        if parameters.learning_rate != "constant":
            msg = (
                f"{self._name}: learning_rate is {parameters.learning_rate!r}, but partial_fit does not know how "
                "many epochs will follow; set it to 'constant', or use fit"
            )
            raise ParameterError(msg)

    def _recipe(self, parameters: Parameters, samples: Samples, seed: int, *, goes_on: bool) -> Recipe:
        """Return the recipe for these samples; what goes on keeps its number format."""
        n_samples = len(samples.labels)
        wanted = parameters.batch_size
        if wanted != "auto" and wanted > n_samples:
            msg = f"batch_size={wanted} is more than the {n_samples} samples; a batch holds them all"
            warnings.warn(msg, UserWarning, stacklevel=3)
        own: Literal["float32", "float64"] = "float32" if samples.features.dtype == np.float32 else "float64"
        problem = Problem(
            n_samples=n_samples,
            mean_weight=samples.mean_weight,
            is_classification=self._kind().is_classification,
            dtype=self.recipe_.engine.array_dtype if goes_on else own,
            seed=seed,
        )
        return parameters.recipe(self._name, problem)

    def _restore(self, trainer: Trainer, recipe: Recipe) -> None:
        """Give the optimizer its memory back; weights that a user has changed since stay changed."""
        present, first = (one.engine.precision for one in (recipe, self.recipe_))
        if present != first:
            msg = f"{self._name}: precision is {present!r}, but partial_fit began with {first!r}; use fit"
            raise ParameterError(msg)
        if set(self._state) != set(trainer.state()):
            msg = f"{self._name}: solver is {self.solver!r}, but partial_fit began with another one; use fit"
            raise ParameterError(msg)
        weights = trainer.weights()
        trainer.restore(self._state)
        trainer.load(weights)

    def _learn(self, parameters: Parameters, recipe: Recipe, trainer: Trainer, course: Course) -> None:
        """Keep what was learned, by scikit-learn's names."""
        weights, n_layers = course.weights(), len(recipe.network.layers)
        self.recipe_ = recipe
        self.coefs_ = [weights[f"layers.{index}.weights"] for index in range(n_layers)]
        self.intercepts_ = [weights[f"layers.{index}.biases"] for index in range(n_layers)]
        self.n_layers_ = n_layers + 1
        self.out_activation_ = recipe.network.output_activation
        self.loss_curve_ = course.losses
        self.loss_ = course.losses[-1]
        self.best_loss_ = None if parameters.early_stopping else min(course.losses)
        self.validation_scores_ = course.scores
        self.best_validation_score_ = course.best_score
        self._state = trainer.state()

    def _weights(self) -> Weights:
        weights: Weights = {}
        for index, (coefs, intercepts) in enumerate(zip(self.coefs_, self.intercepts_, strict=True)):
            weights[f"layers.{index}.weights"], weights[f"layers.{index}.biases"] = coefs, intercepts
        return weights

    def _outputs(self, X: Any) -> NDArray[np.floating]:
        """Return the network's outputs, shape (n_samples, n_outputs)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=_FLOATS, reset=False)
        return predict(self.recipe_, self._weights(), self._kind(), X)
