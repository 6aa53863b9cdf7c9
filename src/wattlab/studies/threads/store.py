"""Folders of studies of threads, beside those of other studies: create, find, go on."""

from __future__ import annotations

from typing import Final

from wattlab.records.files import write_atomically
from wattlab.studies.folders import Shelf, StudyKind, read_model
from wattlab.studies.sweep.step_folder import StepsFolder
from wattlab.studies.threads.answer import ANSWER, Threads
from wattlab.studies.threads.plan import ThreadsPlan
from wattlab.studies.trainings.rounds import TrainingsFolder

__all__ = ["PLAN", "ThreadsFolder", "create", "find", "reopen"]

PLAN: Final = "threads-plan.json"
"""File that holds what a study of threads is going to do, in its folder."""
_KIND: Final = StudyKind("study of threads", PLAN, ANSWER, lambda folder: Threads.load(folder).complete)


class ThreadsFolder(StepsFolder, TrainingsFolder):
    """One study of threads on disk: ``threads-plan.json``, steps and trials, whole trainings, and ``threads.json``."""

    def prepare(self, plan: ThreadsPlan) -> None:
        """Make the inner folders and write the plan."""
        self.make_inner("steps", "trials")
        self.prepare_trainings()
        self.write(PLAN, plan)

    def plan(self) -> ThreadsPlan:
        """Return what the study is going to do; `wattlab.errors.RunError` if it cannot be read."""
        return read_model(self.path / PLAN, ThreadsPlan)

    def save(self, answer: Threads) -> None:
        """Write the answer."""
        write_atomically(self.path / ANSWER, answer.to_json().encode())


_SHELF: Final = Shelf(_KIND, ThreadsFolder, "threads")
create, find, reopen = _SHELF.create, _SHELF.find, _SHELF.reopen
