"""Folders of studies of super-convergence, beside those of other studies: create, find, go on."""

from __future__ import annotations

from typing import Final

from wattlab.records.files import write_atomically
from wattlab.studies.folders import Shelf, StudyKind, read_model
from wattlab.studies.superconvergence.answer import ANSWER, Superconvergence
from wattlab.studies.superconvergence.plan import SuperconvergencePlan
from wattlab.studies.trainings.rounds import TrainingsFolder

__all__ = ["PLAN", "SuperconvergenceFolder", "create", "find", "reopen"]

PLAN: Final = "superconvergence-plan.json"
"""File that holds what a study is going to do, in its folder."""
_KIND: Final = StudyKind(
    "study of super-convergence", PLAN, ANSWER, lambda folder: Superconvergence.load(folder).complete
)


class SuperconvergenceFolder(TrainingsFolder):
    """One study on disk: its plan, ``recipes``, ``runs``, ``logs``, ``trainings``, and its answer."""

    def prepare(self, plan: SuperconvergencePlan) -> None:
        """Make the inner folders and write the plan."""
        self.prepare_trainings()
        self.write(PLAN, plan)

    def plan(self) -> SuperconvergencePlan:
        """Return what the study is going to do; `wattlab.errors.RunError` if it cannot be read."""
        return read_model(self.path / PLAN, SuperconvergencePlan)

    def save(self, answer: Superconvergence) -> None:
        """Write the answer."""
        write_atomically(self.path / ANSWER, answer.to_json().encode())


_SHELF: Final = Shelf(_KIND, SuperconvergenceFolder, "superconvergence")
create, find, reopen = _SHELF.create, _SHELF.find, _SHELF.reopen
