"""Folders of searches for a batch size, beside those of other studies: create, find, go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.records.files import write_atomically
from wattlab.studies.batch_size.answer import ANSWER, BatchSizes
from wattlab.studies.batch_size.plan import BatchSizePlan
from wattlab.studies.batch_size.probe import Probe
from wattlab.studies.folders import Folder, Shelf, StudyKind, read_model

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PLAN", "BatchSizeFolder", "create", "find", "reopen"]

PLAN: Final = "batch-size-plan.json"
"""File that holds what a search is going to do, in its folder."""
_KIND: Final = StudyKind("batch-size study", PLAN, ANSWER, lambda folder: BatchSizes.load(folder).complete)


class BatchSizeFolder(Folder):
    """One search on disk: ``batch-size-plan.json``, ``probes``, ``steps`` and ``batch-size.json``."""

    @property
    def steps(self) -> Path:
        """Folder of what the processes were asked and said."""
        return self.path / "steps"

    def prepare(self, plan: BatchSizePlan) -> None:
        """Make the inner folders and write the plan."""
        self.make_inner("probes", "steps")
        self.write(PLAN, plan)

    def plan(self) -> BatchSizePlan:
        """Return what the search is going to do; `wattlab.errors.RunError` if it cannot be read."""
        return read_model(self.path / PLAN, BatchSizePlan)

    def save_probe(self, probe: Probe) -> None:
        """Keep a probe that is over."""
        self.write(f"probes/{name_of(probe.size, probe.attempt)}.json", probe)

    def probes(self) -> dict[tuple[int, int], Probe]:
        """Return all probes that are over, by size and attempt."""
        return {(one.size, one.attempt): one for one in self.read_all("probes", Probe)}

    def save(self, answer: BatchSizes) -> None:
        """Write the answer."""
        write_atomically(self.path / ANSWER, answer.to_json().encode())


def name_of(size: int, attempt: int) -> str:
    """Return the name of a probe's files; in the order of names lies the order of sizes."""
    return f"size-{size:07d}-{attempt}"


_SHELF: Final = Shelf(_KIND, BatchSizeFolder, "batch-size")
create, find, reopen = _SHELF.create, _SHELF.find, _SHELF.reopen
