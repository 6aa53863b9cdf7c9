"""Folders of studies of clusters, beside those of other studies: create, find, go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.records.files import write_atomically
from wattlab.studies.clusters.answer import ANSWER, Clusters, Preparing
from wattlab.studies.clusters.plan import ClustersPlan
from wattlab.studies.folders import Shelf, StudyKind, read_model
from wattlab.studies.sweep.step_folder import StepsFolder

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PLAN", "ClustersFolder", "create", "find", "reopen"]

PLAN: Final = "clusters-plan.json"
"""File that holds what a study is going to do, in its folder."""
_KIND: Final = StudyKind("study of clusters", PLAN, ANSWER, lambda folder: Clusters.load(folder).complete)


class ClustersFolder(StepsFolder):
    """One study on disk: ``clusters-plan.json``, ``reductions``, ``prepared``, ``steps``, ``trials``, the answer."""

    @property
    def reductions(self) -> Path:
        """Folder for what goes to a process that prepares data, and what it says."""
        return self.path / "reductions"

    def prepare(self, plan: ClustersPlan) -> None:
        """Make the inner folders and write the plan."""
        self.make_inner("reductions", "prepared", "steps", "trials", "logs")
        self.write(PLAN, plan)

    def plan(self) -> ClustersPlan:
        """Return what the study is going to do; `wattlab.errors.RunError` if it cannot be read."""
        return read_model(self.path / PLAN, ClustersPlan)

    def save_preparing(self, one: Preparing) -> None:
        """Keep a preparation that is over."""
        self.write(f"prepared/{one.number + 1:03d}-cell-{one.cell:03d}.json", one)

    def preparings(self) -> dict[tuple[int, int], Preparing]:
        """Return all preparations that are over, by number and cell."""
        return {(one.number, one.cell): one for one in self.read_all("prepared", Preparing)}

    def save(self, answer: Clusters) -> None:
        """Write the answer."""
        write_atomically(self.path / ANSWER, answer.to_json().encode())


_SHELF: Final = Shelf(_KIND, ClustersFolder, "clusters")
create, find, reopen = _SHELF.create, _SHELF.find, _SHELF.reopen
