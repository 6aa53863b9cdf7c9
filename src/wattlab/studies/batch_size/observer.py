"""What a search for a batch size tells whoever watches it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wattlab.studies.batch_size.plan import BatchSizePlan
    from wattlab.studies.batch_size.probe import Probe

__all__ = ["SearchObserver"]


class SearchObserver:
    """Watches a search; every method may be overridden, none has to be."""

    def started(self, plan: BatchSizePlan, n_done: int) -> None:
        """Take note of the plan; `n_done` processes of an interrupted search are over already."""

    def waiting(self, size: int) -> None:
        """Take note that a size is next, but other processes keep the machine busy: some seconds are waited."""

    def probing(self, size: int, attempt: int) -> None:
        """Take note that a size is tried in a process of its own; the second attempt confirms it."""

    def probed(self, probe: Probe) -> None:
        """Take note of what came of it."""

    def ended(self) -> None:
        """Nothing more will come, whether the search finished, failed or was interrupted."""
