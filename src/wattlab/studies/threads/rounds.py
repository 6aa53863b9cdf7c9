"""The trials of a study of threads: steps round by round, then whole trainings seed by seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.cluster.load import quiet_load
from wattlab.studies.sweep.measuring import measure_cell
from wattlab.studies.sweep.step_rounds import StepRounds
from wattlab.studies.trainings.once import train_once
from wattlab.studies.trainings.rounds import TrainingRounds

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.studies.observer import StudyObserver
    from wattlab.studies.sweep.answer import SweepTrial
    from wattlab.studies.sweep.step_rounds import Load, Measure
    from wattlab.studies.threads.plan import ThreadsPlan
    from wattlab.studies.threads.store import ThreadsFolder
    from wattlab.studies.trainings.trained import Trained

__all__ = ["ThreadsRounds"]


class ThreadsRounds:
    """Runs what a plan still lacks, and keeps each trial as soon as it is over.

    Parameters
    ----------
    folder : ThreadsFolder
    plan : ThreadsPlan
    observer : StudyObserver
    measure : callable, optional
        Times the steps of a recipe: (recipe, asked, folder, name, timeout) -> report or failure.
    train : callable, optional
        Trains a recipe as a whole; see `wattlab.studies.trainings.once.train_once`.
    load : callable, optional
        Waits for a quiet machine and returns the load that is left.
    """

    def __init__(
        self,
        folder: ThreadsFolder,
        plan: ThreadsPlan,
        observer: StudyObserver,
        measure: Measure = measure_cell,
        train: Callable[..., Trained] = train_once,
        load: Load = quiet_load,
    ) -> None:
        self._steps = StepRounds(folder, plan, observer, measure, load)
        planned = plan.training
        candidates, seeds = ((), 0) if planned is None else (planned.candidates, planned.seeds)
        self._trainings = TrainingRounds(
            folder, candidates, seeds, plan.order_seed, observer, train=train, load=load
        )

    @property
    def n_trials(self) -> int:
        """Trials that time steps, and whole trainings."""
        return self._steps.n_trials + self._trainings.n_trials

    @property
    def n_done(self) -> int:
        """Those that are over."""
        return self._steps.n_done + self._trainings.n_done

    @property
    def complete(self) -> bool:
        """Whether nothing is left to run."""
        return self._steps.complete and self._trainings.complete

    @property
    def trials(self) -> tuple[SweepTrial, ...]:
        """All trials that are over, by round and cell."""
        return tuple(self._steps.trials[key] for key in sorted(self._steps.trials))

    @property
    def trained(self) -> tuple[Trained, ...]:
        """All whole trainings that are over, by cell and seed."""
        return tuple(self._trainings.trained[key] for key in sorted(self._trainings.trained))

    def run(self) -> None:
        """Run what is missing."""
        self._steps.run()
        self._trainings.run()
