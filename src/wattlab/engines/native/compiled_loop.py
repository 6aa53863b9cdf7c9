# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"
"""The loop over an epoch's batches, compiled: many steps in one call.

For optimizers whose step is compiled. What a step computes is what `BatchLoop` does, whose calls from Python cost a
small batch a tenth, and whose cores fall asleep from one call to the next.
"""

from __future__ import annotations

from math import inf
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from wattlab.data.batches import batch_bounds
from wattlab.engines.base import BatchLog
from wattlab.engines.native.compiled import CompiledPass, one_pass
from wattlab.engines.native.compiled_descent import descend, make_rule
from wattlab.engines.native.compiled_layers import compiled
from wattlab.engines.native.compiled_pieces import DIVIDED, LOADING_S, gradient_pieces, optimizer_piece
from wattlab.engines.native.loop import numpy_facts
from wattlab.engines.native.patience import sharing_threads
from wattlab.engines.phases import FUSED, IDLE, PhaseTimes, Untimed, repeated

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from wattlab.engines.base import Facts, State
    from wattlab.engines.native.setup import Setup
    from wattlab.engines.phases import PhaseClock
    from wattlab.recipe.schedule import StepValues

__all__ = ["CompiledLoop"]

SAMPLES = 5
"""Steps whose parts are timed apart, at most."""
FEWEST = 4
"""Steps that take as long as to time one: whole and in pieces, each after a round that does not count."""
CALL_ROWS = 8192
"""Samples of the steps in one call: some hundredths of a second, after which an interrupt is noticed."""


class CompiledLoop:
    """Many steps in one call; see `Loop`.

    Parameters
    ----------
    setup : Setup
        On NumPy arrays, compiled.
    """

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.compute = CompiledPass(
            setup.network, setup.samples, setup.batch_rows, count=setup.counts, shares=setup.shares
        )
        self.rule = make_rule(setup.recipe, setup.parameters, setup.update)
        self._step_s = inf

    def run(
        self,
        order: NDArray[np.int64],
        values: StepValues,
        tick: Callable[[int], None] | None,
        clock: PhaseClock = IDLE,
    ) -> BatchLog:
        """Apply one update for every batch of `order`; see `Loop.run`."""
        setup, training = self.setup, self.setup.recipe.training
        bounds = np.array(batch_bounds(len(order), training.batch_size, training.last_batch))
        log = np.full((len(bounds), 3), np.nan)
        at_once, correct = max(1, CALL_ROWS // setup.batch_rows), 0
        momenta, started_s = self._momenta(values), perf_counter()
        for first in range(0, len(bounds), at_once):
            part = slice(first, first + at_once)
            with sharing_threads(setup.shares):
                done, hits = _steps(
                    self.compute.work, self.rule, order, bounds[part], setup.gradients.flat, setup.by_mean,
                    values.learning_rate[part], momenta[part], log[part],
                )  # fmt: skip
            setup.update.steps += done
            correct += int(hits)
            if tick is not None:
                tick(first + done)
            if done < len(bounds[part]):
                break
        self._step_s = (perf_counter() - started_s) / len(bounds)
        cost, term, error = log.T.copy()
        return BatchLog(cost, term, error, correct if setup.counts else None)

    def _momenta(self, values: StepValues) -> NDArray[np.float64]:
        """Return γ of every step."""
        if values.momentum is not None:
            return values.momentum
        own: float = self.setup.recipe.optimizer.momentum  # type: ignore[union-attr]  # `compiles_steps` saw to it
        return np.full(len(values.learning_rate), own)

    def warm_up(self) -> None:
        """Compile a step; see `Loop.warm_up`."""
        rows = np.arange(self.setup.batch_rows)
        nothing, log = np.zeros(1), np.empty((1, 3))
        _steps(
            self.compute.work, self.rule, rows, np.array([[0, len(rows)]]), self.setup.gradients.flat,
            self.setup.by_mean, nothing, nothing, log,
        )  # fmt: skip

    def phase_times(self, clock: PhaseClock, budget_s: float) -> PhaseTimes | Untimed:
        """Time gradient and descent apart, on copies of what they change, if the budget allows for one sample."""
        needed_s = LOADING_S + FEWEST * self._step_s
        if needed_s > budget_s:
            return Untimed.too_short("many steps are one compiled call", needed_s)
        setup, rows = self.setup, np.arange(self.setup.batch_rows)
        gradient, factor = np.zeros_like(setup.gradients.flat), 1.0 / len(rows) if setup.by_mean else 1.0
        pieces = {
            FUSED: lambda: one_pass(self.compute.work, rows, gradient, factor),
            "optimizer": optimizer_piece(setup.parameters.flat, self.rule),
        }
        with sharing_threads(setup.shares):
            seconds = repeated(pieces, times=SAMPLES, budget_s=budget_s / 2)
        times = PhaseTimes(seconds, len(seconds[FUSED]), "modelled")
        return times.divided(gradient_pieces(self.compute, len(rows), budget_s / 2), DIVIDED)

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


@compiled
def _steps(work, rule, order, bounds, gradients, by_mean, rates, momenta, log):
    """Take one step after the other; return how many were taken before a loss that is no finite number, and hits."""
    n_outputs, correct = work.sizes[-1], 0.0
    for step in range(bounds.shape[0]):
        rows = order[bounds[step, 0] : bounds[step, 1]]
        factor = 1.0 / rows.size if by_mean else 1.0
        cost, error, hits = one_pass(work, rows, gradients, factor)
        if not np.isfinite(cost):
            return step, correct
        term = descend(work.parameters, gradients, rule, rates[step], momenta[step])
        log[step, 0] = cost * factor + term
        log[step, 1] = term
        log[step, 2] = error / (rows.size * n_outputs)
        correct += hits
    return bounds.shape[0], correct
