"""Folders of sweeps, beside those of other studies: create, find, go on."""

from __future__ import annotations

from typing import Final

from wattlab.records.files import write_atomically
from wattlab.studies.folders import Shelf, StudyKind, read_model
from wattlab.studies.sweep.answer import ANSWER, Sweep, TrainedCell
from wattlab.studies.sweep.plan import SweepPlan
from wattlab.studies.sweep.step_folder import StepsFolder

__all__ = ["PLAN", "SweepFolder", "create", "find", "reopen"]

PLAN: Final = "sweep-plan.json"
"""File that holds what a sweep is going to do, in its folder."""
_KIND: Final = StudyKind("sweep", PLAN, ANSWER, lambda folder: Sweep.load(folder).complete)


class SweepFolder(StepsFolder):
    """One sweep on disk: ``sweep-plan.json``, ``steps``, ``trials``, ``runs``, ``trainings``, and ``sweep.json``."""

    def prepare(self, plan: SweepPlan) -> None:
        """Make the inner folders and write the plan."""
        self.make_inner("steps", "trials", "runs", "trainings", "logs")
        self.write(PLAN, plan)

    def plan(self) -> SweepPlan:
        """Return what the sweep is going to do; `wattlab.errors.RunError` if it cannot be read."""
        return read_model(self.path / PLAN, SweepPlan)

    def save_training(self, trained: TrainedCell) -> None:
        """Keep a training that is over."""
        self.write(f"trainings/cell-{trained.cell:03d}-seed-{trained.seed}.json", trained)

    def trainings(self) -> dict[tuple[int, int], TrainedCell]:
        """Return all trainings that are over, by cell and seed."""
        return {(one.cell, one.seed): one for one in self.read_all("trainings", TrainedCell)}

    def save(self, answer: Sweep) -> None:
        """Write the answer."""
        write_atomically(self.path / ANSWER, answer.to_json().encode())


_SHELF: Final = Shelf(_KIND, SweepFolder, "sweep")
create, find, reopen = _SHELF.create, _SHELF.find, _SHELF.reopen
