"""The trials of a study of clusters: data prepared once for each seed, then steps timed, each in a fresh process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.cluster.load import quiet_load
from wattlab.cluster.reduce import run_reduction
from wattlab.cluster.reduction_report import ReductionReport
from wattlab.meter.clock import wall_s
from wattlab.studies.clusters.answer import Preparing
from wattlab.studies.plan import round_order
from wattlab.studies.sweep.measuring import measure_cell
from wattlab.studies.sweep.step_rounds import StepRounds, state_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.cluster.reduction_report import ReductionAsked
    from wattlab.recipe import Recipe
    from wattlab.studies.clusters.plan import ClustersPlan
    from wattlab.studies.clusters.store import ClustersFolder
    from wattlab.studies.observer import StudyObserver
    from wattlab.studies.sweep.step_rounds import Load, Measure

    Reduce = Callable[[Recipe, ReductionAsked, Path, str, float], ReductionReport | str]
    """Prepares a recipe's data: (recipe, asked, folder, name, timeout)."""

__all__ = ["ClustersRounds"]


class ClustersRounds:
    """Runs what a plan still lacks, and keeps each trial as soon as it is over.

    Parameters
    ----------
    folder : ClustersFolder
    plan : ClustersPlan
    observer : StudyObserver
    reduce : callable, optional
        Prepares a recipe's data in a fresh process.
    measure : callable, optional
        Times the steps of a recipe in a fresh process.
    load : callable, optional
        Waits for a quiet machine and returns the load that is left: before steps are timed, as the time to find
        clusters, seconds and not microseconds, is told whole and compared with nothing that closely.
    """

    def __init__(
        self,
        folder: ClustersFolder,
        plan: ClustersPlan,
        observer: StudyObserver,
        reduce: Reduce = run_reduction,
        measure: Measure = measure_cell,
        load: Load = quiet_load,
    ) -> None:
        self.folder, self.plan, self.observer = folder, plan, observer
        self._reduce = reduce
        self._steps = StepRounds(folder, plan, observer, measure, load)
        self.trials, self.preparings = self._steps.trials, folder.preparings()

    @property
    def n_trials(self) -> int:
        """Processes of all kinds."""
        return self.plan.seeds * len(self.plan.cells) + self._steps.n_trials

    @property
    def n_done(self) -> int:
        """Those that are over."""
        return len(self.preparings) + self._steps.n_done

    @property
    def complete(self) -> bool:
        """Whether nothing is left to run."""
        return not any(self._lacks(*one) for one in self._places()) and self._steps.complete

    def run(self) -> None:
        """Run what is missing: all preparations, then the steps, round by round."""
        for number, cell in self._places():
            if self._lacks(number, cell):
                self._prepare(number, cell)
        self._steps.run()

    def _places(self) -> list[tuple[int, int]]:
        return [
            (number, cell)
            for number in range(self.plan.seeds)
            for cell in round_order(self.plan.order_seed, number, len(self.plan.cells))
        ]

    def _lacks(self, number: int, cell: int) -> bool:
        """Tell whether data are to be prepared; what failed would fail again with another seed, and cost time."""
        own = [one for one in self.preparings.values() if one.cell == cell]
        given_up = any(one.failure is not None for one in own)
        return (number, cell) not in self.preparings and not given_up

    def _prepare(self, number: int, cell: int) -> None:
        planned, seeds = self.plan.cells[cell], self.plan.seeds
        label = f"{planned.label}, preparing the data"
        self.observer.trial(label, number + 1, seeds, "running", None)
        started_s = wall_s()
        name = f"{number + 1:03d}-cell-{cell:03d}"
        found = self._reduce(
            planned.prepared(number),
            self.plan.reduction_asked,
            self.folder.reductions,
            name,
            self.plan.timeout_s,
        )
        report = found if isinstance(found, ReductionReport) else None
        failure = found if isinstance(found, str) else None
        one = Preparing(cell=cell, number=number, report=report, failure=failure)
        self.folder.save_preparing(one)
        self.preparings[number, cell] = one
        self.observer.trial(label, number + 1, seeds, state_of(failure), wall_s() - started_s)
