"""What the folders of all studies share that time steps: their trials, each kept as soon as it is over."""

from __future__ import annotations

from abc import ABC
from typing import TYPE_CHECKING

from wattlab.studies.folders import Folder
from wattlab.studies.sweep.answer import SweepTrial

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["StepsFolder"]


class StepsFolder(Folder, ABC):
    """A study on disk with ``steps`` and ``trials`` in it."""

    @property
    def steps(self) -> Path:
        """Folder for what goes to a process that times steps, and what it says."""
        return self.path / "steps"

    def save_trial(self, trial: SweepTrial) -> None:
        """Keep a trial that is over."""
        self.write(f"trials/round-{trial.round + 1:03d}-cell-{trial.cell:03d}.json", trial)

    def trials(self) -> dict[tuple[int, int], SweepTrial]:
        """Return all trials that are over, by round and cell."""
        return {(one.round, one.cell): one for one in self.read_all("trials", SweepTrial)}
