"""From the trials of a sweep to its rows: medians, ratios at equal batch size, verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.cluster.step_report import rate_of
from wattlab.meter.load import BUSY
from wattlab.meter.statistics import median_quantity
from wattlab.studies.statistics import judge
from wattlab.studies.sweep.answer import SweepRow
from wattlab.studies.sweep.statistics import mean_of, ratio_of, step_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.cluster.step_report import StepReport
    from wattlab.meter.quantity import Quantity
    from wattlab.meter.statistics import Estimate
    from wattlab.studies.sweep.answer import State, SweepTrial, SweepVerdict, TrainedCell
    from wattlab.studies.sweep.plan import SweepPlan
    from wattlab.studies.sweep.statistics import Mean

__all__ = ["make_rows"]

_SWAPPING: Final = 100
"""Pages read back from disk while steps were timed from which on they were slowed down by it."""


def make_rows(
    plan: SweepPlan, trials: Sequence[SweepTrial], trainings: Sequence[TrainedCell]
) -> tuple[SweepRow, ...]:
    """Return what came out for every cell.

    Parameters
    ----------
    plan : SweepPlan
        With the cells.
    trials : sequence of SweepTrial
        All that are over.
    trainings : sequence of TrainedCell
        All that are over.
    """
    cells = [_Timed(plan, place, trials) for place in range(len(plan.cells))]
    return tuple(_row(plan, place, cells, trainings) for place in range(len(plan.cells)))


class _Timed:
    """What the trials of one cell gave."""

    def __init__(self, plan: SweepPlan, place: int, trials: Sequence[SweepTrial]) -> None:
        self.planned = plan.cells[place]
        self.trials = [one for one in trials if one.cell == place]
        self.reports: dict[int, StepReport] = {
            one.round: one.report for one in self.trials if one.report is not None
        }

    @property
    def state(self) -> State:
        if self.planned.refusal:
            return "refused"
        if self.reports:
            return "timed"
        causes = [one.failure.cause for one in self.trials if one.failure is not None]
        return causes[-1] if causes else "not run"

    @property
    def failures(self) -> tuple[str, ...]:
        own = tuple(one.failure.reason for one in self.trials if one.failure is not None)
        return (self.planned.refusal,) if self.planned.refusal else own

    def median(self, quantity: Callable[[StepReport], Quantity], unit: str) -> Quantity:
        return median_quantity([quantity(one) for one in self.reports.values()], unit)


def _row(plan: SweepPlan, place: int, cells: Sequence[_Timed], trainings: Sequence[TrainedCell]) -> SweepRow:
    timed, planned = cells[place], plan.cells[place]
    scores = _scores(trainings, place)
    row = SweepRow(
        values=planned.values,
        label=planned.label,
        batch_size=planned.batch_size,
        state=timed.state,
        failures=timed.failures,
        score=mean_of(list(scores.values())),
        score_change=_change(scores, trainings, place, planned.baseline),
    )
    if not timed.reports:
        return row
    return row.model_copy(update=_figures(timed, place, cells))


def _figures(timed: _Timed, place: int, cells: Sequence[_Timed]) -> dict[str, object]:
    """Return what is known of a cell that was timed, by the fields of a row."""
    last = list(timed.reports.values())[-1]
    step = step_of([one.step_times_s for one in timed.reports.values()])
    ratio, verdict = _ratio(timed, place, cells)
    return {
        "engine": last.facts,
        "step": step,
        "samples": rate_of(step, last.batch_size) if step else None,
        "ratio": ratio,
        "verdict": verdict,
        "compiling": timed.median(lambda one: one.compiling, "s"),
        "n_steps": sum(one.n_steps for one in timed.reports.values()),
        "peak_memory": timed.median(lambda one: one.peak_memory, "B"),
        "device_memory": timed.median(lambda one: one.device_memory, "B"),
        "device_reserved": timed.median(lambda one: one.device_reserved, "B"),
        "processor_use": timed.median(lambda one: one.processor_use, "1"),
        "card_use": timed.median(lambda one: one.card_use, "1"),
        "energy": timed.median(lambda one: one.energy_per_sample, "J"),
        "notes": _notes(timed),
    }


def _ratio(timed: _Timed, place: int, cells: Sequence[_Timed]) -> tuple[Estimate | None, SweepVerdict]:
    """Return the ratio to the baseline in the rounds that both finished, and what it means."""
    held_against = timed.planned.baseline
    if held_against is None:
        return None, "none"
    if held_against == place:
        return None, "baseline"
    other = cells[held_against].reports
    both = sorted(timed.reports.keys() & other.keys())
    ratio = ratio_of([(timed.reports[number].step_times_s, other[number].step_times_s) for number in both])
    if ratio is None:
        return None, "none"
    found = judge(ratio)
    assert found in {"better", "worse", "unknown"}
    return ratio, found


def _scores(trainings: Sequence[TrainedCell], place: int) -> dict[int, float]:
    return {one.seed: one.score for one in trainings if one.cell == place and one.score is not None}


def _change(
    scores: dict[int, float], trainings: Sequence[TrainedCell], place: int, baseline: int | None
) -> Mean | None:
    """Return by how much the score differs from the baseline's with the same seed."""
    if baseline is None or baseline == place:
        return None
    other = _scores(trainings, baseline)
    return mean_of([scores[seed] - other[seed] for seed in sorted(scores.keys() & other.keys())])


def _notes(timed: _Timed) -> tuple[str, ...]:
    reports = list(timed.reports.values())
    busy = [
        f"{one.foreign_load:.0%} in round {one.round + 1}" for one in timed.trials if one.foreign_load > BUSY
    ]
    shared = dict.fromkeys(one.cost.shared for one in reports if one.cost.shared)
    found = [f"other processes kept the machine busy: {', '.join(busy)}"] if busy else []
    found += [f"while steps were timed, {text}" for text in list(shared)[:1] if not busy]
    skipped = sum(one.skipped_steps for one in reports)
    found += [f"{skipped} steps were left out because a gradient overflowed"] if skipped else []
    retries = sum(one.allocation_retries or 0 for one in reports)
    found += [f"device memory was so short that torch freed its cache {retries} times"] if retries else []
    faults = sum(one.major_faults or 0 for one in reports)
    found += [f"{faults} pages were read back from disk meanwhile"] if faults > _SWAPPING else []
    slowed = dict.fromkeys(reason for one in reports if one.card for reason in one.card.throttle)
    found += [f"the card's clocks were lowered: {', '.join(slowed)}"] if slowed else []
    found += dict.fromkeys(note for one in reports for note in one.notes)
    if timed.failures:
        found.append(f"{len(timed.failures)} of {len(timed.trials)} trials failed")
    return tuple(found)
