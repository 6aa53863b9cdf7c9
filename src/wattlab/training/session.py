"""One training from recipe to run: data, engine, loop, and what is kept of it."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from wattlab.data.catalog import load
from wattlab.data.preparation import prepare
from wattlab.engines.initial import Inputs, initial_weights
from wattlab.engines.registry import get_engine
from wattlab.errors import StorageError, UnsupportedError
from wattlab.machine.fingerprint import describe_machine
from wattlab.meter.meter import Meter
from wattlab.recipe import Recipe
from wattlab.recipe.text import read
from wattlab.records.checkpoint import Checkpoint
from wattlab.records.kept_weights import WeightsKeeper, check_keeping
from wattlab.records.store import DEFAULT_FOLDER, RunStore
from wattlab.settings import load_settings
from wattlab.training.loop import Loop
from wattlab.training.observer import Observer
from wattlab.training.outcome import write_run
from wattlab.training.past import Past
from wattlab.training.signals import termination_as_interrupt
from wattlab.training.spending import Spending
from wattlab.training.start import Start, TrainingInterrupted
from wattlab.training.warm_start import Target, find_earlier

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.data.dataset import Dataset
    from wattlab.data.preparation import Prepared
    from wattlab.engines.base import Weights
    from wattlab.machine.fingerprint import Machine
    from wattlab.records.record import StopReason
    from wattlab.records.run import Run
    from wattlab.records.store import OpenRun
    from wattlab.training.warm_start import Earlier

__all__ = ["resume", "train"]


def train(  # noqa: PLR0913 (as many as there are options)
    recipe: Recipe | str,
    *,
    name: str | None = None,
    runs: Path | str = DEFAULT_FOLDER,
    start_from: str | None = None,
    observer: Observer | None = None,
    start: Start | None = None,
    phases: bool = True,
    baseline_s: float = 0.0,
    keep_weights: int = 0,
) -> Run:
    """Train a network and keep the run.

    Parameters
    ----------
    recipe : Recipe or str
        A recipe, its name, or the path of its TOML file.
    name : str, optional
        Name of the run; left out: the recipe's name and the time.
    runs : path, optional
        Folder of all runs.
    start_from : str, optional
        A run whose weights are the initial weights, finished or interrupted: its name, the beginning of it, its folder,
        or "last". Where other features or pixels fed it, they are carried over as far as that is possible.
    observer : Observer, optional
        Told of every epoch.
    start : Start, optional
        When the training began; left out: now.
    phases : bool, optional
        Time a few steps phase by phase (data, forward, backward, optimizer), for the record's ``phases``. What is
        computed is the same to the bit.
    baseline_s : float, optional
        Do nothing for this long before all else, and measure what the machine draws idle; it counts as no part of the
        training. Without a sensor, or with 0, the idle power is modelled. Unit: s.
    keep_weights : int, optional
        Keep the weights after every so many epochs, the initial ones too, for `Run.weights_by_epoch`; 0: only the last.
        What is computed is the same to the bit, and writing counts as no part of the training phase.

    Returns
    -------
    Run
        Its ``record`` holds scores and costs, its ``model`` predicts.

    Raises
    ------
    wattlab.errors.UserError
        If recipe, data, weights or folder are not usable; nothing is written then.
    TrainingInterrupted
        On Ctrl-C, after the finished epochs have been saved.

    Examples
    --------
    >>> import wattlab
    >>> run = wattlab.train("digits", runs=getfixture("tmp_path"))
    >>> run.record.test_accuracy > 0.95
    True
    """
    start = start or Start.now()
    recipe = Recipe.named(recipe) if isinstance(recipe, str) else recipe
    store = RunStore(runs)
    store.check_name(name)
    check_keeping(keep_weights)
    earlier = find_earlier(store, start_from) if start_from else None
    session = _Session(recipe, observer or Observer(), start, phases=phases, baseline_s=baseline_s)
    created_utc = datetime.now(UTC).isoformat(timespec="milliseconds")
    past = Past.nothing(recipe, created_utc, earlier.run if earlier else None, keep_weights)
    return session.run(lambda: store.create(recipe, name), lambda _: past, earlier)


def resume(
    name: str,
    *,
    runs: Path | str = DEFAULT_FOLDER,
    observer: Observer | None = None,
    start: Start | None = None,
) -> Run:
    """Go on with an interrupted training, bit for bit as if it had never stopped.

    Parameters
    ----------
    name : str
        Name of the interrupted run.
    runs, observer, start
        As for `train`.

    Returns
    -------
    Run

    Raises
    ------
    wattlab.errors.RunError
        If there is nothing to resume, the data has changed, or another process is at it.
    """
    start = start or Start.now()
    open_run = RunStore(runs).reopen(name)
    try:
        if open_run.is_complete:
            return open_run.publish()
        recipe = read(Recipe, open_run.path / "recipe.toml")
        checkpoint = Checkpoint.load(open_run.checkpoint_path)
        session = _Session(recipe, observer or Observer(), start)
        return session.run(lambda: open_run, lambda data: Past.of(checkpoint, recipe, data.fingerprint), None)
    finally:
        open_run.close()


class _Session:
    """One process's share of a training."""

    def __init__(
        self,
        recipe: Recipe,
        observer: Observer,
        start: Start,
        *,
        phases: bool = True,
        baseline_s: float = 0.0,
    ) -> None:
        self.recipe, self.observer, self.start, self.phases = recipe, observer, start, phases
        self.engine = get_engine(recipe.engine.name)
        self.settings = load_settings()
        self.meter = Meter(settings=self.settings, baseline_s=baseline_s)

    def run(
        self,
        open_folder: Callable[[], OpenRun],
        find_past: Callable[[Dataset], Past],
        earlier: Earlier | None,
    ) -> Run:
        """Load, train, write; the folder is opened once data and weights have proved fit."""
        with ExitStack() as stack:
            stack.enter_context(self.meter)
            self.start = self.start.without(self.meter.baseline_wall_s)
            for line in self.meter.advice:
                self.observer.warning(line)
            with self.meter.window("start-up"):
                self.engine.check(self.recipe)
                stack.enter_context(self.engine.threads(self.recipe))
                self._check_budget()
                machine = describe_machine()
            with self.meter.window("data"):
                dataset = load(self.recipe.data)
                dataset.fingerprint  # noqa: B018 (the record needs it; found here, its time counts)
                prepared = prepare(dataset, self.recipe.preparation, np.dtype(self.recipe.engine.array_dtype))
                past = find_past(dataset)
            for line in prepared.notes:
                self.observer.warning(line)
            with self.meter.window("start-up"):
                if earlier is None:
                    weights = self._initial_weights(prepared)
                else:
                    begun = earlier.begin(Target(self.recipe, dataset, prepared), machine)
                    weights, past.start = begun.weights, begun.point
                trainer = self.engine.start(self.recipe, prepared, weights)
            with self.meter.window("compile", trainer.synchronize):
                trainer.warm_up()
            with self.meter.window("start-up"):
                spending = Spending(self.meter, self.start, past)
                loop = Loop(self.recipe, prepared, trainer, past, spending, self.observer, phases=self.phases)
                open_run = open_folder()
                stack.callback(open_run.close)
            return self._train(loop, open_run, dataset, machine)

    def _check_budget(self) -> None:
        energy = self.meter.energy_since_start()
        if self.recipe.stop.energy_budget_J is not None and energy.is_missing:
            msg = (
                f"stop.energy_budget_J cannot be kept, as the energy is missing ({energy.note}); leave it out"
            )
            raise UnsupportedError(msg)

    def _train(self, loop: Loop, open_run: OpenRun, dataset: Dataset, machine: Machine) -> Run:
        def save() -> None:
            open_run.save_checkpoint(loop.checkpoint(dataset.fingerprint))

        with termination_as_interrupt(), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            try:
                reason = self._watched(loop, open_run, save)
                return write_run(open_run, loop, dataset, reason, machine, self.settings)
            except KeyboardInterrupt:
                if not open_run.path.is_dir():
                    raise  # everything is written
                save()
                raise TrainingInterrupted(open_run.id, loop.kept.n_epochs) from None
            except BaseException:
                if loop.kept.n_epochs and open_run.path.is_dir():
                    with suppress(StorageError):  # what went wrong first is what matters
                        save()
                raise

    def _watched(self, loop: Loop, open_run: OpenRun, save: Callable[[], None]) -> StopReason:
        try:
            self.observer.started(loop.plan(open_run.id))
            return loop.run(save, WeightsKeeper(open_run.path, loop.past.keep_weights))
        finally:
            self.observer.ended()

    def _initial_weights(self, prepared: Prepared) -> Weights:
        return initial_weights(self.recipe.network, Inputs.of(prepared), prepared.n_outputs, self.recipe.seed)
