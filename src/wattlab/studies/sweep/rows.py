"""From the trials of a sweep to its rows: medians, ratios at equal batch size, verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.cluster.step_report import rate_of
from wattlab.studies.statistics import judge
from wattlab.studies.sweep.answer import SweepRow
from wattlab.studies.sweep.statistics import mean_of, ratio_of, step_of
from wattlab.studies.sweep.timed import TimedCell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.meter.statistics import Estimate
    from wattlab.studies.sweep.answer import SweepTrial, SweepVerdict, TrainedCell
    from wattlab.studies.sweep.plan import PlannedCell, SweepPlan
    from wattlab.studies.sweep.statistics import Mean

__all__ = ["make_rows"]


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
    cells = [
        TimedCell(one.refusal, [trial for trial in trials if trial.cell == place])
        for place, one in enumerate(plan.cells)
    ]
    return tuple(_row(plan, place, cells, trainings) for place in range(len(plan.cells)))


def _row(
    plan: SweepPlan, place: int, cells: Sequence[TimedCell], trainings: Sequence[TrainedCell]
) -> SweepRow:
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
    return row.model_copy(update=_figures(place, planned, cells))


def _figures(place: int, planned: PlannedCell, cells: Sequence[TimedCell]) -> dict[str, object]:
    """Return what is known of a cell that was timed, by the fields of a row."""
    timed = cells[place]
    last = list(timed.reports.values())[-1]
    step = step_of([one.step_times_s for one in timed.reports.values()])
    ratio, verdict = _ratio(place, planned.baseline, cells)
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
        "notes": timed.notes,
    }


def _ratio(
    place: int, held_against: int | None, cells: Sequence[TimedCell]
) -> tuple[Estimate | None, SweepVerdict]:
    """Return the ratio to the baseline in the rounds that both finished, and what it means."""
    if held_against is None:
        return None, "none"
    if held_against == place:
        return None, "baseline"
    both = cells[place].shared_rounds(cells[held_against])
    ratio = ratio_of([(own.step_times_s, other.step_times_s) for own, other in both])
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
