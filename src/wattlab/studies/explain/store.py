"""Folders of explanations, beside those of other studies: create, find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wattlab.records.files import write_atomically
from wattlab.studies.explain.answer import ANSWER, Explanation
from wattlab.studies.folders import Folder, Shelf, StudyKind, read_model
from wattlab.studies.row import Frozen

if TYPE_CHECKING:
    from pathlib import Path

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


_SHELF: Final = Shelf(_KIND, ExplainFolder, "explain")
create, find = _SHELF.create, _SHELF.find
