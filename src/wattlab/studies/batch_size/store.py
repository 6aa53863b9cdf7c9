"""Folders of searches for a batch size, beside those of other studies: create, find, go on."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from wattlab.records.files import write_atomically
from wattlab.studies.batch_size.answer import ANSWER, BatchSizes
from wattlab.studies.batch_size.plan import BatchSizePlan
from wattlab.studies.batch_size.probe import Probe
from wattlab.studies.folders import Folder, StudyKind, lock_folder, make_folder, read_model

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


def create(studies: Path | str, stem: str) -> BatchSizeFolder:
    """Make a folder for a new search, locked; `wattlab.errors.StorageError` if it cannot be written."""
    path = make_folder(Path(studies), f"batch-size-{stem}")
    return BatchSizeFolder(path, lock_folder(path))


def find(studies: Path | str, name: str) -> Path:
    """Return the folder of a search, to read what came out.

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


def reopen(studies: Path | str, name: str) -> BatchSizeFolder:
    """Take up a search, locked for this process.

    Parameters
    ----------
    studies : path
        Folder of all studies.
    name : str
        Its name, the beginning of it, its folder, or "last": the newest that is not complete, if there is one.

    Raises
    ------
    wattlab.errors.RunError
        If it is unknown, or in use by another process, or if several are meant.
    """
    path = _KIND.find_unfinished(Path(studies), name)
    return BatchSizeFolder(path, lock_folder(path))
