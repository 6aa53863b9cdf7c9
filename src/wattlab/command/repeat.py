"""Several runs of one command as one result: which of them count, their medians, and what must be known."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from wattlab.meter.cost import median_cost
from wattlab.meter.statistics import LEVEL, coverage, interval_rank

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.command.measurement import CommandRun
    from wattlab.meter.cost import Cost

__all__ = ["counted_runs", "level", "notes_on_runs", "summary"]


def counted_runs(runs: Sequence[CommandRun], *, ignore_failure: bool) -> list[CommandRun]:
    """Return the runs whose cost counts: those that succeeded; the last one where there is none.

    Parameters
    ----------
    runs : sequence of CommandRun
        At least one.
    ignore_failure : bool
        Whether those that failed count as well; one that was interrupted does not.
    """
    counted = [
        run
        for run in runs
        if run.succeeded or (ignore_failure and run.interrupted_by is None and run.signal is None)
    ]
    return counted or [runs[-1]]


def summary(counted: Sequence[CommandRun]) -> Cost:
    """Return the cost of the only run, or the medians of several; of other people's work, the worst run tells."""
    costs = [run.cost for run in counted]
    return costs[0] if len(costs) == 1 else median_cost(costs, "runs")


def level(counted: Sequence[CommandRun]) -> float | None:
    """Return the probability with which the interval of a median covers the true one; None for a single run."""
    n = len(counted)
    return coverage(n, interval_rank(n)) if n > 1 else None


def notes_on_runs(runs: Sequence[CommandRun], counted: Sequence[CommandRun], repeat: int) -> list[str]:
    """Return in sentences what a reader of the medians must know."""
    found = [_which_count(runs, counted, repeat)] if repeat > 1 else []
    found = [note for note in found if note]
    sure = level(counted)
    if sure is not None and sure < LEVEL:
        found.append(
            f"{len(counted)} runs are few: their range covers the true median with a probability of {sure:.1%} only; "
            "from 5 runs on it is more than 90 %."
        )
    left = Counter(name for run in runs for name in run.left_running)
    if left:
        names = ", ".join(f"{name} ({times})" if times > 1 else name for name, times in sorted(left.items()))
        found.append(
            f"Still running after the command had ended: {names}; what they cost later is not counted."
        )
    return found


def _which_count(runs: Sequence[CommandRun], counted: Sequence[CommandRun], repeat: int) -> str:
    """Return why there are fewer runs than were asked for, and which the figures are of; nothing if all count."""
    last, left_out = runs[-1], len(runs) - len(counted)
    if last.interrupted_by:
        why = f"Run {len(runs)} of {repeat} was interrupted by {last.interrupted_by}"
    elif len(runs) < repeat:
        why = f"Run {len(runs)} of {repeat} {'was' if last.succeeded else 'failed and was'} the last"
    elif left_out:
        why = f"{left_out} of {repeat} runs did not succeed"
    else:
        return ""
    return f"{why}; the figures are of {_figures(runs, counted)}."


def _figures(runs: Sequence[CommandRun], counted: Sequence[CommandRun]) -> str:
    if len(counted) == len(runs):
        return "that run" if len(runs) == 1 else f"all {len(runs)}"
    if len(counted) == 1 and not counted[0].succeeded:
        return "the last one, since none succeeded"
    return "the other one" if len(counted) == 1 else f"the other {len(counted)}"
