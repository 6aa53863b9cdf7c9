"""The trials of a study: interleaved in random order, each in a fresh process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.cluster import trial as trial_process
from wattlab.cluster.load import quiet_load
from wattlab.cluster.local import Ended, module_command, run_process
from wattlab.errors import RunError
from wattlab.records.files import write_atomically
from wattlab.records.run import Run
from wattlab.studies.folders import slug
from wattlab.studies.plan import round_order
from wattlab.studies.row import Trial
from wattlab.studies.study import check_machine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from wattlab.studies.observer import StudyObserver, TrialState
    from wattlab.studies.plan import Entry, Plan
    from wattlab.studies.store import StudyFolder

__all__ = ["Rounds", "trial_command"]


def trial_command(recipe: Path, runs: Path, name: str) -> Sequence[str]:
    """Return the command that trains a recipe's file and leaves a run of that name."""
    return module_command(trial_process.MODULE, str(recipe), str(runs), name)


class Rounds:
    """Runs what a plan still lacks, and keeps each trial as soon as it is over.

    Parameters
    ----------
    folder : StudyFolder
    plan : Plan
    entries : sequence of Entry
        The study's rows.
    observer : StudyObserver
    command : callable, optional
        Who trains: (recipe file, folder of runs, name) -> command.
    load : callable, optional
        Waits for a quiet machine and returns the load that is left.
    """

    def __init__(
        self,
        folder: StudyFolder,
        plan: Plan,
        entries: Sequence[Entry],
        observer: StudyObserver,
        command: Callable[[Path, Path, str], Sequence[str]] = trial_command,
        load: Callable[[Callable[[], None]], float] = quiet_load,
    ) -> None:
        self.folder, self.plan, self.observer = folder, plan, observer
        self.entries = entries
        self.timed = [entry for entry in entries if not entry.refusal]
        self.trials = folder.trials()
        self._command, self._load = command, load

    @property
    def n_trials(self) -> int:
        """Trials of all rounds."""
        return self.plan.rounds * len(self.timed)

    @property
    def complete(self) -> bool:
        """Whether nothing is left to run."""
        return all(
            (number, row) in self.trials or self._given_up(row)
            for number in range(self.plan.rounds)
            for row in range(len(self.timed))
        )

    def run(self) -> None:
        """Run what is missing, round by round."""
        for number in range(self.plan.rounds):
            for row in round_order(self.plan.order_seed, number, len(self.timed)):
                if (number, row) not in self.trials and not self._given_up(row):
                    self._trial(number, row)

    def _given_up(self, row: int) -> bool:
        """Tell whether a candidate failed and never finished: it would fail again, and cost time."""
        candidate = self.timed[row].candidate
        of_it = [one for one in self.trials.values() if self.timed[one.candidate].candidate == candidate]
        return bool(of_it) and all(one.run_id is None for one in of_it)

    def _trial(self, number: int, row: int) -> None:
        """Run one trial, keep it, and tell of it."""
        label, rounds = self.timed[row].label, self.plan.rounds
        name = f"{row}-{slug(label)}-round-{number + 1}"
        self.folder.clear_run(name)
        recipe = self.folder.recipe(name)
        write_atomically(recipe, self.plan.candidates[self.timed[row].candidate].recipe.encode())
        load = self._load(lambda: self.observer.trial(label, number + 1, rounds, "waiting", None))
        self.observer.trial(label, number + 1, rounds, "running", None)
        command = self._command(recipe, self.folder.runs, name)
        ended = run_process(command, self.folder.log(name), self.plan.timeout_s)
        failure = self._failure(ended, name)
        run_id = name if failure is None else None
        trial = Trial(candidate=row, round=number, run_id=run_id, failure=failure, foreign_load=load)
        self.folder.save_trial(trial)
        self.trials[number, row] = trial
        state: TrialState = "finished" if failure is None else "failed"
        self.observer.trial(label, number + 1, rounds, state, ended.wall_s)

    def _failure(self, ended: Ended, name: str) -> str | None:
        """Return why a trial failed; None if its run is there and sound."""
        path = self.folder.runs / name
        if not path.is_dir():
            return ended.failure or "it ended without leaving a run"
        run = Run(path)
        try:
            record = run.record
        except RunError as error:
            return str(error)
        check_machine(run, self.plan.machine_id)
        if record.stop_reason == "diverged":
            return record.message
        if ended.failure is not None:
            # Some libraries crash while they are unloaded; what was measured before is whole.
            self.observer.warning(f"{name} finished, but its process did not end well: {ended.failure}")
        return None
