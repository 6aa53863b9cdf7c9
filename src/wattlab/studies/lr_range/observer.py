"""What a range test tells whoever watches it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wattlab.studies.lr_range.answer import SeedRamp, SeedRuns
    from wattlab.studies.lr_range.plan import LrRangePlan

__all__ = ["LrRangeObserver"]


class LrRangeObserver:
    """Watches a range test; every method may be overridden, none has to be."""

    def started(self, plan: LrRangePlan, n_done: int) -> None:
        """Take note of the plan; `n_done` processes of an interrupted range test are over already."""

    def ramping(self, seed: int) -> None:
        """Take note that the ramp of a seed runs in a process of its own."""

    def ramped(self, ramp: SeedRamp) -> None:
        """Take note of what came of it."""

    def trying(self, seed: int, rates: tuple[float, ...], steps: int) -> None:
        """Take note that the short trainings of a seed run, one after the other in a process of its own."""

    def tried(self, runs: SeedRuns) -> None:
        """Take note of what came of them."""

    def ended(self) -> None:
        """Nothing more will come, whether the range test finished, failed or was interrupted."""
