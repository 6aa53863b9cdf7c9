"""Folders of tuning studies, beside those of other studies: create, find, go on."""

from __future__ import annotations

from typing import Final

from wattlab.records.files import write_atomically
from wattlab.studies.folders import Shelf, StudyKind, read_model
from wattlab.studies.row import Frozen
from wattlab.studies.trainings.rounds import TrainingsFolder
from wattlab.studies.trainings.trained import Trained
from wattlab.studies.tune.answer import ANSWER, Setting, Spent, Tune, TunedTrial
from wattlab.studies.tune.plan import TunePlan

__all__ = ["PLAN", "Prepared", "TuneFolder", "create", "find", "reopen"]

PLAN: Final = "tune-plan.json"
"""File that holds what a search is going to do, in its folder."""
_PREPARED: Final = "prepared.json"
_SPENT: Final = "spent.json"
_OPENED: Final = "opened.json"
_KIND: Final = StudyKind("tuning study", PLAN, ANSWER, lambda folder: Tune.load(folder).complete)


class Prepared(Frozen):
    """What was found before the search."""

    trial_s: float
    """What the cheapest starting point is estimated to take. Unit: s."""
    settings: tuple[Setting, ...]
    """Those of the plan, their learning rates as the range tests found them."""
    baseline: Trained | None = None
    """Adam at its defaults; None where it was not asked for."""
    capped_s: float = 0.0
    """When it would have been ended. Unit: s."""
    notes: tuple[str, ...] = ()


class TuneFolder(TrainingsFolder):
    """One tuning study on disk.

    ``tune-plan.json``, ``prepared.json``, ``trials``, ``trainings`` (repetitions), ``runs``, ``optuna.db`` (unless the
    database is elsewhere), ``spent.json``, ``tune.json``.
    """

    def prepare(self, plan: TunePlan) -> None:
        """Make the inner folders and write the plan."""
        self.prepare_trainings()
        self.make_inner("trials", "steps", "rates")
        self.write(PLAN, plan)

    def plan(self) -> TunePlan:
        """Return what the search is going to do; `wattlab.errors.RunError` if it cannot be read."""
        return read_model(self.path / PLAN, TunePlan)

    def save_prepared(self, prepared: Prepared) -> None:
        """Keep what was found before the search."""
        self.write(_PREPARED, prepared)

    def prepared(self) -> Prepared | None:
        """Return what was found before the search; None if that is still to be done."""
        path = self.path / _PREPARED
        return read_model(path, Prepared) if path.is_file() else None

    def save_trial(self, trial: TunedTrial) -> None:
        """Keep a trial that is over."""
        self.write(f"trials/trial-{trial.number:05d}.json", trial)

    def trials(self) -> dict[int, TunedTrial]:
        """Return all trials that are over, by their numbers."""
        return {one.number: one for one in self.read_all("trials", TunedTrial)}

    def save_spent(self, spent: Spent) -> None:
        """Keep where the budget went."""
        self.write(_SPENT, spent)

    def spent(self, budget_s: float) -> Spent:
        """Return where the budget went until now."""
        path = self.path / _SPENT
        if path.is_file():
            return read_model(path, Spent)
        return Spent(
            budget_s=budget_s, reserved_s=0.0, preparing_s=0.0, search_s=0.0, finals_s=0.0, opening_s=0.0
        )

    def save_opened(self, trained: Trained) -> None:
        """Keep the training whose test part was opened."""
        self.write(_OPENED, trained)

    def opened(self) -> Trained | None:
        """Return that training; None if it is still to be done."""
        path = self.path / _OPENED
        return read_model(path, Trained) if path.is_file() else None

    def save(self, answer: Tune) -> None:
        """Write the answer."""
        write_atomically(self.path / ANSWER, answer.to_json().encode())


_SHELF: Final = Shelf(_KIND, TuneFolder, "tune")
create, find, reopen = _SHELF.create, _SHELF.find, _SHELF.reopen
