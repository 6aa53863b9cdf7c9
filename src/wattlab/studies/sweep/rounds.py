"""The trials of a sweep: interleaved in random order, each in a fresh process; and the trainings after them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.cluster.load import quiet_load
from wattlab.cluster.step_report import StepReport
from wattlab.meter.clock import wall_s
from wattlab.studies.plan import round_order
from wattlab.studies.sweep.answer import SweepTrial
from wattlab.studies.sweep.measuring import measure_cell
from wattlab.studies.sweep.trainings import train_cell

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.cluster.step_report import StepFailure, StepsAsked
    from wattlab.recipe import Recipe
    from wattlab.studies.observer import StudyObserver, TrialState
    from wattlab.studies.sweep.answer import TrainedCell
    from wattlab.studies.sweep.plan import SweepPlan
    from wattlab.studies.sweep.store import SweepFolder

__all__ = ["SweepRounds"]


class SweepRounds:
    """Runs what a plan still lacks, and keeps each trial as soon as it is over.

    Parameters
    ----------
    folder : SweepFolder
    plan : SweepPlan
    observer : StudyObserver
    measure : callable, optional
        Times the steps of a recipe: (recipe, asked, folder, name, timeout) -> report or failure.
    train : callable, optional
        Trains a cell with a seed: (folder, plan, cell, seed) -> what came out.
    load : callable, optional
        Waits for a quiet machine and returns the load that is left.
    """

    def __init__(
        self,
        folder: SweepFolder,
        plan: SweepPlan,
        observer: StudyObserver,
        measure: Callable[[Recipe, StepsAsked, Path, str, float], StepReport | StepFailure] = measure_cell,
        train: Callable[[SweepFolder, SweepPlan, int, int], TrainedCell] = train_cell,
        load: Callable[[Callable[[], None]], float] = quiet_load,
    ) -> None:
        self.folder, self.plan, self.observer = folder, plan, observer
        self._measure, self._train, self._load = measure, train, load
        self.trials, self.trainings = folder.trials(), folder.trainings()
        self._seeds = [plan.cells[cell].read().seed for cell in plan.trained[:1]]

    @property
    def n_trials(self) -> int:
        """Trials of all rounds, and trainings."""
        return self.plan.rounds * len(self.plan.runnable) + self.plan.seeds * len(self.plan.trained)

    @property
    def n_done(self) -> int:
        """Those that are over."""
        return len(self.trials) + len(self.trainings)

    @property
    def complete(self) -> bool:
        """Whether nothing is left to run."""
        timed = all(not self._lacks(number, cell) for number, cell in self._places())
        return timed and not any(self._lacks_training(cell, seed) for seed, cell in self._training_places())

    def run(self) -> None:
        """Run what is missing: round by round, then seed by seed."""
        for number, cell in self._places():
            if self._lacks(number, cell):
                self._time(number, cell)
        for seed, cell in self._training_places():
            if self._lacks_training(cell, seed):
                self._learn(cell, seed)

    def _places(self) -> list[tuple[int, int]]:
        cells = self.plan.runnable
        return [
            (number, cells[place])
            for number in range(self.plan.rounds)
            for place in round_order(self.plan.order_seed, number, len(cells))
        ]

    def _training_places(self) -> list[tuple[int, int]]:
        cells = self.plan.trained
        return [
            (first + number, cells[place])
            for first in self._seeds
            for number in range(self.plan.seeds)
            for place in round_order(self.plan.order_seed, self.plan.rounds + number, len(cells))
        ]

    def _lacks(self, number: int, cell: int) -> bool:
        """Tell whether a trial is to be run; what failed and never finished would fail again, and cost time."""
        own = [one for one in self.trials.values() if one.cell == cell]
        given_up = bool(own) and all(one.report is None for one in own)
        return (number, cell) not in self.trials and not given_up

    def _lacks_training(self, cell: int, seed: int) -> bool:
        own = [one for one in self.trainings.values() if one.cell == cell]
        given_up = bool(own) and all(one.failure is not None for one in own)
        timed = any(one.report is not None for one in self.trials.values() if one.cell == cell)
        return (cell, seed) not in self.trainings and not given_up and timed

    def _time(self, number: int, cell: int) -> None:
        """Time one cell once, keep what that gave, and tell of it."""
        planned, asked = self.plan.cells[cell], self.plan.asked
        name = f"round-{number + 1:03d}-cell-{cell:03d}"
        load = self._begin(planned.label, number)
        started_s = wall_s()
        found = self._measure(planned.read(), asked, self.folder.steps, name, self.plan.timeout_s)
        trial = (
            SweepTrial(cell=cell, round=number, report=found, foreign_load=load)
            if isinstance(found, StepReport)
            else SweepTrial(cell=cell, round=number, report=None, failure=found, foreign_load=load)
        )
        self.folder.save_trial(trial)
        # What the process wrote is in the trial now.
        (self.folder.steps / f"{name}.json").unlink(missing_ok=True)
        self.trials[number, cell] = trial
        self._end(planned.label, number, _state(trial.failure), wall_s() - started_s)

    def _learn(self, cell: int, seed: int) -> None:
        label = f"{self.plan.cells[cell].label}, training with seed {seed}"
        number = seed - self._seeds[0]
        self._begin(label, number, self.plan.seeds)
        started_s = wall_s()
        trained = self._train(self.folder, self.plan, cell, seed)
        self.folder.save_training(trained)
        self.trainings[cell, seed] = trained
        self._end(label, number, _state(trained.failure), wall_s() - started_s, self.plan.seeds)

    def _begin(self, label: str, number: int, rounds: int | None = None) -> float:
        of = rounds or self.plan.rounds
        load = self._load(lambda: self.observer.trial(label, number + 1, of, "waiting", None))
        self.observer.trial(label, number + 1, of, "running", None)
        return load

    def _end(
        self, label: str, number: int, state: TrialState, took_s: float, rounds: int | None = None
    ) -> None:
        self.observer.trial(label, number + 1, rounds or self.plan.rounds, state, took_s)


def _state(failure: object) -> TrialState:
    return "finished" if failure is None else "failed"
