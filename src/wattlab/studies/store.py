"""Folders of comparisons: create, find, go on, load."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel

from wattlab.records.files import write_atomically
from wattlab.records.run import Run
from wattlab.studies.folders import DEFAULT_FOLDER, Folder, StudyKind, lock_folder, make_folder, read_model
from wattlab.studies.plan import Plan
from wattlab.studies.row import Trial, Verification
from wattlab.studies.study import ANSWER, Study

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["StudyFolder", "StudyStore"]

_PLAN: Final = "plan.json"
_KIND: Final = StudyKind("study", _PLAN, ANSWER, lambda folder: Study.load(folder).complete)


class StudyFolder(Folder):
    """One comparison on disk: ``plan.json``, ``verifications``, ``trials``, ``runs``, ``logs`` and ``study.json``."""

    def recipe(self, name: str) -> Path:
        """Return where the recipe of a process lies."""
        return self.path / "recipes" / f"{name}.toml"

    def prepare(self, plan: Plan) -> None:
        """Make the inner folders and write the plan."""
        self.make_inner("runs", "logs", "recipes", "trials", "verifications")
        self.write(_PLAN, plan)

    def plan(self) -> Plan:
        """Return what the study is going to do; `wattlab.errors.RunError` if it cannot be read."""
        return read_model(self.path / _PLAN, Plan)

    def save_trial(self, trial: Trial) -> None:
        """Keep a trial that is over."""
        self.write(f"trials/{_trial_name(trial.round, trial.candidate)}.json", trial)

    def trials(self) -> dict[tuple[int, int], Trial]:
        """Return all trials that are over, by round and row."""
        return {(one.round, one.candidate): one for one in self.read_all("trials", Trial)}

    def save_verifications(self, candidate: int, found: tuple[Verification, ...]) -> None:
        """Keep what the verification of a candidate gave."""
        self.write(f"verifications/{candidate}.json", _Verified(found=found))

    def verifications(self) -> Mapping[int, tuple[Verification, ...]]:
        """Return what was verified, by index of the candidate."""
        files = sorted((self.path / "verifications").glob("*.json"))
        return {int(path.stem): read_model(path, _Verified).found for path in files}

    def save_study(self, study: Study) -> None:
        """Write the answer."""
        write_atomically(self.path / ANSWER, study.to_json().encode())

    def run(self, trial: Trial) -> Run | None:
        """Return the run of a trial; None if that failed."""
        return None if trial.run_id is None else Run(self.runs / trial.run_id)


class _Verified(BaseModel):
    """What the file of a verified candidate holds."""

    found: tuple[Verification, ...]


class StudyStore:
    """All comparisons below one folder.

    Parameters
    ----------
    folder : Path or str
        Made when the first study is created.
    """

    def __init__(self, folder: Path | str = DEFAULT_FOLDER) -> None:
        self.folder = Path(folder)

    def create(self, stem: str) -> StudyFolder:
        """Make a folder for a new study, named after `stem` and the time, locked for this process.

        Raises
        ------
        wattlab.errors.StorageError
            If the folder cannot be written.
        """
        path = make_folder(self.folder, stem)
        return StudyFolder(path, lock_folder(path))

    def reopen(self, name: str) -> StudyFolder:
        """Take up a study, locked for this process; "last" is the newest that is not complete, if there is one.

        Raises
        ------
        wattlab.errors.RunError
            If it is unknown, or in use by another process, or if several are meant.
        """
        path = _KIND.find_unfinished(self.folder, name)
        return StudyFolder(path, lock_folder(path))

    def find(self, name: str) -> Path:
        """Return the folder of a study by its name, the beginning of its name, its folder, or "last".

        Raises
        ------
        wattlab.errors.RunError
            If there is none, or several.
        """
        return _KIND.find(self.folder, name)

    def load(self, name: str) -> Study:
        """Return the answer that a study gave; see `Study.load`."""
        return Study.load(self.find(name))


def _trial_name(number: int, row: int) -> str:
    return f"round-{number + 1:03d}-row-{row:03d}"
