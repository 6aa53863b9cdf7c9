"""The trials of a sweep: interleaved in random order, each in a fresh process; and the trainings after them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.cluster.load import quiet_load
from wattlab.meter.clock import wall_s
from wattlab.studies.plan import round_order
from wattlab.studies.sweep.measuring import measure_cell
from wattlab.studies.sweep.step_rounds import StepRounds, state_of, waited
from wattlab.studies.sweep.trainings import train_cell

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.studies.observer import StudyObserver
    from wattlab.studies.sweep.answer import TrainedCell
    from wattlab.studies.sweep.plan import SweepPlan
    from wattlab.studies.sweep.step_rounds import Load, Measure
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
        measure: Measure = measure_cell,
        train: Callable[[SweepFolder, SweepPlan, int, int], TrainedCell] = train_cell,
        load: Load = quiet_load,
    ) -> None:
        self.folder, self.plan, self.observer = folder, plan, observer
        self._steps = StepRounds(folder, plan, observer, measure, load)
        self._train, self._load = train, load
        self.trials, self.trainings = self._steps.trials, folder.trainings()
        self._seeds = [plan.cells[cell].read().seed for cell in plan.trained[:1]]

    @property
    def n_trials(self) -> int:
        """Trials of all rounds, and trainings."""
        return self._steps.n_trials + self.plan.seeds * len(self.plan.trained)

    @property
    def n_done(self) -> int:
        """Those that are over."""
        return self._steps.n_done + len(self.trainings)

    @property
    def complete(self) -> bool:
        """Whether nothing is left to run."""
        trained = not any(self._lacks_training(cell, seed) for seed, cell in self._training_places())
        return self._steps.complete and trained

    def run(self) -> None:
        """Run what is missing: round by round, then seed by seed."""
        self._steps.run()
        for seed, cell in self._training_places():
            if self._lacks_training(cell, seed):
                self._learn(cell, seed)

    def _training_places(self) -> list[tuple[int, int]]:
        cells = self.plan.trained
        return [
            (first + number, cells[place])
            for first in self._seeds
            for number in range(self.plan.seeds)
            for place in round_order(self.plan.order_seed, self.plan.rounds + number, len(cells))
        ]

    def _lacks_training(self, cell: int, seed: int) -> bool:
        own = [one for one in self.trainings.values() if one.cell == cell]
        given_up = bool(own) and all(one.failure is not None for one in own)
        return (cell, seed) not in self.trainings and not given_up and self._steps.timed(cell)

    def _learn(self, cell: int, seed: int) -> None:
        label = f"{self.plan.cells[cell].label}, training with seed {seed}"
        number, seeds = seed - self._seeds[0], self.plan.seeds
        waited(self.observer, self._load, label, number, seeds)
        started_s = wall_s()
        trained = self._train(self.folder, self.plan, cell, seed)
        self.folder.save_training(trained)
        self.trainings[cell, seed] = trained
        self.observer.trial(label, number + 1, seeds, state_of(trained.failure), wall_s() - started_s)
