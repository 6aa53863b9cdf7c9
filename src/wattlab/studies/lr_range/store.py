"""Folders of learning-rate range tests, beside those of other studies: create, find, go on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.records.files import write_atomically
from wattlab.studies.folders import Folder, Shelf, StudyKind, read_model
from wattlab.studies.lr_range.answer import ANSWER, LrRange, SeedRamp, SeedRuns
from wattlab.studies.lr_range.plan import LrRangePlan

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PLAN", "LrRangeFolder", "create", "find", "reopen"]

PLAN: Final = "lr-range-plan.json"
"""File that holds what a range test is going to do, in its folder."""
_KIND: Final = StudyKind(
    "learning-rate range test", PLAN, ANSWER, lambda folder: LrRange.load(folder).complete
)


class LrRangeFolder(Folder):
    """One range test on disk: ``lr-range-plan.json``, ``ramps``, ``short``, ``processes`` and ``lr-range.json``."""

    @property
    def processes(self) -> Path:
        """Folder of what the processes were asked and said."""
        return self.path / "processes"

    def prepare(self, plan: LrRangePlan) -> None:
        """Make the inner folders and write the plan."""
        self.make_inner("ramps", "short", "processes")
        self.write(PLAN, plan)

    def plan(self) -> LrRangePlan:
        """Return what the range test is going to do; `wattlab.errors.RunError` if it cannot be read."""
        return read_model(self.path / PLAN, LrRangePlan)

    def save_ramp(self, ramp: SeedRamp) -> None:
        """Keep a ramp that is over."""
        self.write(f"ramps/seed-{ramp.seed}.json", ramp)

    def ramps(self) -> dict[int, SeedRamp]:
        """Return all ramps that are over, by seed."""
        return {one.seed: one for one in self.read_all("ramps", SeedRamp)}

    def save_runs(self, runs: SeedRuns) -> None:
        """Keep the short trainings of a seed and round."""
        self.write(f"short/round-{runs.round}-seed-{runs.seed}.json", runs)

    def short_runs(self) -> dict[tuple[int, int], SeedRuns]:
        """Return all short trainings that are over, by round and seed."""
        return {(one.round, one.seed): one for one in self.read_all("short", SeedRuns)}

    def save(self, answer: LrRange) -> None:
        """Write the answer."""
        write_atomically(self.path / ANSWER, answer.to_json().encode())


_SHELF: Final = Shelf(_KIND, LrRangeFolder, "lr-range")
create, find, reopen = _SHELF.create, _SHELF.find, _SHELF.reopen
