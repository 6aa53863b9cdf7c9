"""Folders of studies of warm starts, beside those of other studies: create, find, go on."""

from __future__ import annotations

from typing import Final

from wattlab.records.files import write_atomically
from wattlab.studies.folders import Shelf, StudyKind, read_model
from wattlab.studies.trainings.rounds import TrainingsFolder
from wattlab.studies.warm_start.answer import ANSWER, WarmStarts
from wattlab.studies.warm_start.plan import WarmStartPlan

__all__ = ["PLAN", "WarmStartFolder", "create", "find", "reopen"]

PLAN: Final = "warm-start-plan.json"
"""File that holds what a study is going to do, in its folder."""
_KIND: Final = StudyKind("warm-start study", PLAN, ANSWER, lambda folder: WarmStarts.load(folder).complete)


class WarmStartFolder(TrainingsFolder):
    """One study on disk: ``warm-start-plan.json``, what trainings need and leave, and ``warm-start.json``."""

    def prepare(self, plan: WarmStartPlan) -> None:
        """Make the inner folders and write the plan."""
        self.prepare_trainings()
        self.write(PLAN, plan)

    def plan(self) -> WarmStartPlan:
        """Return what the study is going to do; `wattlab.errors.RunError` if it cannot be read."""
        return read_model(self.path / PLAN, WarmStartPlan)

    def save(self, answer: WarmStarts) -> None:
        """Write the answer."""
        write_atomically(self.path / ANSWER, answer.to_json().encode())


_SHELF: Final = Shelf(_KIND, WarmStartFolder, "warm-start")
create, find, reopen = _SHELF.create, _SHELF.find, _SHELF.reopen
