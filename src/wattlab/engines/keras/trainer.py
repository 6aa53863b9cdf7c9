"""A recipe in training by Keras' own ``fit``, one epoch a call."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from wattlab.data.batches import batch_bounds
from wattlab.engines.base import BatchLog, Facts, Score, State, Trainer, Weights, check_state
from wattlab.engines.initial import architecture_of
from wattlab.engines.keras.arithmetic import POLICIES, array_of
from wattlab.engines.keras.augmenting import Changes
from wattlab.engines.keras.backend import version
from wattlab.engines.keras.model import Network
from wattlab.engines.keras.optimizers import make_optimizer, make_rates
from wattlab.engines.keras.phases import BATCHES, as_phases, gathering_s, make_pieces, pieces_s
from wattlab.engines.keras.rates import DeviceRates
from wattlab.engines.keras.scoring import Scorer
from wattlab.engines.keras.streaming import make_feed
from wattlab.engines.keras.threads import inter_threads, threads_in_use
from wattlab.engines.keras.ticker import Ticker
from wattlab.engines.phases import IDLE, Untimed
from wattlab.errors import UnsupportedError
from wattlab.recipe.engine import KerasChoice
from wattlab.recipe.schedule import StepValues

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from wattlab.data.preparation import Prepared, PreparedPart
    from wattlab.engines.keras.devices import Place
    from wattlab.engines.keras.rates import Rates
    from wattlab.engines.phases import PhaseClock, PhaseTimes
    from wattlab.recipe.recipe import Recipe

__all__ = ["KerasTrainer"]

COMPILES_S, UNCOMPILED_S = 2.0, 0.1
"""To compile the steps of a trainer that was not warmed up; to time the parts of one that compiles nothing. Unit: s."""
FEWEST = 4
"""Steps that take as long as two rounds of a step's parts, of which one counts."""
TORCH_COMPILE_BATCHES = 12
"""torch.compile makes a new version for some of the first steps, as their learning rates differ, then one for all."""


class KerasTrainer(Trainer):
    """A network in training by Keras.

    Parameters
    ----------
    recipe : Recipe
    data : Prepared
        Its training part is what `train` goes through.
    weights : dict of arrays
        Where to begin.
    place : Place
        Device and arithmetic of every call.
    threads : int or None
        How many were asked for.
    """

    def __init__(
        self, recipe: Recipe, data: Prepared, weights: Weights, place: Place, threads: int | None
    ) -> None:
        assert isinstance(recipe.engine, KerasChoice)
        self.recipe, self.choice, self.data, self.place = recipe, recipe.engine, data, place
        self._step_s, self._warm_up_s = 0.0, COMPILES_S
        n_samples = len(data.train.labels)
        size = recipe.training.batch_size
        self.batch_size = n_samples if size == "all" else size
        self.n_batches = len(self._bounds(n_samples)) if n_samples else 0
        with self.place():
            self._build(weights)
            self.changes = Changes.of(recipe, data)
            self.feed = make_feed(self._arrays(data.train), self.batch_size, threads, self.changes, place)
            self.scorer = Scorer(self.network, recipe.loss.reduction)

    def _build(self, weights: Weights) -> None:
        recipe = self.recipe
        architecture = architecture_of(recipe, self.data)
        self.network = Network(recipe, architecture, self.data, max(1, self.n_batches))
        self.network.assign(weights)
        self.rates: Rates = make_rates(recipe, max(1, self.n_batches))
        self.optimizer = make_optimizer(recipe, self.rates)
        self.optimizer.build(self.network.trainable_variables)
        self.network.compile(
            optimizer=self.optimizer,
            jit_compile=self.choice.jit_compile,
            steps_per_execution=self.choice.steps_per_execution,
            auto_scale_loss=False,
        )
        if self.choice.jit_compile is True and not self.network.jit_compile:
            msg = "engine.jit_compile is true, but Keras cannot compile this network here; set it to 'auto' or false"
            raise UnsupportedError(msg)

    def _arrays(self, part: PreparedPart) -> list[NDArray[Any]]:
        """Return features, labels and sample weights in the formats that the network takes."""
        arrays = [part.features, self._labels(part.labels)]
        if part.sample_weight is not None:
            arrays.append(part.sample_weight.astype(self.network.kept_dtype))
        return arrays

    def _labels(self, labels: NDArray[Any]) -> NDArray[Any]:
        if self.data.reconstructs:  # the features are the targets, but `fit` wants labels
            return np.zeros(len(labels), np.int32)
        if self.data.classes is None:
            return labels.astype(self.network.kept_dtype).reshape(len(labels), self.data.n_outputs)
        return labels.astype(np.int64 if self.choice.backend == "torch" else np.int32)

    def _bounds(self, n_samples: int) -> list[tuple[int, int]]:
        training = self.recipe.training
        return batch_bounds(n_samples, training.batch_size, training.last_batch)

    def train(
        self,
        order: NDArray[np.int64],
        values: StepValues,
        tick: Callable[[int], None] | None = None,
        clock: PhaseClock = IDLE,  # noqa: ARG002 (`fit` shows nothing of the inside of a step)
        epoch: int = 0,
    ) -> BatchLog:
        """Apply one update for every batch of `order`; see `Trainer.train`.

        Keras cannot stop within a compiled call: after a loss that is not a finite number it goes on, and the log
        of the batches from there on is NaN.
        """
        bounds, started_s = self._bounds(len(order)), perf_counter()
        with self.place():
            done = self._steps_done()
            self._fit(order, bounds, values, tick, epoch)
            log = array_of(self.network.log)[: len(bounds)].T.astype(np.float64)
            skipped = len(bounds) - (self._steps_done() - done)
        self._step_s = (perf_counter() - started_s) / len(bounds)
        broken = np.flatnonzero(~np.isfinite(log[0]))
        good = int(broken[0]) if broken.size else len(bounds)
        correct = int(log[3, :good].sum()) if self.network.counts else None
        log[:, good:] = np.nan
        return BatchLog(log[0], log[1], log[2], correct, n_skipped=skipped)

    def _fit(
        self,
        order: NDArray[np.int64],
        bounds: list[tuple[int, int]],
        values: StepValues,
        tick: Callable[[int], None] | None = None,
        epoch: int = 0,
    ) -> None:
        self.rates.begin(values, self._steps_done())
        self.network.rewind()
        self.network.draw_from(self.recipe.seed, epoch)
        self.network.fit(
            self.feed.batches(order, bounds, self._draws(epoch)),
            epochs=1,
            verbose=0,
            shuffle=False,
            callbacks=[Ticker(self.rates, len(bounds), tick)],
        )

    def _draws(self, epoch: int) -> NDArray[np.int32] | None:
        return None if self.changes is None else self.changes.draws(epoch, len(self.data.train.labels))

    def _steps_done(self) -> int:
        return int(array_of(self.optimizer.iterations))

    def phase_times(self, clock: PhaseClock, budget_s: float) -> PhaseTimes | Untimed:  # noqa: ARG002 (see `train`)
        """Time the parts of a step apart, and put everything back; see `Trainer.phase_times`."""
        if not self.n_batches:
            return Untimed("there are no samples")
        if self._apart_s > budget_s:
            return Untimed.too_short("a step of fit is one call", self._apart_s)
        state, count = self.state(), min(BATCHES, self.n_batches)
        rows = np.arange(min(count * self.batch_size, len(self.data.train.labels)))
        with self.place():
            self.rates.begin(_warm_up_values(1), self._steps_done())
            self.rates.at_batch(0)
            bounds = batch_bounds(len(rows), self.batch_size)
            data_s, batch = gathering_s(self.feed.each(rows, bounds, self._draws(0)), self.place.synchronize)
            pieces = make_pieces(self.network)
            try:
                parts = pieces_s(pieces, batch, self.place.synchronize, lambda: self.restore(state), budget_s)
            finally:
                self.restore(state)
        return as_phases(data_s, parts, self._step_s)

    @property
    def _apart_s(self) -> float:
        """About how long it takes at least to time the parts of a step, most of which is compiling them."""
        compiles = self.choice.backend != "torch"
        return (1.5 * self._warm_up_s if compiles else UNCOMPILED_S) + FEWEST * self._step_s

    def warm_up(self) -> None:
        """Compile steps of both lengths and the passes of all evaluations; see `Trainer.warm_up`."""
        if not self.n_batches:
            return
        state, started_s = self.state(), perf_counter()
        bounds = self._bounds(len(self.data.train.labels))
        by_torch = self.choice.backend == "torch" and self.network.jit_compile
        count = min(len(bounds), TORCH_COMPILE_BATCHES if by_torch else 2)
        tail = bounds[-1][1] - bounds[-1][0]
        rows = np.arange((count - 1) * self.batch_size + tail, dtype=np.int64)
        with self.place():
            self._fit(rows, batch_bounds(len(rows), self.batch_size), _warm_up_values(count))
            test = self.data.test if self.recipe.evaluation.test else None
            for part in (self.data.train, self.data.validation, test):
                if part is not None:
                    self.scorer.warm_up(part.features)
        self.restore(state)
        self._warm_up_s = perf_counter() - started_s

    def evaluate(self, part: PreparedPart) -> Score:
        """Return score and loss on a part of the data; see `Trainer.evaluate`."""
        with self.place():
            return self.scorer.score(part.features, self._labels(part.labels), part.sample_weight)

    def predict(self, features: NDArray[np.generic]) -> NDArray[np.floating]:
        """Return the outputs for prepared features; see `Trainer.predict`."""
        with self.place():
            return self.scorer.outputs(features)

    def weights(self) -> Weights:
        """Return copies of all weights, biases and moving statistics, by name."""
        return self.network.copies()

    def load(self, weights: Weights) -> None:
        """Replace all weights and biases; see `Trainer.load`."""
        with self.place():
            self.network.assign(weights)

    def facts(self) -> Facts:
        """Return versions, threads, device and what Keras made of its settings; see `Trainer.facts`."""
        choice, backend = self.choice, self.choice.backend
        facts: Facts = {
            "keras": str(keras.__version__),
            "backend": backend,
            backend: version(backend),
            "threads": threads_in_use(backend),
            "device": choice.device,
            "precision": choice.precision,
            "dtype_policy": POLICIES[choice.precision],
            "compiled": bool(self.network.jit_compile) or backend != "torch",
            "jit_compile": bool(self.network.jit_compile),
            "steps_per_execution": choice.steps_per_execution,
            "feed": self.feed.name,
        }
        if backend == "tensorflow":
            facts["inter_threads"] = inter_threads()
            facts["memory_limit_MiB"] = choice.memory_limit_MiB
            facts["memory_growth"] = choice.memory_growth
        return facts

    def state(self) -> State:
        """Return copies of weights, the optimizer's memory, its count of steps and the loss scale."""
        memory = {f"optimizer.{name}": array_of(one) for name, one in self._memory().items()}
        return {**self.network.copies(), **memory}

    def restore(self, state: State) -> None:
        """Go back to what `state` returned; see `Trainer.restore`."""
        check_state(state, self.state())
        memory = {f"optimizer.{name}": one for name, one in self._memory().items()}
        with self.place():
            for name, variable in {**self.network.by_name(), **memory}.items():
                variable.assign(state[name])

    def _memory(self) -> dict[str, Any]:
        """Return the optimizer's variables by name, without the table of rates, which every epoch brings anew."""
        table = self.rates.variables() if isinstance(self.rates, DeviceRates) else []
        own = [one for one in self.optimizer.variables if not any(one is other for other in table)]
        return {f"{index}.{one.name}": one for index, one in enumerate(own)}

    def synchronize(self) -> None:
        """Wait until the device has finished all work given to it."""
        self.place.synchronize([variable.value for variable in self.network.variables])


def _warm_up_values(count: int) -> StepValues:
    """Return values for steps that are undone afterwards; they differ, as those of a schedule do."""
    return StepValues(
        np.linspace(1e-4, 2e-4, count), np.linspace(0.8, 0.9, count), np.linspace(0.01, 0.02, count)
    )
