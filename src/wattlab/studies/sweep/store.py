"""Folders of sweeps, beside those of other studies: create, find, go on."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from wattlab.records.files import write_atomically
from wattlab.records.open_run import PARTIAL
from wattlab.studies.folders import Folder, StudyKind, lock_folder, make_folder, read_model
from wattlab.studies.sweep.answer import ANSWER, Sweep, SweepTrial, TrainedCell
from wattlab.studies.sweep.plan import SweepPlan

__all__ = ["PLAN", "SweepFolder", "create", "find", "reopen"]

PLAN: Final = "sweep-plan.json"
"""File that holds what a sweep is going to do, in its folder."""
_KIND: Final = StudyKind("sweep", PLAN, ANSWER, lambda folder: Sweep.load(folder).complete)


class SweepFolder(Folder):
    """One sweep on disk: ``sweep-plan.json``, ``steps``, ``trials``, ``runs``, ``trainings``, and ``sweep.json``."""

    @property
    def steps(self) -> Path:
        """Folder for what goes to a process that times steps, and what it says."""
        return self.path / "steps"

    def prepare(self, plan: SweepPlan) -> None:
        """Make the inner folders and write the plan."""
        self.make_inner("steps", "trials", "runs", "trainings", "logs")
        self.write(PLAN, plan)

    def plan(self) -> SweepPlan:
        """Return what the sweep is going to do; `wattlab.errors.RunError` if it cannot be read."""
        return read_model(self.path / PLAN, SweepPlan)

    def save_trial(self, trial: SweepTrial) -> None:
        """Keep a trial that is over."""
        self.write(f"trials/round-{trial.round + 1:03d}-cell-{trial.cell:03d}.json", trial)

    def trials(self) -> dict[tuple[int, int], SweepTrial]:
        """Return all trials that are over, by round and cell."""
        return {(one.round, one.cell): one for one in self.read_all("trials", SweepTrial)}

    def save_training(self, trained: TrainedCell) -> None:
        """Keep a training that is over."""
        self.write(f"trainings/cell-{trained.cell:03d}-seed-{trained.seed}.json", trained)

    def trainings(self) -> dict[tuple[int, int], TrainedCell]:
        """Return all trainings that are over, by cell and seed."""
        return {(one.cell, one.seed): one for one in self.read_all("trainings", TrainedCell)}

    def clear_run(self, name: str) -> None:
        """Remove what a training that was interrupted left of its run."""
        for left in (self.runs / name, self.runs / f"{name}{PARTIAL}"):
            shutil.rmtree(left, ignore_errors=True)

    def save(self, answer: Sweep) -> None:
        """Write the answer."""
        write_atomically(self.path / ANSWER, answer.to_json().encode())


def create(studies: Path | str, recipe: str) -> SweepFolder:
    """Make a folder for a new sweep, locked for this process; `wattlab.errors.StorageError` if it cannot be written."""
    path = make_folder(Path(studies), f"sweep-{recipe}")
    return SweepFolder(path, lock_folder(path))


def find(studies: Path | str, name: str) -> Path:
    """Return the folder of a sweep, to read what came out.

    Parameters
    ----------
    studies : path
        Folder of all studies.
    name : str
        Its name, the beginning of it, its folder, or "last": the newest.

    Raises
    ------
    wattlab.errors.RunError
        If there is none, or several.
    """
    return _KIND.find(Path(studies), name)


def reopen(studies: Path | str, name: str) -> SweepFolder:
    """Take up a sweep, locked for this process.

    Parameters
    ----------
    studies : path
        Folder of all studies.
    name : str
        Its name, the beginning of it, its folder, or "last": the newest that is not complete, if there is one.

    Raises
    ------
    wattlab.errors.RunError
        If it is unknown, or in use by another process, or if several are meant.
    """
    path = _KIND.find_unfinished(Path(studies), name)
    return SweepFolder(path, lock_folder(path))
