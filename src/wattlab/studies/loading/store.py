"""Folders of loading studies, beside those of comparisons: create, find, go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.records.files import write_atomically
from wattlab.studies.folders import Folder, Shelf, StudyKind, read_model
from wattlab.studies.loading.answer import ANSWER, Loading, LoadingTrial
from wattlab.studies.loading.plan import LoadingPlan
from wattlab.studies.row import Frozen

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PLAN", "LoadingFolder", "TrainingTrial", "create", "find", "reopen"]

PLAN: Final = "loading-plan.json"
"""File that holds what a study is going to do, in its folder."""
_KIND: Final = StudyKind("loading study", PLAN, ANSWER, lambda folder: Loading.load(folder).complete)


class TrainingTrial(Frozen):
    """A short training, to know what it consumes."""

    round: int
    samples_per_s: float | None
    failure: str | None = None


class LoadingFolder(Folder):
    """One study on disk: ``loading-plan.json``, ``trials``, ``training``, ``logs`` and ``loading.json``."""

    @property
    def files(self) -> Path:
        """Folder for files that are made, if nobody names another."""
        return self.path / "files"

    def prepare(self, plan: LoadingPlan) -> None:
        """Make the inner folders and write the plan."""
        self.make_inner("runs", "logs", "trials", "training", "specs")
        self.write(PLAN, plan)

    def plan(self) -> LoadingPlan:
        """Return what the study is going to do; `wattlab.errors.RunError` if it cannot be read."""
        return read_model(self.path / PLAN, LoadingPlan)

    def save_trial(self, trial: LoadingTrial) -> None:
        """Keep a trial that is over."""
        self.write(f"trials/round-{trial.round + 1:03d}-row-{trial.variant:03d}.json", trial)

    def trials(self) -> dict[tuple[int, int], LoadingTrial]:
        """Return all trials that are over, by round and row."""
        return {(one.round, one.variant): one for one in self.read_all("trials", LoadingTrial)}

    def save_training(self, trial: TrainingTrial) -> None:
        """Keep a short training that is over."""
        self.write(f"training/round-{trial.round + 1:03d}.json", trial)

    def trainings(self) -> dict[int, TrainingTrial]:
        """Return all short trainings that are over, by round."""
        return {one.round: one for one in self.read_all("training", TrainingTrial)}

    def save(self, answer: Loading) -> None:
        """Write the answer."""
        write_atomically(self.path / ANSWER, answer.to_json().encode())


_SHELF: Final = Shelf(_KIND, LoadingFolder, "loading")
create, find, reopen = _SHELF.create, _SHELF.find, _SHELF.reopen
