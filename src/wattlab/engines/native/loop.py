"""The loop over an epoch's batches: what the trainer drives."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Protocol

import numpy as np

from wattlab.data.batches import batch_bounds
from wattlab.engines.base import BatchLog
from wattlab.engines.native.descent import DenseDescent
from wattlab.engines.native.network import LayerTimes
from wattlab.engines.native.parameters import Parameters
from wattlab.engines.native.passes import DensePass, PassResult
from wattlab.engines.phases import FUSED, IDLE, Untimed
from wattlab.machine.threads import blas_threads
from wattlab.recipe.schedule import StepValue

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from wattlab.engines.base import Facts, State
    from wattlab.engines.native.passes import Pass
    from wattlab.engines.native.setup import Setup
    from wattlab.engines.phases import PhaseClock, PhaseTimes
    from wattlab.recipe.schedule import StepValues

__all__ = ["BatchLoop", "Loop", "numpy_facts"]


def numpy_facts(setup: Setup) -> Facts:
    """Return what a loop on NumPy arrays really uses; see `wattlab.engines.base.Trainer.facts`."""
    return {
        "arrays": "numpy",
        "numpy": np.__version__,
        "threads": _threads(setup.shares),
        "device": "cpu",
        "precision": setup.choice.precision,
        "compiled": setup.choice.compiled,
    }


def _threads(shares: int) -> int:
    """Return how many threads compute: those of a product, or one for each share of the rows."""
    if shares == 1:
        return blas_threads() or 1
    from wattlab.engines.native.patience import thread_count

    return thread_count(shares)


class Loop(Protocol):
    """One way to go over the batches of an epoch."""

    def run(
        self,
        order: NDArray[np.int64],
        values: StepValues,
        tick: Callable[[int], None] | None,
        clock: PhaseClock = IDLE,
    ) -> BatchLog:
        """Apply one update for every batch of `order`; see `wattlab.engines.base.Trainer.train`.

        From the first loss on that is not a finite number, the log is NaN.
        """
        ...

    def phase_times(self, clock: PhaseClock, budget_s: float) -> PhaseTimes | Untimed:
        """Return the phases of a step; parameters and optimizer are left as they are.

        See `wattlab.engines.base.Trainer.phase_times`.
        """
        ...

    def warm_up(self) -> None:
        """Compile or record what `run` needs; parameters and optimizer may change, and are put back by the caller."""
        ...

    def facts(self) -> Facts:
        """Return what is really in use."""
        ...

    def state(self) -> State:
        """Return copies of what it needs, besides parameters and optimizer, to go on bit-exactly."""
        ...

    def restore(self, state: State) -> None:
        """Go back to what `state` returned."""
        ...

    def synchronize(self) -> None:
        """Wait until all work is done."""
        ...


class BatchLoop:
    """Batch after batch on NumPy arrays, each cost known before the step is taken.

    Parameters
    ----------
    setup : Setup
    """

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.block_rows = min(setup.batch_rows, setup.arrays.block_rows)
        self.gradients = self.block_gradients = setup.gradients
        if setup.batch_rows > self.block_rows:
            self.block_gradients = Parameters(setup.arrays, setup.parameters.sizes, setup.formats.master)
        self.times = LayerTimes(len(setup.network.layers)) if setup.choice.layer_times else None
        self.compute = self._pass()
        self.descend = DenseDescent(setup.recipe, setup.parameters, setup.gradients, setup.update)

    def _pass(self) -> Pass:
        setup = self.setup
        if setup.choice.compiled:
            from wattlab.engines.native.compiled import CompiledPass

            return CompiledPass(
                setup.network, setup.samples, self.block_rows, count=setup.counts, shares=setup.shares
            )
        return DensePass(setup.network, setup.samples, self.block_rows, count=setup.counts, times=self.times)

    def run(
        self,
        order: NDArray[np.int64],
        values: StepValues,
        tick: Callable[[int], None] | None,
        clock: PhaseClock = IDLE,
    ) -> BatchLog:
        """Apply one update for every batch of `order`; see `Loop.run`."""
        training = self.setup.recipe.training
        bounds = batch_bounds(len(order), training.batch_size, training.last_batch)
        log = np.full((3, len(bounds)), np.nan)
        correct = 0
        for index, ((start, stop), value) in enumerate(zip(bounds, values.each(), strict=True)):
            clock.begin(index)
            result = self._batch(order[start:stop], clock)
            if not isfinite(result.cost):
                break
            term = self.descend(value)
            if clock.running:
                clock.end("optimizer")
            log[:, index] = result.cost + term, term, result.error
            correct += result.correct
            if tick is not None:
                tick(index + 1)
        return BatchLog(
            log[0], log[1], log[2], correct if self.setup.counts else None, *LayerTimes.taken(self.times)
        )

    def _batch(self, rows: NDArray[np.int64], clock: PhaseClock = IDLE) -> PassResult:
        """Fill the gradients for one batch; return its cost, mean absolute error and hits."""
        n_rows = len(rows)
        factor = 1.0 / n_rows if self.setup.by_mean else 1.0
        cost, error, correct = self.compute(rows[: self.block_rows], self.gradients, factor, clock)
        for start in range(self.block_rows, n_rows, self.block_rows):
            block = self.compute(rows[start : start + self.block_rows], self.block_gradients, factor, clock)
            np.add(self.gradients.flat, self.block_gradients.flat, out=self.gradients.flat)
            clock.lap(FUSED if self.setup.choice.compiled else "backward")
            cost, error, correct = cost + block.cost, error + block.error, correct + block.correct
        return PassResult(cost * factor, error / (n_rows * self.setup.parameters.sizes[-1]), correct)

    def warm_up(self) -> None:
        """Compile a step where the recipe wants it compiled; see `Loop.warm_up`."""
        if self.setup.choice.compiled:
            self._batch(np.arange(self.block_rows))
            self.descend(StepValue(0.0))

    def phase_times(self, clock: PhaseClock, budget_s: float) -> PhaseTimes | Untimed:
        """Return what the clock saw; a compiled pass is divided as its pieces take, one by one."""
        times = clock.times()
        if isinstance(times, Untimed) or not self.setup.choice.compiled:
            return times
        from wattlab.engines.native.compiled_pieces import DIVIDED, LOADING_S, gradient_pieces

        needed_s = LOADING_S + 2 * float(np.median(times.seconds[FUSED]))
        if needed_s > budget_s:
            return Untimed.too_short("passes are one compiled call", needed_s)
        return times.divided(gradient_pieces(self.compute, self.block_rows, budget_s), DIVIDED)

    def facts(self) -> Facts:
        """Return NumPy's version, its BLAS threads and what was compiled."""
        return numpy_facts(self.setup)

    def state(self) -> State:
        """Return nothing: parameters and optimizer are all."""
        return {}

    def restore(self, state: State) -> None:
        """Go back to nothing."""

    def synchronize(self) -> None:
        """Return at once: NumPy has no queue."""
