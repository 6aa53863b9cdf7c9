"""The trials of a loading study: interleaved in random order, each in a fresh process."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from wattlab.cluster import trial as training_process
from wattlab.cluster.load import quiet_load
from wattlab.cluster.local import module_command, run_process
from wattlab.errors import RunError
from wattlab.records.files import write_atomically
from wattlab.records.open_run import PARTIAL
from wattlab.records.run import Run
from wattlab.studies.folders import read_model
from wattlab.studies.loading import trial as loading_process
from wattlab.studies.loading.answer import LoadingTrial
from wattlab.studies.loading.plan import reader_of
from wattlab.studies.loading.store import TrainingTrial
from wattlab.studies.loading.trial import Measured, TrialSpec
from wattlab.studies.loading.workers import Job
from wattlab.studies.plan import round_order
from wattlab.studies.timing import epoch_s, samples_per_epoch

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattlab.studies.loading.plan import LoadingPlan
    from wattlab.studies.loading.store import LoadingFolder
    from wattlab.studies.observer import StudyObserver, TrialState

__all__ = ["LoadingRounds", "patience_s"]

_LEAST_S: Final = 0.5
_MOST_S: Final = 5.0


def patience_s(longest_s: float) -> float:
    """Return how long to wait for a quiet machine before a trial, so that waiting does not take most of the time.

    Parameters
    ----------
    longest_s : float
        What the longest trial so far took; 0 before the first. Unit: s.

    Examples
    --------
    >>> patience_s(0.01), patience_s(1.5), patience_s(60.0)
    (0.5, 3.0, 5.0)
    """
    return min(_MOST_S, max(_LEAST_S, 2 * longest_s))


class LoadingRounds:
    """Runs what a plan still lacks, and keeps each trial as soon as it is over.

    Parameters
    ----------
    folder : LoadingFolder
    plan : LoadingPlan
    observer : StudyObserver
    load : callable, optional
        Waits for a quiet machine, at most so many seconds, and returns the load that is left.
    """

    def __init__(
        self,
        folder: LoadingFolder,
        plan: LoadingPlan,
        observer: StudyObserver,
        load: Callable[[Callable[[], None], float], float] = quiet_load,
    ) -> None:
        self.folder, self.plan, self.observer, self._load = folder, plan, observer, load
        self.rows = [place for place, one in enumerate(plan.variants) if not one.refusal]
        self.trials, self.trainings = folder.trials(), folder.trainings()
        # Of a reading only what is timed counts: its process takes longer to start than small files to be read.
        self._longest_s = max(
            (one.measured.wall_s for one in self.trials.values() if one.measured), default=0.0
        )
        self._trains = plan.training is not None and bool(plan.training.recipe)

    @property
    def n_trials(self) -> int:
        """Trials of all rounds, the short trainings included."""
        return self.plan.rounds * (len(self.rows) + self._trains)

    @property
    def n_done(self) -> int:
        """Those that are over."""
        return len(self.trials) + len(self.trainings)

    @property
    def complete(self) -> bool:
        """Whether nothing is left to run."""
        return not any(self._missing(number) for number in range(self.plan.rounds))

    def run(self) -> None:
        """Run what is missing, round by round; the training takes its turn among the rows."""
        for number in range(self.plan.rounds):
            missing = self._missing(number)
            for place in round_order(self.plan.order_seed, number, len(self.rows) + self._trains):
                row = self.rows[place] if place < len(self.rows) else None
                if row in missing and not self._given_up(row):
                    self._train(number) if row is None else self._read(number, row)

    def _missing(self, number: int) -> list[int | None]:
        """Return the rows that a round lacks; None stands for the training."""
        rows: list[int | None] = [row for row in self.rows if (number, row) not in self.trials]
        if self._trains and number not in self.trainings:
            rows.append(None)
        return [row for row in rows if not self._given_up(row)]

    def _given_up(self, row: int | None) -> bool:
        """Tell whether something failed and never finished: it would fail again, and cost time."""
        if row is None:
            found = [one.samples_per_s for one in self.trainings.values()]
            return bool(found) and all(one is None for one in found)
        own = [one.measured for one in self.trials.values() if one.variant == row]
        return bool(own) and all(one is None for one in own)

    def _read(self, number: int, row: int) -> None:
        """Read all files once, keep what that took, and tell of it."""
        variant, name = self.plan.variants[row], f"round-{number + 1}-row-{row}"
        jobs = (
            Job(one.path, one.size_B, reader_of(variant.reader, one))
            for one in self.plan.sets[variant.file_set].files
        )
        spec = TrialSpec(
            jobs=tuple(jobs),
            cache=variant.cache,
            workers=variant.workers,
            kind=variant.kind,
            seed=self.plan.order_seed + number,
        )
        given, out = (self.folder.path / "specs" / f"{name}{suffix}" for suffix in (".json", "-out.json"))
        write_atomically(given, spec.model_dump_json().encode())
        label = self.label(row)
        load = self._begin(label, number)
        ended = run_process(
            module_command(loading_process.MODULE, str(given), str(out)), self.folder.log(name)
        )
        measured = read_model(out, Measured) if out.exists() else None
        given.unlink()  # it may name thousands of files, which the plan does, too
        out.unlink(missing_ok=True)
        failure = None if measured else ended.failure or "it ended without an answer"
        trial = LoadingTrial(variant=row, round=number, measured=measured, failure=failure, foreign_load=load)
        self.folder.save_trial(trial)
        self.trials[number, row] = trial
        self._end(label, number, failure, ended.wall_s, measured.wall_s if measured else 0.0)

    def label(self, row: int) -> str:
        """Return how a row is called: reader, cache, workers, and where the files lie."""
        variant = self.plan.variants[row]
        return (
            variant.label
            if variant.cache == "memory"
            else f"{variant.label}, {self.plan.sets[variant.file_set].place.label}"
        )

    def _train(self, number: int) -> None:
        """Train for a few epochs, and keep how many samples that took in a second."""
        training = self.plan.training
        assert training is not None
        name, label = f"training-{number + 1}", f"training {training.label}"
        for left in (self.folder.runs / name, self.folder.runs / f"{name}{PARTIAL}"):
            shutil.rmtree(left, ignore_errors=True)
        recipe = self.folder.path / "specs" / "training.toml"
        write_atomically(recipe, training.recipe.encode())
        self._begin(label, number)
        command = module_command(training_process.MODULE, str(recipe), str(self.folder.runs), name)
        ended = run_process(command, self.folder.log(name))
        rate, failure = self._rate(name, ended.failure)
        trial = TrainingTrial(round=number, samples_per_s=rate, failure=failure)
        self.folder.save_training(trial)
        self.trainings[number] = trial
        self._end(label, number, failure, ended.wall_s, ended.wall_s)

    def _rate(self, name: str, failure: str | None) -> tuple[float | None, str | None]:
        path = self.folder.runs / name
        if not path.is_dir():
            return None, failure or "it ended without leaving a run"
        run = Run(path)
        try:
            seconds = epoch_s(run)
            n_samples = samples_per_epoch(run)
        except RunError as error:
            return None, str(error)
        return (n_samples / seconds, None) if seconds else (None, "it finished no epoch")

    def _begin(self, label: str, number: int) -> float:
        load = self._load(
            lambda: self.observer.trial(label, number + 1, self.plan.rounds, "waiting", None),
            patience_s(self._longest_s),
        )
        self.observer.trial(label, number + 1, self.plan.rounds, "running", None)
        return load

    def _end(self, label: str, number: int, failure: str | None, wall_s: float, timed_s: float) -> None:
        self._longest_s = max(self._longest_s, timed_s)
        state: TrialState = "finished" if failure is None else "failed"
        self.observer.trial(label, number + 1, self.plan.rounds, state, wall_s)
