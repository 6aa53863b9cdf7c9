"""A dense network in training on the native engine."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from wattlab.engines.base import BatchLog, Facts, Score, State, Trainer, Weights, check_state
from wattlab.engines.native.evaluation import Evaluator
from wattlab.engines.native.penalty import penalty
from wattlab.engines.phases import IDLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from wattlab.data.preparation import PreparedPart
    from wattlab.engines.native.feeding import Samples
    from wattlab.engines.native.loop import Loop
    from wattlab.engines.native.setup import Setup
    from wattlab.engines.phases import PhaseClock, PhaseTimes, Untimed
    from wattlab.recipe.schedule import StepValues

__all__ = ["NativeTrainer"]


class NativeTrainer(Trainer):
    """A dense network in training, on the arrays and by the loop that it is given.

    Parameters
    ----------
    setup : Setup
        Network, samples and optimizer.
    loop : Loop
        How an epoch's batches are gone through.
    """

    def __init__(self, setup: Setup, loop: Loop) -> None:
        self.setup, self.loop = setup, loop
        self.recipe, self.data, self.arrays = setup.recipe, setup.data, setup.arrays
        self.parameters, self.update, self.samples = setup.parameters, setup.update, setup.samples
        self.evaluator = Evaluator(setup.network, setup.data.byte_scale)
        self._others: WeakKeyDictionary[PreparedPart, Samples] = WeakKeyDictionary()

    def train(
        self,
        order: NDArray[np.int64],
        values: StepValues,
        tick: Callable[[int], None] | None = None,
        clock: PhaseClock = IDLE,
        epoch: int = 0,
    ) -> BatchLog:
        """Apply one update for every batch of `order`; see `Trainer.train` and `Loop.run`."""
        with self.arrays.scope():
            return self.loop.run(order, values, tick, clock)

    def phase_times(self, clock: PhaseClock, budget_s: float) -> PhaseTimes | Untimed:
        """Return the phases of a step; see `Trainer.phase_times`."""
        with self.arrays.scope():
            return self.loop.phase_times(clock, budget_s)

    def warm_up(self) -> None:
        """Compile a step where that is wanted; see `Trainer.warm_up`."""
        if not len(self.samples.labels):
            return
        state = self.state()
        with self.arrays.scope():
            self.loop.warm_up()
        self.restore(state)

    def evaluate(self, part: PreparedPart) -> Score:
        """Return score and loss on a part of the data; see `Trainer.evaluate`."""
        with self.arrays.scope():
            samples = self._samples(part)
            score, cost = self.evaluator.score(samples, classifies=self.data.classes is not None)
            loss = cost / len(part.labels) if self.setup.by_mean else cost
            return Score(score, loss, penalty(self.arrays, self.parameters, self.recipe.regularisation))

    def _samples(self, part: PreparedPart) -> Samples:
        """Return a part of the data in arrays, which stay where they are as long as the part does."""
        if part is self.data.train:
            return self.samples
        if part not in self._others:
            self._others[part] = self.setup.samples_of(part)
        return self._others[part]

    def predict(self, features: NDArray[np.generic]) -> NDArray[np.floating]:
        """Return the outputs for prepared features; see `Trainer.predict`."""
        with self.arrays.scope():
            return self.evaluator.outputs(features)

    def weights(self) -> Weights:
        """Return copies of all weights and biases, by name."""
        with self.arrays.scope():
            return self.parameters.copies()

    def load(self, weights: Weights) -> None:
        """Replace all weights and biases; see `Trainer.load`."""
        with self.arrays.scope():
            self.parameters.assign(weights)

    def facts(self) -> Facts:
        """Return what is really in use; see `Trainer.facts`."""
        return self.loop.facts()

    def state(self) -> State:
        """Return copies of parameters, optimizer memory, step count, and what the loop keeps."""
        with self.arrays.scope():
            flat = {name: self.arrays.to_numpy(one) for name, one in self._vectors().items()}
            return {**flat, "steps": np.array(int(self.update.steps)), **self.loop.state()}

    def restore(self, state: State) -> None:
        """Go back to what `state` returned; see `Trainer.restore`."""
        check_state(state, self.state())
        with self.arrays.scope():
            for name, one in self._vectors().items():
                self.arrays.assign(one, self.arrays.of_numpy(state[name], None))
            self.update.set_steps(int(state["steps"]))
            self.loop.restore(state)

    def _vectors(self) -> dict[str, NDArray[np.floating]]:
        slots = {f"optimizer.{name}": slot for name, slot in self.update.slots.items()}
        return {"parameters": self.parameters.flat, **slots}

    def synchronize(self) -> None:
        """Wait until the device has finished; see `Trainer.synchronize`."""
        self.loop.synchronize()
