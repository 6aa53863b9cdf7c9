"""The native engine on NumPy arrays."""

from __future__ import annotations

from importlib.util import find_spec
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from wattlab.data.batches import batch_bounds
from wattlab.engines.base import BatchLog, Engine, Facts, Score, State, Trainer, Weights
from wattlab.engines.initial import check_loss, layer_sizes
from wattlab.engines.native.descent import Descent, NumpyDescent
from wattlab.engines.native.evaluation import BLOCK_ROWS, Evaluator
from wattlab.engines.native.network import DenseNetwork, LayerTimes, one_hot
from wattlab.engines.native.optimizers import make_update
from wattlab.engines.native.parameters import Parameters
from wattlab.engines.native.passes import NumpyPass, Pass, PassResult, Samples
from wattlab.engines.native.penalty import penalty
from wattlab.errors import MissingExtraError, UnsupportedError, WeightsError
from wattlab.machine.threads import blas_threads, usable_cores
from wattlab.recipe.objective import CrossEntropy

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from wattlab.data.preparation import Prepared, PreparedPart
    from wattlab.recipe.recipe import Recipe
    from wattlab.recipe.schedule import StepValues

__all__ = ["SHARED_ROWS", "NativeEngine", "NativeTrainer"]

SHARED_ROWS = 64
"""Rows of a batch from which on its matrix products are shared among threads."""


SHARE_ROWS = 125
"""Fewest rows that a compiled pass gives to a core."""


def share_count(recipe: Recipe, n_rows: int) -> int:
    """Return among how many cores a compiled pass divides a block of `n_rows`."""
    if not recipe.engine.compiled:
        return 1
    return max(1, min(recipe.engine.threads or usable_cores(), n_rows // SHARE_ROWS))


class NativeEngine(Engine):
    """Explicit error back-propagation, on NumPy arrays."""

    name = "native"

    def check(self, recipe: Recipe) -> None:
        """Raise for what this engine cannot do.

        Raises
        ------
        wattlab.errors.UnsupportedError
            For an option that does not go with a compiled pass.
        wattlab.errors.MissingExtraError
            If the recipe wants a compiled pass and numba is not installed.
        """
        choice = recipe.engine
        if not choice.compiled:
            return
        if choice.input_delta or choice.layer_times:
            msg = "engine.compiled does not go with engine.input_delta or engine.layer_times; leave one of them out"
            raise UnsupportedError(msg)
        if find_spec("numba") is None:
            raise MissingExtraError("numba", "compiled", "engine.compiled = true")
        import scipy.linalg.cython_blas  # noqa: F401 (compiled products use this BLAS: here, so that threads can be set)

    def preferred_threads(self, recipe: Recipe) -> int | None:
        """Return 1 for batches too small to share out, and where a compiled pass shares the rows out itself."""
        size = recipe.training.batch_size
        rows = BLOCK_ROWS if size == "all" else min(size, BLOCK_ROWS)
        return 1 if rows < SHARED_ROWS or share_count(recipe, rows) > 1 else None

    def start(self, recipe: Recipe, data: Prepared, weights: Weights) -> NativeTrainer:
        """Return a trainer that begins from `weights`."""
        self.check(recipe)
        check_loss(recipe.loss, data.classes)
        return NativeTrainer(recipe, data, weights)


class NativeTrainer(Trainer):
    """A dense network in training on NumPy arrays.

    Parameters
    ----------
    recipe : Recipe
    data : Prepared
        Its training part is what `train` goes through.
    weights : dict of arrays
        Where to begin.
    """

    def __init__(self, recipe: Recipe, data: Prepared, weights: Weights) -> None:
        self.recipe, self.data = recipe, data
        self.dtype = np.dtype(recipe.engine.array_dtype)
        sizes = layer_sizes(recipe.network, data.train.features.shape[1], data.n_outputs)
        self.parameters = Parameters(sizes, self.dtype)
        self.parameters.assign(weights)
        self.gradients = Parameters(sizes, self.dtype)
        activations = [layer.activation for layer in recipe.network.layers]
        self.network = DenseNetwork(
            np, self.parameters, activations, recipe.loss.kind, input_delta=recipe.engine.input_delta
        )
        self.update = make_update(np, recipe.optimizer, self.parameters.flat, self.parameters.n_weights)
        self.times = LayerTimes(len(activations)) if recipe.engine.layer_times else None
        self.evaluator = Evaluator(self.network, data.byte_scale)
        self.samples = Samples(
            data.train.features,
            data.byte_scale,
            self._targets(data.train.labels),
            self._classes(data.train.labels),
        )
        self.counts = data.classes is not None and recipe.evaluation.train == "batches"
        self._set_up_pass()

    def _set_up_pass(self) -> None:
        """Prepare for blocks of rows, with a second gradient where a batch has several."""
        size, n_samples = self.recipe.training.batch_size, len(self.samples.labels)
        batch = n_samples if size == "all" else min(size, n_samples)
        self.block_rows = max(1, min(batch, BLOCK_ROWS))
        self.block_gradients = (
            Parameters(self.parameters.sizes, self.dtype) if batch > BLOCK_ROWS else self.gradients
        )
        self.compute, self.descend = self._pass(), self._descent()

    def _descent(self) -> Descent:
        if self.recipe.engine.compiled:
            from wattlab.engines.native.compiled_descent import CompiledDescent

            if CompiledDescent.serves(self.recipe):
                return CompiledDescent(self.recipe, self.parameters, self.gradients, self.update)
        return NumpyDescent(self.recipe, self.parameters, self.gradients, self.update)

    def _pass(self) -> Pass:
        if self.recipe.engine.compiled:
            from wattlab.engines.native.compiled import CompiledPass

            shares = share_count(self.recipe, self.block_rows)
            return CompiledPass(self.network, self.samples, self.block_rows, count=self.counts, shares=shares)
        return NumpyPass(self.network, self.samples, self.block_rows, count=self.counts, times=self.times)

    def _targets(self, labels: NDArray[np.generic]) -> NDArray[np.floating]:
        if self.data.classes is None:
            return np.ascontiguousarray(labels, self.dtype).reshape(len(labels), self.data.n_outputs)
        loss = self.recipe.loss
        smoothing = loss.label_smoothing if isinstance(loss, CrossEntropy) else 0.0
        return one_hot(labels.astype(np.int64), self.data.n_outputs, self.dtype, smoothing)

    def _classes(self, labels: NDArray[np.generic]) -> NDArray[np.int64]:
        """Return class indices; for regression, where there are none, zeros that nothing reads."""
        return np.zeros(len(labels), np.int64) if self.data.classes is None else labels.astype(np.int64)

    def train(
        self, order: NDArray[np.int64], values: StepValues, tick: Callable[[int], None] | None = None
    ) -> BatchLog:
        """Apply one update for every batch of `order`; see `Trainer.train`.

        After a loss that is not a finite number the remaining batches are left out; their log is NaN.
        """
        training = self.recipe.training
        bounds = batch_bounds(len(order), training.batch_size, training.last_batch)
        log = np.full((3, len(bounds)), np.nan)
        rates = values.learning_rate.tolist()
        momenta = [None] * len(rates) if values.momentum is None else values.momentum.tolist()
        correct = 0
        for index, (start, stop) in enumerate(bounds):
            result = self._batch(order[start:stop])
            if not isfinite(result.cost):
                break
            term = self.descend(rates[index], momenta[index])
            log[:, index] = result.cost + term, term, result.error
            correct += result.correct
            if tick is not None:
                tick(index + 1)
        return BatchLog(log[0], log[1], log[2], correct if self.counts else None, *self._take_times())

    def _batch(self, rows: NDArray[np.int64]) -> PassResult:
        """Fill the gradients for one batch; return its cost, mean absolute error and hits."""
        n_rows = len(rows)
        factor = 1.0 if self.recipe.loss.reduction == "sum" else 1.0 / n_rows
        cost, error, correct = self.compute(rows[: self.block_rows], self.gradients, factor)
        for start in range(self.block_rows, n_rows, self.block_rows):
            block = self.compute(rows[start : start + self.block_rows], self.block_gradients, factor)
            np.add(self.gradients.flat, self.block_gradients.flat, out=self.gradients.flat)
            cost, error, correct = cost + block.cost, error + block.error, correct + block.correct
        return PassResult(cost * factor, error / (n_rows * self.parameters.sizes[-1]), correct)

    def warm_up(self) -> None:
        """Compile a step where the recipe wants it compiled; see `Trainer.warm_up`."""
        if not self.recipe.engine.compiled or not len(self.samples.labels):
            return
        state = self.state()
        self._batch(np.arange(self.block_rows))
        self.descend(0.0, None)
        self.restore(state)

    def _take_times(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the seconds by layer since the last call."""
        if self.times is None:
            return np.zeros(0), np.zeros(0)
        taken = self.times.forward_s.copy(), self.times.backward_s.copy()
        self.times.forward_s[:] = self.times.backward_s[:] = 0
        return taken

    def evaluate(self, part: PreparedPart) -> Score:
        """Return score and loss on a part of the data; see `Trainer.evaluate`."""
        targets = self.samples.targets if part is self.data.train else self._targets(part.labels)
        labels = None if self.data.classes is None else part.labels
        score, cost = self.evaluator.score(part.features, targets, labels)
        loss = cost if self.recipe.loss.reduction == "sum" else cost / len(targets)
        return Score(score, loss, penalty(self.parameters, self.recipe.regularisation))

    def predict(self, features: NDArray[np.generic]) -> NDArray[np.floating]:
        """Return the outputs for prepared features; see `Trainer.predict`."""
        return self.evaluator.outputs(features)

    def weights(self) -> Weights:
        """Return copies of all weights and biases, by name."""
        return self.parameters.copies()

    def load(self, weights: Weights) -> None:
        """Replace all weights and biases; see `Trainer.load`."""
        self.parameters.assign(weights)

    def facts(self) -> Facts:
        """Return NumPy's version, its BLAS threads and what was compiled; see `Trainer.facts`."""
        choice = self.recipe.engine
        return {
            "arrays": "numpy",
            "numpy": np.__version__,
            "threads": max(blas_threads() or 1, share_count(self.recipe, self.block_rows)),
            "device": "cpu",
            "precision": choice.precision,
            "compiled": choice.compiled,
        }

    def state(self) -> State:
        """Return copies of parameters, optimizer memory and step count."""
        slots = {f"optimizer.{name}": slot.copy() for name, slot in self.update.slots.items()}
        return {"parameters": self.parameters.flat.copy(), "steps": np.array(self.update.steps), **slots}

    def restore(self, state: State) -> None:
        """Go back to what `state` returned.

        Raises
        ------
        wattlab.errors.WeightsError
            If it comes from another network or another optimizer.
        """
        slots = {f"optimizer.{name}": slot for name, slot in self.update.slots.items()}
        wanted = {"parameters": self.parameters.flat, **slots}
        if set(state) != {*wanted, "steps"} or any(
            state[name].shape != one.shape for name, one in wanted.items()
        ):
            msg = "the saved state belongs to another network or optimizer; resume with the run's own recipe"
            raise WeightsError(msg)
        for name, one in wanted.items():
            one[...] = state[name]
        self.update.steps = int(state["steps"])
