"""Folders of studies of a target, beside those of other studies: create, find, go on."""

from __future__ import annotations

from typing import Final

from wattlab.records.files import write_atomically
from wattlab.studies.folders import Shelf, StudyKind, read_model
from wattlab.studies.target.answer import ANSWER, Target
from wattlab.studies.target.plan import TargetPlan
from wattlab.studies.trainings.rounds import TrainingsFolder

__all__ = ["PLAN", "TargetFolder", "create", "find", "reopen"]

PLAN: Final = "target-plan.json"
"""File that holds what such a study is going to do, in its folder."""
_KIND: Final = StudyKind("study of a target", PLAN, ANSWER, lambda folder: Target.load(folder).complete)


class TargetFolder(TrainingsFolder):
    """One such study on disk: ``target-plan.json``, the folders of its trainings, and ``target.json``."""

    def prepare(self, plan: TargetPlan) -> None:
        """Make the inner folders and write the plan."""
        self.prepare_trainings()
        self.write(PLAN, plan)

    def plan(self) -> TargetPlan:
        """Return what it is going to do; `wattlab.errors.RunError` if it cannot be read."""
        return read_model(self.path / PLAN, TargetPlan)

    def save(self, answer: Target) -> None:
        """Write the answer."""
        write_atomically(self.path / ANSWER, answer.to_json().encode())


_SHELF: Final = Shelf(_KIND, TargetFolder, "target")
create, find, reopen = _SHELF.create, _SHELF.find, _SHELF.reopen
