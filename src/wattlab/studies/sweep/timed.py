"""What the trials of one cell gave: its state, medians over its processes, and what disturbed them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.meter.load import BUSY
from wattlab.meter.statistics import median_quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.cluster.step_report import StepReport
    from wattlab.meter.quantity import Quantity
    from wattlab.studies.sweep.answer import State, SweepTrial

__all__ = ["TimedCell", "step_times"]

_SWAPPING: Final = 100
"""Pages read back from disk while steps were timed from which on they were slowed down by it."""


class TimedCell:
    """What the trials of one cell gave.

    Parameters
    ----------
    refusal : str
        Why it cannot run; empty where it can.
    trials : sequence of SweepTrial
        Its own, in the order of the rounds.

    Attributes
    ----------
    reports : dict of int to StepReport
        By 0-based round, those that finished.
    """

    def __init__(self, refusal: str, trials: Sequence[SweepTrial]) -> None:
        self._refusal, self._trials = refusal, trials
        self.reports: dict[int, StepReport] = {
            one.round: one.report for one in trials if one.report is not None
        }

    @property
    def state(self) -> State:
        """How its trials went."""
        if self._refusal:
            return "refused"
        if self.reports:
            return "timed"
        causes = [one.failure.cause for one in self._trials if one.failure is not None]
        return causes[-1] if causes else "not run"

    @property
    def failures(self) -> tuple[str, ...]:
        """Why it was refused or failed, in sentences."""
        own = tuple(one.failure.reason for one in self._trials if one.failure is not None)
        return (self._refusal,) if self._refusal else own

    def median(self, quantity: Callable[[StepReport], Quantity], unit: str) -> Quantity:
        """Return the median of a quantity over the rounds."""
        return median_quantity([quantity(one) for one in self.reports.values()], unit)

    def shared_rounds(self, other: TimedCell) -> list[tuple[StepReport, StepReport]]:
        """Return the reports of both, this one's first, of every round that both finished."""
        both = sorted(self.reports.keys() & other.reports.keys())
        return [(self.reports[number], other.reports[number]) for number in both]

    @property
    def notes(self) -> tuple[str, ...]:
        """What disturbed the trials, and what their processes said, a sentence each."""
        reports = list(self.reports.values())
        found = self._load_notes()
        skipped = sum(one.skipped_steps for one in reports)
        found += [f"{skipped} steps were left out because a gradient overflowed"] if skipped else []
        retries = sum(one.allocation_retries or 0 for one in reports)
        found += [f"device memory was so short that torch freed its cache {retries} times"] if retries else []
        faults = sum(one.major_faults or 0 for one in reports)
        found += [f"{faults} pages were read back from disk meanwhile"] if faults > _SWAPPING else []
        slowed = dict.fromkeys(reason for one in reports if one.card for reason in one.card.throttle)
        found += [f"the card's clocks were lowered: {', '.join(slowed)}"] if slowed else []
        found += dict.fromkeys(note for one in reports for note in one.notes)
        if self.failures:
            found.append(f"{len(self.failures)} of {len(self._trials)} trials failed")
        return tuple(found)

    def _load_notes(self) -> list[str]:
        busy = [
            f"{one.foreign_load:.0%} in round {one.round + 1}"
            for one in self._trials
            if one.foreign_load > BUSY
        ]
        if busy:
            return [f"other processes kept the machine busy: {', '.join(busy)}"]
        shared = dict.fromkeys(one.cost.shared for one in self.reports.values() if one.cost.shared)
        return [f"while steps were timed, {text}" for text in list(shared)[:1]]


def step_times(
    trials: Sequence[SweepTrial], labels: Sequence[str]
) -> dict[str, tuple[tuple[float, ...], ...]]:
    """Return the times of steps, round by round, of every cell that was timed. Unit: s.

    Parameters
    ----------
    trials : sequence of SweepTrial
        All that are over, round by round.
    labels : sequence of str
        Of the cells, in their order.
    """
    found: dict[str, tuple[tuple[float, ...], ...]] = {}
    for one in trials:
        if one.report is not None:
            found[labels[one.cell]] = (*found.get(labels[one.cell], ()), one.report.step_times_s)
    return found
