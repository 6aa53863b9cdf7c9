"""From the trials of a study of threads to its rows: medians, and ratios to all threads and to one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.cluster.step_report import rate_of
from wattlab.studies.statistics import judge
from wattlab.studies.sweep.statistics import ratio_of, step_of
from wattlab.studies.sweep.timed import TimedCell
from wattlab.studies.threads.answer import ThreadsRow
from wattlab.studies.threads.limits import limit_findings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from wattlab.cluster.step_report import StepReport
    from wattlab.meter.quantity import Quantity
    from wattlab.meter.statistics import Estimate
    from wattlab.studies.sweep.answer import SweepTrial, SweepVerdict
    from wattlab.studies.threads.answer import Measure
    from wattlab.studies.threads.plan import PlannedThreads, ThreadsPlan

    Timed = Mapping[tuple[str, int], TimedCell]
    """What the trials gave, by series and number of threads."""

__all__ = ["collect", "make_rows", "ratio_between"]


def collect(plan: ThreadsPlan, trials: Sequence[SweepTrial]) -> dict[tuple[str, int], TimedCell]:
    """Return what the trials gave, by series and number of threads.

    Parameters
    ----------
    plan : ThreadsPlan
        With the cells.
    trials : sequence of SweepTrial
        All that are over.
    """
    return {
        (one.series, one.threads): TimedCell(one.refusal, [trial for trial in trials if trial.cell == place])
        for place, one in enumerate(plan.cells)
    }


def make_rows(plan: ThreadsPlan, timed: Timed) -> tuple[ThreadsRow, ...]:
    """Return what came out for every engine with every number of threads.

    Parameters
    ----------
    plan : ThreadsPlan
        With the cells.
    timed : mapping of (str, int) to TimedCell
        What `collect` found.
    """
    return tuple(_row(plan, one, timed) for one in plan.cells)


def ratio_between(cell: TimedCell, other: TimedCell, by: Measure) -> Estimate | None:
    """Return what one number of threads costs over what another does, in the rounds that both finished.

    Parameters
    ----------
    cell, other : TimedCell
        Of the same engine.
    by : {"time", "energy", "processor time"}
        Energy gives None unless it is measured in all these rounds.
    """
    values = _VALUES[by]
    pairs = [(values(own), values(base)) for own, base in cell.shared_rounds(other)]
    known = [(own, base) for own, base in pairs if all(one > 0 for one in (*own, *base))]
    whole = len(known) == len(pairs) and all(own and base for own, base in known)
    return ratio_of(known) if whole else None


def _energy(report: StepReport) -> tuple[float, ...]:
    energy = report.energy_per_sample
    return (energy.value,) if energy.value is not None and energy.provenance == "measured" else ()


def _cpu(report: StepReport) -> tuple[float, ...]:
    value = report.cpu_per_sample.value
    return () if value is None else (value,)


_VALUES: dict[Measure, Callable[[StepReport], tuple[float, ...]]] = {
    "time": lambda report: report.step_times_s,
    "energy": _energy,
    "processor time": _cpu,
}


def _row(plan: ThreadsPlan, planned: PlannedThreads, timed: Timed) -> ThreadsRow:
    cell = timed[planned.series, planned.threads]
    row = ThreadsRow(
        series=planned.series,
        threads=planned.threads,
        label=planned.label,
        state=cell.state,
        oversubscribed=planned.threads > plan.usable_cores,
        failures=cell.failures,
    )
    if not cell.reports:
        return row
    cores_busy = cell.median(lambda one: one.cores_busy, "1")
    last = list(cell.reports.values())[-1]
    return row.model_copy(
        update={
            "engine": last.facts,
            "libraries": last.libraries,
            "cores_busy": cores_busy,
            "limits": limit_findings(planned.threads, last.facts, cores_busy),
            "notes": cell.notes,
            **_medians(cell, last.batch_size),
            **_ratios(plan, planned, timed),
        }
    )


def _medians(cell: TimedCell, batch_size: int) -> dict[str, Estimate | Quantity | int | None]:
    step = step_of([one.step_times_s for one in cell.reports.values()])
    return {
        "step": step,
        "samples": rate_of(step, batch_size) if step else None,
        "cpu": cell.median(lambda one: one.cpu_per_sample, "s"),
        "energy": cell.median(lambda one: one.energy_per_sample, "J"),
        "power": cell.median(lambda one: one.power, "W"),
        "peak_memory": cell.median(lambda one: one.peak_memory, "B"),
        "compiling": cell.median(lambda one: one.compiling, "s"),
        "n_steps": sum(one.n_steps for one in cell.reports.values()),
    }


def _ratios(
    plan: ThreadsPlan, planned: PlannedThreads, timed: Timed
) -> dict[str, Estimate | SweepVerdict | None]:
    """Return how a row stands to all threads and to one, as far as both were timed."""
    cell, alone = timed[planned.series, planned.threads], timed.get((planned.series, 1))
    whole = timed[planned.series, plan.all_threads]
    speed_up = ratio_between(alone, cell, "time") if alone and planned.threads > 1 else None
    if planned.threads == plan.all_threads:
        return {"speed_up": speed_up, "verdict": "baseline"}
    ratio = ratio_between(cell, whole, "time")
    return {
        "speed_up": speed_up,
        "ratio": ratio,
        "verdict": _verdict(ratio),
        "cpu_ratio": ratio_between(cell, whole, "processor time"),
        "energy_ratio": ratio_between(cell, whole, "energy"),
    }


def _verdict(ratio: Estimate | None) -> SweepVerdict:
    if ratio is None:
        return "none"
    found = judge(ratio)
    assert found in {"better", "worse", "unknown"}
    return found
