"""The loop over an epoch's batches on torch tensors: steps are queued, and nothing is read before the end.

On a GPU a step of full length is recorded once and replayed; a short one is done as it stands.
"""

from __future__ import annotations

from math import inf
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
import torch

from wattlab.data.batches import batch_bounds
from wattlab.engines.base import BatchLog
from wattlab.engines.native.network import LayerTimes
from wattlab.engines.native.step import Step, StepTensors, split
from wattlab.engines.native.step_table import Given, StepTable, given_in, value_of
from wattlab.engines.native.tally import Tally
from wattlab.engines.phases import IDLE, PhaseTimes, Untimed, repeated
from wattlab.recipe.schedule import Steps

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from wattlab.engines.base import Facts, State
    from wattlab.engines.native.cuda_graph import StepGraph
    from wattlab.engines.native.setup import Setup
    from wattlab.engines.native.tally import TallyResult
    from wattlab.engines.phases import PhaseClock
    from wattlab.recipe.schedule import StepValues

__all__ = ["KEPT_OUTPUTS", "QueuedLoop"]

RECORDING_S = 0.2
"""Recording the pieces of a step takes less."""
SAMPLES, REPLAYS = 5, 20
"""Samples of each piece, and replays in each, at most: queued one behind the other, so that launching them does not
count."""
KEPT_OUTPUTS = 4_194_304
"""Outputs that are kept before they are tallied up: 16 MiB in float32."""


class QueuedLoop:
    """Steps on torch tensors; see `Loop`.

    Parameters
    ----------
    setup : Setup
        On torch arrays.
    device : torch.device
        Where they are.
    record : callable (step, inputs, outputs) -> StepGraph, optional
        Makes a CUDA graph of the step; left out: the step is done as it stands.
    """

    def __init__(
        self, setup: Setup, device: torch.device, record: Callable[..., StepGraph] | None = None
    ) -> None:
        self.setup, self.device, self.arrays, self.record = setup, device, setup.arrays, record
        self.step = Step(setup, recorded=record is not None)
        self._graphs: dict[Given, StepGraph] = {}
        self._step_s = inf
        self._reserve()

    def _reserve(self) -> None:
        """Make room for the outputs of as many batches as are tallied up together."""
        rows, n_outputs = self.setup.batch_rows, self.setup.parameters.sizes[-1]
        n_batches = -(-len(self.setup.samples.labels) // rows)
        self.span = max(1, min(n_batches, KEPT_OUTPUTS // (rows * n_outputs)))
        self.tally = Tally(self.setup, self.span * rows, rows)
        self._terms = self.arrays.zeros((self.span,), self.setup.formats.master)

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
        rows, table = self.arrays.of_numpy(order[: bounds[-1][1]], None), self._table(values)
        tallies, terms, started_s = [], [], perf_counter()
        for first in range(0, len(bounds), self.span):
            last = min(first + self.span, len(bounds))
            part = rows[bounds[first][0] : bounds[last - 1][1]]
            self._queue(part, table, first, tick, clock)
            tallies.append(self.tally.count(part))
            terms.append(self._terms[: last - first].clone())
        lengths = np.array([stop - start for start, stop in bounds])
        log = self._log(tallies, torch.cat(terms), lengths)
        self._step_s = (perf_counter() - started_s) / len(bounds)
        return log

    def _queue(
        self,
        rows: torch.Tensor,
        table: StepTable,
        done: int,
        tick: Callable[[int], None] | None,
        clock: PhaseClock,
    ) -> None:
        """Queue the steps over `rows`, whose outputs go to the beginning of the tally's."""
        size = self.tally.size
        outputs = split(self.tally.outputs[: len(rows)], size)
        steps = zip(split(rows, size), outputs, self._terms.unbind(0), strict=False)
        for index, tensors in enumerate(steps, start=done):
            at = StepTensors(*tensors, table.value(index))
            if self.record is not None and len(at.rows) == self.setup.batch_rows:
                self._graph(table.given).replay((at.rows, table.row(index)), (at.outputs, at.term))
            else:
                clock.begin(index)
                self.step(at, clock)
            if tick is not None:
                tick(index + 1)

    def _table(self, values: StepValues) -> StepTable:
        n_skipped = None if self.step.scaled is None else self.step.scaled.now.n_skipped
        return StepTable(self.arrays, values, self.setup.formats.master, n_skipped)

    def _graph(self, given: Given) -> StepGraph:
        """Return the recorded step with what is given from outside; recording it changes nothing."""
        if given not in self._graphs:
            changing = self.step.changing()
            before = [one.clone() for one in changing]
            self._graphs[given] = self._recorded(given)
            for one, value in zip(changing, before, strict=True):
                one.copy_(value)
        return self._graphs[given]

    def _recorded(self, given: Given) -> StepGraph:
        at, row = self._blank(given)
        assert self.record is not None
        return self.record(lambda: self.step(at), (at.rows, row), (at.outputs, at.term))

    def _blank(self, given: Given) -> tuple[StepTensors, torch.Tensor]:
        """Return a step to be recorded, and where it finds its values."""
        row: torch.Tensor = self.arrays.zeros((len(given),), self.setup.formats.master)
        return self.step.blank(self.setup.batch_rows)._replace(value=value_of(row, given)), row

    def _given(self) -> Given:
        """Return what the recipe's schedules give for a step."""
        return given_in(self.setup.recipe.schedule_values(Steps(0, 1, 1, 1)))

    def phase_times(self, clock: PhaseClock, budget_s: float) -> PhaseTimes | Untimed:
        """Return what the clock saw; where steps are replayed, their pieces are recorded and replayed one by one."""
        if self.record is None:
            return clock.times("losses are found for many batches at once, and are not in these steps")
        needed_s = RECORDING_S + (SAMPLES + 1) * self._step_s
        if needed_s > budget_s:
            return Untimed.too_short(
                "steps are CUDA graphs, whose pieces have to be recorded one by one", needed_s
            )
        calls = min(REPLAYS, int((budget_s - RECORDING_S) / ((SAMPLES + 1) * self._step_s)))
        changing = self.step.changing()
        before = [one.clone() for one in changing]
        try:
            seconds = self._replayed(calls)
        finally:
            for one, value in zip(changing, before, strict=True):
                one.copy_(value)
        return PhaseTimes(
            seconds, SAMPLES * calls, "modelled", "each phase recorded as a CUDA graph of its own"
        )

    def _replayed(self, calls: int) -> dict[str, NDArray[np.float64]]:
        assert self.record is not None
        pieces = self.step.pieces(self._blank(self._given())[0])
        graphs = {phase: self.record(piece, (), ()) for phase, piece in pieces.items()}
        replays = {phase: lambda graph=graph: graph.replay((), ()) for phase, graph in graphs.items()}
        return repeated(replays, self.synchronize, times=SAMPLES, calls=calls)

    def _log(self, tallies: list[TallyResult], terms: torch.Tensor, lengths: NDArray[np.int64]) -> BatchLog:
        """Fetch what the epoch gave: the only time that the device is waited for."""
        setup = self.setup
        losses, errors = (
            torch.cat(sums).cpu().numpy()
            for sums in zip(*((one.losses, one.errors) for one in tallies), strict=True)
        )
        term = terms.double().cpu().numpy()
        cost = losses * setup.network.loss.factor / (lengths if setup.by_mean else 1)
        log = np.stack([cost + term, term, errors / (lengths * setup.parameters.sizes[-1])])
        broken = np.flatnonzero(~np.isfinite(cost))
        if broken.size:
            log[:, broken[0] :] = np.nan
        correct = sum(int(one.correct) for one in tallies) if setup.counts else None
        n_skipped = 0 if self.step.scaled is None else self.step.scaled.take_skipped()
        forward_s, backward_s = LayerTimes.taken(self.step.times)
        return BatchLog(log[0], log[1], log[2], correct, forward_s, backward_s, n_skipped)

    def warm_up(self) -> None:
        """Do a step of each length, or record it; see `Loop.warm_up`."""
        recipe, rows = self.setup.recipe, self.setup.batch_rows
        short = len(self.setup.samples.labels) % rows
        if self.record is not None:
            self._graph(self._given())
        for n_rows in {rows, short if recipe.training.last_batch == "keep" else 0} - {0}:
            self.step(self.step.blank(n_rows))

    def facts(self) -> Facts:
        """Return torch's version and threads, the device, and what was recorded."""
        choice = self.setup.choice
        scaled = {} if self.step.scaled is None else self.step.scaled.facts()
        return {
            "arrays": "torch",
            "numpy": np.__version__,
            "torch": torch.__version__,
            "threads": torch.get_num_threads(),
            "device": str(self.device),
            "precision": choice.precision,
            "compiled": False,
            "cuda_graphs": self.record is not None,
            **scaled,
        }

    def state(self) -> State:
        """Return a copy of the loss scale in float16; else nothing."""
        return {} if self.step.scaled is None else self.step.scaled.state()

    def restore(self, state: State) -> None:
        """Go back to what `state` returned."""
        if self.step.scaled is not None:
            self.step.scaled.restore(state)

    def synchronize(self) -> None:
        """Wait for the GPU, if there is one."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
