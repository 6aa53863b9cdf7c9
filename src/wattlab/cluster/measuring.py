"""Some steps of a training from recipe to report: data, engine, warm-up, timed blocks."""

from __future__ import annotations

import sys
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wattlab import __version__
from wattlab.cluster.card_limit import limit_card
from wattlab.cluster.card_watch import CardWatch
from wattlab.cluster.step_report import DataUsed, StepReport
from wattlab.cluster.stepping import Stepper, time_blocks, warm_up
from wattlab.data.catalog import load, stand_in
from wattlab.data.preparation import prepare
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.engines.registry import get_engine
from wattlab.machine.fingerprint import describe_machine
from wattlab.machine.threads import thread_pools, usable_cores
from wattlab.meter.clock import process_started_s
from wattlab.meter.memory import current_memory_B
from wattlab.meter.meter import Meter
from wattlab.meter.quantity import Quantity, measured, missing
from wattlab.training.phases import PhaseSampling

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from wattlab.cluster.step_report import StepsAsked
    from wattlab.cluster.stepping import Blocks
    from wattlab.data.preparation import Prepared, PreparedPart
    from wattlab.engines.base import Trainer
    from wattlab.meter.cost import Cost
    from wattlab.recipe import Recipe
    from wattlab.records.phases import StepPhases

__all__ = ["measure_steps"]

_PHASE_STEPS: Final = 10
"""Steps of which some are looked into."""
_PHASE_SHARE: Final = 0.25
"""Share of the time limit that timing the parts of a step apart may take."""
_STAND_IN_BATCHES: Final = 4
_STAND_IN_SAMPLES: Final = 256
_STAND_IN_ALL: Final = 1024
"""Samples that stand in for a data set at least, and where the batch is all of them."""


def measure_steps(
    recipe: Recipe, asked: StepsAsked, stepping: AbstractContextManager[object] | None = None
) -> StepReport:
    """Time some steps of a training in this process.

    Parameters
    ----------
    recipe : Recipe
        As for a training. Where its data is not on this machine, synthetic samples of its shapes stand in for it.
    asked : StepsAsked
        How many steps, and what besides.
    stepping : context manager, optional
        Entered just before the first step, and left after the last one and the evaluation.

    Returns
    -------
    StepReport

    Raises
    ------
    wattlab.errors.UserError
        As `wattlab.train`.

    Examples
    --------
    >>> from wattlab.cluster.step_report import StepsAsked
    >>> from wattlab.recipe import Recipe
    >>> report = measure_steps(Recipe.named("digits"), StepsAsked(steps=3, at_least_s=0.0, limit_s=0.1))
    >>> report.batch_size, report.n_steps >= 3, report.cost.energy.is_missing
    (32, True, False)
    """
    before_s = process_started_s()
    with ExitStack() as stack:
        meter = stack.enter_context(Meter())
        stack.enter_context(np.errstate(over="ignore", invalid="ignore", divide="ignore"))
        probe = _Probe(recipe, asked, meter)
        stack.enter_context(probe.engine.threads(recipe))
        return probe.report(before_s, stepping or nullcontext())


@dataclass(frozen=True)
class _Timed:
    blocks: Blocks
    cost: Cost
    warm_up_steps: int
    retries: int | None
    faults: int | None
    watch: CardWatch


class _Probe:
    """One recipe's steps in this process."""

    def __init__(self, recipe: Recipe, asked: StepsAsked, meter: Meter) -> None:
        self.recipe, self.asked, self.meter = recipe, asked, meter
        with meter.window("start-up"):
            self.engine = get_engine(recipe.engine.name)
            self.engine.check(recipe)
            if asked.card_limit_B is not None:
                limit_card(recipe.engine.device, asked.card_limit_B)

    def report(self, before_s: float, stepping: AbstractContextManager[object]) -> StepReport:
        memory_B = current_memory_B()
        data = self._load()
        trainer = self._start(data)
        with self.meter.window("compile", trainer.synchronize):
            trainer.warm_up()
        stepper = Stepper(trainer, self.recipe, len(data.train.labels))
        with stepping:
            timed = self._time(trainer, stepper)
            evaluated = self._evaluate(trainer, data) if self.asked.evaluate else 0
        cost = timed.cost
        phases = self._phases(trainer, stepper, timed, cost) if self.asked.phases else None
        return StepReport(
            wattlab_version=__version__,
            machine=describe_machine().to_dict(),
            data=self._data_used(data),
            batch_size=stepper.batch_size,
            asked=self.asked,
            evaluation=self.meter["evaluation"] if evaluated else None,
            evaluated_samples=evaluated,
            phases=phases,
            facts=trainer.facts(),
            libraries=tuple(thread_pools()),
            notes=self._notes(stepper, timed),
            **self._times(before_s),
            **_stepped(timed),
            **_memory(memory_B, (self.meter["evaluation"] if evaluated else cost).peak_memory),
        )

    def _times(self, before_s: float) -> dict[str, Any]:
        """Return how long all took but steps and evaluation."""
        return {
            "start_up": measured(before_s, "s", "clock:process") + self.meter["start-up"].wall,
            "loading": self.meter["data"].wall,
            "compiling": self.meter["compile"].wall,
            "warming_up": self.meter["warm-up"].wall,
        }

    def _data_used(self, data: Prepared) -> DataUsed:
        return DataUsed(
            name=self.recipe.data.dataset,
            source=self.source,
            synthetic=self.synthetic,
            n_train=len(data.train.labels),
            n_features=data.train.features.shape[1],
        )

    def _load(self) -> Prepared:
        recipe = self.recipe
        size = recipe.training.batch_size
        n_samples = _STAND_IN_ALL if size == "all" else max(_STAND_IN_SAMPLES, _STAND_IN_BATCHES * size)
        n_samples = max(n_samples, recipe.preparation.least_samples)
        with self.meter.window("data"):
            synthetic = stand_in(recipe.data, n_samples)
            self.synthetic = synthetic is not None
            dataset = load(synthetic or recipe.data)
            self.source = dataset.source
            return prepare(dataset, recipe.preparation, np.dtype(recipe.engine.array_dtype))

    def _start(self, data: Prepared) -> Trainer:
        with self.meter.window("start-up"):
            weights = initial_weights(self.recipe.network, Inputs.of(data), data.n_outputs, self.recipe.seed)
            return self.engine.start(self.recipe, data, weights)

    def _time(self, trainer: Trainer, stepper: Stepper) -> _Timed:
        with self.meter.window("warm-up", trainer.synchronize):
            taken, length = warm_up(stepper, self.asked)
        timed = None
        # Steps that began anew count in no figure of those that follow.
        while timed is None:
            timed = self._time_once(trainer, stepper, taken, length)
        return timed

    def _time_once(self, trainer: Trainer, stepper: Stepper, taken: int, length: int) -> _Timed | None:
        retries, faults = _allocation_retries(), _major_faults()
        with (
            CardWatch(self.recipe.engine.device) as watch,
            self.meter.window("steps", trainer.synchronize) as window,
        ):
            blocks = time_blocks(stepper, length, self.asked)
        if blocks is None:
            return None
        retries, faults = _since(retries, _allocation_retries()), _since(faults, _major_faults())
        return _Timed(blocks, window.cost, taken, retries, faults, watch)

    def _evaluate(self, trainer: Trainer, data: Prepared) -> int:
        part = largest_evaluated(data, train=self.recipe.evaluation.train == "full")
        with self.meter.window("evaluation", trainer.synchronize):
            trainer.evaluate(part)
        return len(part.labels)

    def _phases(self, trainer: Trainer, stepper: Stepper, timed: _Timed, cost: Cost) -> StepPhases | None:
        # A call ends with its epoch: of two, the one with more steps tells more.
        call = max(stepper.calls(min(_PHASE_STEPS, stepper.per_epoch)), key=lambda one: len(one.rows))
        sampling = PhaseSampling(trainer, len(call.rows) // stepper.batch_size, 1)
        trainer.train(call.rows, call.values, clock=sampling.clock(), epoch=call.epoch)
        sampling.trained(sum(timed.blocks.seconds) / sum(timed.blocks.steps))
        return sampling.phases(cost, budget_s=_PHASE_SHARE * self.asked.limit_s)

    def _notes(self, stepper: Stepper, timed: _Timed) -> tuple[str, ...]:
        notes = [*stepper.notes, *self.meter.advice]
        done = sum(timed.blocks.steps)
        if done < self.asked.steps:
            notes.append(
                f"{done} steps were timed instead of {self.asked.steps}: the limit was {self.asked.limit_s:g} s"
            )
        return tuple(notes)


def largest_evaluated(data: Prepared, *, train: bool) -> PreparedPart:
    """Return the largest part that a training evaluates in one pass.

    Parameters
    ----------
    data : Prepared
        All parts.
    train : bool
        Whether the training part is evaluated by passes of its own.
    """
    parts = [data.test, *([data.validation] if data.validation else []), *([data.train] if train else [])]
    return max(parts, key=lambda part: len(part.labels))


def _stepped(timed: _Timed) -> dict[str, Any]:
    """Return what the timed steps gave, by the fields of a report."""
    return {
        "block_steps": tuple(timed.blocks.steps),
        "block_s": tuple(timed.blocks.seconds),
        "warm_up_steps": timed.warm_up_steps,
        "cost": timed.cost,
        "processor_use": _processor_use(timed.cost),
        "card_use": timed.watch.utilisation,
        "card": timed.watch.readings,
        "skipped_steps": timed.blocks.skipped,
        "allocation_retries": timed.retries,
        "major_faults": timed.faults,
    }


def _memory(before_B: int, peak: Quantity) -> dict[str, Any]:
    above_B = max(0.0, (peak.value or 0.0) - before_B)
    return {
        "memory_before": measured(float(before_B), "B", "memory:rss"),
        "memory_above": measured(above_B, "B", peak.sensor),
    }


def _processor_use(cost: Cost) -> Quantity:
    cores = usable_cores()
    if not cost.wall.value or cost.cpu.value is None:
        return missing("1", cost.cpu.note or "no time passed")
    share = cost.cpu.value / (cost.wall.value * cores)
    return measured(share, "1", "clock:cpu", note=f"of {cores} cores")


def _allocation_retries(modules: Mapping[str, Any] = sys.modules) -> int | None:
    """Return how often torch's allocator of device memory had to free its cache and try again."""
    cuda = getattr(modules.get("torch"), "cuda", None)
    if cuda is None or not cuda.is_initialized():
        return None
    return sum(
        int(cuda.memory_stats(card).get("num_alloc_retries", 0)) for card in range(cuda.device_count())
    )


def _major_faults() -> int | None:
    """Return how many pages this process had to read back from disk or swap so far."""
    if sys.platform == "win32":
        return None
    import resource  # not on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_majflt


def _since(before: int | None, after: int | None) -> int | None:
    """Return what was added; what nobody counted before counts from nothing."""
    return None if after is None else after - (before or 0)
