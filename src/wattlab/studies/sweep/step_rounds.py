"""Trials that time steps: every cell once a round, in random order, each in a fresh process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from wattlab.cluster.load import quiet_load
from wattlab.cluster.step_report import StepReport
from wattlab.meter.clock import wall_s
from wattlab.studies.plan import round_order
from wattlab.studies.sweep.answer import SweepTrial
from wattlab.studies.sweep.measuring import measure_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from wattlab.cluster.step_report import StepFailure, StepsAsked
    from wattlab.recipe import Recipe
    from wattlab.studies.observer import StudyObserver, TrialState
    from wattlab.studies.sweep.step_folder import StepsFolder

    Load = Callable[[Callable[[], None]], float]
    """Waits for a quiet machine and returns the load that is left; its argument is called if it has to wait."""
    Measure = Callable[[Recipe, StepsAsked, Path, str, float], StepReport | StepFailure]
    """Times the steps of a recipe: (recipe, asked, folder, name, timeout)."""

__all__ = ["PlannedSteps", "StepRounds", "StepsPlan", "state_of", "waited"]


class PlannedSteps(Protocol):
    """One recipe whose steps are timed."""

    @property
    def label(self) -> str:
        """What it is called."""

    def read(self) -> Recipe:
        """Return the recipe."""


class StepsPlan(Protocol):
    """What every plan says of the steps to time."""

    @property
    def cells(self) -> Sequence[PlannedSteps]:
        """All recipes."""

    @property
    def runnable(self) -> tuple[int, ...]:
        """Cells that are to be timed."""

    @property
    def asked(self) -> StepsAsked:
        """What each process is asked."""

    @property
    def rounds(self) -> int:
        """How often each cell is timed."""

    @property
    def order_seed(self) -> int:
        """Decides in which order the cells run in each round."""

    @property
    def timeout_s(self) -> float:
        """Longest time of one process. Unit: s."""


class StepRounds:
    """Times what a plan still lacks, round by round, and keeps each trial as soon as it is over.

    Parameters
    ----------
    folder : StepsFolder
    plan : StepsPlan
    observer : StudyObserver
    measure : callable, optional
        Times the steps of a recipe: (recipe, asked, folder, name, timeout) -> report or failure.
    load : callable, optional
        Waits for a quiet machine and returns the load that is left.
    """

    def __init__(
        self,
        folder: StepsFolder,
        plan: StepsPlan,
        observer: StudyObserver,
        measure: Measure = measure_cell,
        load: Load = quiet_load,
    ) -> None:
        self.folder, self.plan, self.observer = folder, plan, observer
        self._measure, self._load = measure, load
        self.trials = folder.trials()

    @property
    def n_trials(self) -> int:
        """Trials of all rounds."""
        return self.plan.rounds * len(self.plan.runnable)

    @property
    def n_done(self) -> int:
        """Those that are over."""
        return len(self.trials)

    @property
    def complete(self) -> bool:
        """Whether nothing is left to time."""
        return all(not self._lacks(number, cell) for number, cell in self._places())

    def run(self) -> None:
        """Time what is missing, round by round."""
        for number, cell in self._places():
            if self._lacks(number, cell):
                self._time(number, cell)

    def timed(self, cell: int) -> bool:
        """Tell whether a cell's steps were timed at least once."""
        return any(one.report is not None for one in self.trials.values() if one.cell == cell)

    def _places(self) -> list[tuple[int, int]]:
        cells = self.plan.runnable
        return [
            (number, cells[place])
            for number in range(self.plan.rounds)
            for place in round_order(self.plan.order_seed, number, len(cells))
        ]

    def _lacks(self, number: int, cell: int) -> bool:
        """Tell whether a trial is to be run; what failed and never finished would fail again, and cost time."""
        own = [one for one in self.trials.values() if one.cell == cell]
        given_up = bool(own) and all(one.report is None for one in own)
        return (number, cell) not in self.trials and not given_up

    def _time(self, number: int, cell: int) -> None:
        """Time one cell once, keep what that gave, and tell of it."""
        planned, rounds = self.plan.cells[cell], self.plan.rounds
        load = waited(self.observer, self._load, planned.label, number, rounds)
        started_s = wall_s()
        trial = self._trial(number, cell, load)
        self.folder.save_trial(trial)
        self.trials[number, cell] = trial
        self.observer.trial(planned.label, number + 1, rounds, state_of(trial.failure), wall_s() - started_s)

    def _trial(self, number: int, cell: int, load: float) -> SweepTrial:
        name = f"round-{number + 1:03d}-cell-{cell:03d}"
        recipe, steps = self.plan.cells[cell].read(), self.folder.steps
        found = self._measure(recipe, self.plan.asked, steps, name, self.plan.timeout_s)
        # What the process wrote is in the trial now.
        (steps / f"{name}.json").unlink(missing_ok=True)
        if isinstance(found, StepReport):
            return SweepTrial(cell=cell, round=number, report=found, foreign_load=load)
        return SweepTrial(cell=cell, round=number, report=None, failure=found, foreign_load=load)


def waited(observer: StudyObserver, load: Load, label: str, number: int, rounds: int) -> float:
    """Wait for a quiet machine before a trial in a 0-based round; return the load that is left, from 0 to 1."""
    found = load(lambda: observer.trial(label, number + 1, rounds, "waiting", None))
    observer.trial(label, number + 1, rounds, "running", None)
    return found


def state_of(failure: object) -> TrialState:
    """Return how a trial ended, to be told; `failure` is None where it finished."""
    return "finished" if failure is None else "failed"
