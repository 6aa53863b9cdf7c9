"""Folders of explanations, beside those of other studies: create, find."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from wattlab.records.files import write_atomically
from wattlab.studies.explain.answer import ANSWER, Explanation
from wattlab.studies.folders import Folder, StudyKind, lock_folder, make_folder, read_model
from wattlab.studies.row import Frozen

__all__ = ["PLAN", "ExplainFolder", "ExplainPlan", "create", "find"]

PLAN: Final = "explain-plan.json"
"""File that says what is explained, in its folder."""
_KIND: Final = StudyKind("explanation", PLAN, ANSWER, lambda folder: (folder / ANSWER).is_file())


class ExplainPlan(Frozen):
    """What is explained."""

    wattlab_version: str
    id: str
    title: str
    created_utc: str
    machine: dict[str, Any]
    recipe: str
    """TOML."""
    run: str | None


class ExplainFolder(Folder):
    """One explanation on disk: ``explain-plan.json``, ``measured`` and ``explanation.json``."""

    @property
    def measured(self) -> Path:
        """Folder of what the processes were asked, said and found."""
        return self.path / "measured"

    def prepare(self, plan: ExplainPlan) -> None:
        """Make the inner folder and write the plan."""
        self.make_inner("measured")
        self.write(PLAN, plan)

    def plan(self) -> ExplainPlan:
        """Return what is explained; `wattlab.errors.RunError` if it cannot be read."""
        return read_model(self.path / PLAN, ExplainPlan)

    def save(self, answer: Explanation) -> None:
        """Write the answer."""
        write_atomically(self.path / ANSWER, answer.to_json().encode())


def create(studies: Path | str, stem: str) -> ExplainFolder:
    """Make a folder for one, locked for this process; `wattlab.errors.StorageError` if it cannot be written."""
    path = make_folder(Path(studies), f"explain-{stem}")
    return ExplainFolder(path, lock_folder(path))


def find(studies: Path | str, name: str) -> Path:
    """Return the folder of an explanation.

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
