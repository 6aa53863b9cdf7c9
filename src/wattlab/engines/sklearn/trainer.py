"""A scikit-learn network in training, by its own ``partial_fit``."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
import sklearn

from wattlab.data.batches import batch_bounds
from wattlab.engines.base import BatchLog, Facts, Score, State, Trainer, Weights, check_state
from wattlab.engines.initial import layer_sizes
from wattlab.engines.phases import IDLE
from wattlab.engines.sklearn.calls import plan_calls
from wattlab.engines.sklearn.evaluation import losses, r_squared
from wattlab.engines.sklearn.network import assign, make_estimator, named_arrays, targets_for
from wattlab.engines.sklearn.optimizer import OptimizerAccess
from wattlab.engines.sklearn.phases import LOSS_IS_BACKWARD, shown_to
from wattlab.machine.threads import blas_threads

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from wattlab.data.preparation import Prepared, PreparedPart
    from wattlab.engines.phases import PhaseClock, PhaseTimes, Untimed
    from wattlab.engines.sklearn.calls import Call
    from wattlab.recipe import Recipe
    from wattlab.recipe.schedule import StepValues

__all__ = ["SklearnTrainer"]


class SklearnTrainer(Trainer):
    """A network of scikit-learn in training.

    Parameters
    ----------
    recipe : Recipe
        One that ``SklearnEngine.check`` lets through.
    data : Prepared
        Its training part is what `train` goes through; bytes are converted here, as scikit-learn has no use for them.
    weights : dict of arrays
        Where to begin.
    """

    def __init__(self, recipe: Recipe, data: Prepared, weights: Weights) -> None:
        self.recipe, self.data = recipe, data
        self.dtype = np.dtype(recipe.engine.array_dtype)
        self.features = self._floats(data.train.features)
        self.targets = self._targets(data.train.labels)
        sizes = layer_sizes(recipe.network, self.features.shape[1], data.n_outputs)
        self.estimator = make_estimator(recipe, sizes, self.dtype)
        self.optimizer = OptimizerAccess(self.estimator)
        self.optimizer.clear()
        self.load(weights)

    def train(
        self,
        order: NDArray[np.int64],
        values: StepValues,
        tick: Callable[[int], None] | None = None,
        clock: PhaseClock = IDLE,
        epoch: int = 0,  # noqa: ARG002 (nothing is drawn inside)
    ) -> BatchLog:
        """Apply one update for every batch of `order`; see `Trainer.train`.

        Consecutive batches with the same rate, momentum and number of rows go to scikit-learn in one call, up to some
        megabytes of features. Of such a call only the mean of its batches' costs is known, and is given as the cost of
        each of them; so is, as their regularisation, the mean of that before and after. A call with one batch
        gives that batch's figures exactly. The mean absolute error is not known, and nothing is counted.

        After a loss that is not a finite number the remaining batches are left out; their log is NaN.
        """
        training = self.recipe.training
        n_batches = len(batch_bounds(len(order), training.batch_size, training.last_batch))
        log = np.full((3, n_batches), np.nan)
        calls = plan_calls(self.recipe, order, values, self.data.train.sample_weight, self._row_bytes)
        # The data were checked when they were loaded, the parameters by the recipe.
        with sklearn.config_context(assume_finite=True, skip_parameter_validation=True):
            for call in calls:
                clock.begin_call(range(call.batches.start, call.batches.stop))
                cost, term = self._call(call, clock)
                if not isfinite(cost):
                    break
                clock.end("other")
                log[0, call.batches], log[1, call.batches] = cost, term
                if tick is not None:
                    tick(call.batches.stop)
        return BatchLog(log[0], log[1], log[2], None)

    def phase_times(self, clock: PhaseClock, budget_s: float) -> PhaseTimes | Untimed:  # noqa: ARG002 (no time at all)
        """Return what the clock saw; see `Trainer.phase_times`."""
        return clock.times(LOSS_IS_BACKWARD)

    @property
    def _row_bytes(self) -> int:
        return int(self.features.shape[1]) * self.features.itemsize

    def _call(self, call: Call, clock: PhaseClock) -> tuple[float, float]:
        """Return mean cost and mean regularisation of the batches of a call; NaN if it diverged."""
        settings, estimator = call.settings, self.estimator
        estimator.batch_size, estimator.alpha = settings.n_rows, settings.alpha
        self.optimizer.set(settings.learning_rate, settings.momentum)
        weight = self.data.train.sample_weight
        term = self._penalty()
        clock.lap("other")
        extra = {} if weight is None else {"sample_weight": weight[call.rows]}
        features, targets = self.features[call.rows], self.targets[call.rows]
        clock.lap("data")
        try:
            with shown_to(clock, estimator):
                estimator.partial_fit(features, targets, **extra)
        except ValueError:
            if self._is_finite():
                raise  # scikit-learn says the same in other words
            return float("nan"), float("nan")
        if call.batches.stop - call.batches.start > 1:
            term = (term + self._penalty()) / 2
        # scikit-learn averages the squared errors over the outputs (but not their gradients), where we add them up.
        n_averaged = self.data.n_outputs if self.recipe.loss.kind == "mse" else 1
        return settings.factor * n_averaged * estimator.loss_ - (n_averaged - 1) * term, term

    def evaluate(self, part: PreparedPart) -> Score:
        """Return score and loss on a part of the data, the loss weighted as the part says; see `Trainer.evaluate`."""
        outputs, classes = self.predict(part.features), self.data.classes
        targets = self._one_hot(part.labels) if classes is not None else self._targets(part.labels)
        targets = targets.reshape(outputs.shape)
        each = losses(self.recipe.loss.kind, outputs, targets)
        loss = float(each.sum() if part.sample_weight is None else each @ part.sample_weight)
        if self.recipe.loss.reduction == "mean":
            loss /= len(each)
        if classes is None:
            score = r_squared(outputs, targets)
        else:
            score = float((outputs.argmax(axis=1) == part.labels).mean())
        return Score(score, loss, self._penalty())

    def predict(self, features: NDArray[np.generic]) -> NDArray[np.floating]:
        """Return the outputs for prepared features; see `Trainer.predict`."""
        floats = self._floats(features)
        is_regression = self.recipe.loss.kind == "mse"
        outputs = self.estimator.predict(floats) if is_regression else self.estimator.predict_proba(floats)
        outputs = outputs.reshape(len(features), self.data.n_outputs)
        found: NDArray[np.floating] = outputs
        return found

    def weights(self) -> Weights:
        """Return copies of all weights and biases, by name."""
        return {name: array.copy() for name, array in named_arrays(self.estimator).items()}

    def load(self, weights: Weights) -> None:
        """Replace all weights and biases; see `Trainer.load`."""
        assign(self.estimator, weights)

    def facts(self) -> Facts:
        """Return scikit-learn's version, the BLAS threads, and what the costs are; see `Trainer.facts`."""
        return {
            "scikit-learn": sklearn.__version__,
            "numpy": np.__version__,
            "threads": blas_threads() or 1,
            "device": "cpu",
            "precision": self.recipe.engine.precision,
            "compiled": False,
            "costs": "mean of each call of partial_fit",
        }

    def state(self) -> State:
        """Return copies of weights, optimizer memory and step count."""
        return {**self.weights(), **self.optimizer.state()}

    def restore(self, state: State) -> None:
        """Go back to what `state` returned; see `Trainer.restore`."""
        check_state(state, self.state())
        weights = {name: array for name, array in state.items() if name.startswith("layers.")}
        memory = {name: array for name, array in state.items() if not name.startswith("layers.")}
        self.optimizer.restore(memory)
        assign(self.estimator, weights)

    def _penalty(self) -> float:
        """Return ½ λ₂ Σw² of the present weights, summed in float64."""
        l2 = self.recipe.regularisation.l2
        if not l2:
            return 0.0
        flat = [weights.ravel().astype(np.float64) for weights in self.estimator.coefs_]
        return 0.5 * l2 * sum(float(weights @ weights) for weights in flat)

    def _is_finite(self) -> bool:
        return all(bool(np.isfinite(array).all()) for array in named_arrays(self.estimator).values())

    def _floats(self, features: NDArray[Any]) -> NDArray[np.floating]:
        """Return features in the recipe's format, bytes scaled."""
        if self.data.byte_scale is not None and features.dtype == np.uint8:
            scale = self.dtype.type(self.data.byte_scale)
            scaled: NDArray[np.floating] = np.multiply(features, scale, dtype=self.dtype)
            return scaled
        return np.ascontiguousarray(features, self.dtype)

    def _targets(self, labels: NDArray[Any]) -> NDArray[Any]:
        """Return what scikit-learn learns from; one target alone is a vector there."""
        if self.data.classes is not None:
            targets = targets_for(self.recipe, labels.astype(np.int64), self.data.n_outputs)
            return targets.astype(self.dtype) if self.recipe.loss.kind == "mse" else targets
        targets = np.asarray(labels, self.dtype).reshape(len(labels), self.data.n_outputs)
        return targets[:, 0] if self.data.n_outputs == 1 else targets

    def _one_hot(self, labels: NDArray[Any]) -> NDArray[np.floating]:
        return np.eye(self.data.n_outputs, dtype=self.dtype)[labels.astype(np.int64)]
