"""From trials to the rows of a study: medians, ratios to the baseline of the same round, verdicts, notes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from wattlab.meter.load import BUSY
from wattlab.meter.statistics import estimate, median_quantity
from wattlab.studies.row import Row
from wattlab.studies.statistics import judge, ratios
from wattlab.studies.study import check_machine
from wattlab.studies.timing import epoch_s, samples_per_epoch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wattlab.meter.statistics import Estimate
    from wattlab.records.record import RunRecord
    from wattlab.records.run import Run
    from wattlab.studies.plan import Entry, Plan
    from wattlab.studies.row import Trial, Verdict, Verification
    from wattlab.studies.store import StudyFolder

__all__ = ["make_rows"]


def make_rows(
    folder: StudyFolder,
    plan: Plan,
    entries: Sequence[Entry],
    trials: Sequence[Trial],
    verifications: Mapping[int, tuple[Verification, ...]],
) -> tuple[Row, ...]:
    """Return what came out for every entry; the first is the baseline of the ratios.

    Raises
    ------
    wattlab.errors.RunError
        If a run is damaged or comes from another machine.
    """
    all_measured = [
        _Measured(
            folder,
            plan,
            entry,
            trials=[one for one in trials if one.candidate == index],
            attempts=[one for one in trials if entries[one.candidate].candidate == entry.candidate],
        )
        for index, entry in enumerate(entries)
    ]
    return tuple(
        _row(measured, all_measured[0], verifications.get(measured.entry.candidate, ()))
        for measured in all_measured
    )


class _Measured:
    """What the trials of one entry gave; `attempts` are all trials of its candidate, the control's included."""

    def __init__(
        self,
        folder: StudyFolder,
        plan: Plan,
        entry: Entry,
        trials: Sequence[Trial],
        attempts: Sequence[Trial],
    ) -> None:
        self.plan, self.entry, self.trials, self.attempts = plan, entry, trials, attempts
        self.runs: dict[int, Run] = {}
        for trial in trials:
            run = folder.run(trial)
            if run is not None:
                check_machine(run, plan.machine_id)
                self.runs[trial.round] = run

    @property
    def records(self) -> list[RunRecord]:
        return [run.record for run in self.runs.values()]

    @cached_property
    def epochs_s(self) -> dict[int, float]:
        """Seconds of an epoch by round."""
        found = {number: epoch_s(run) for number, run in self.runs.items()}
        return {number: seconds for number, seconds in found.items() if seconds is not None}

    def samples_per_s(self) -> list[float]:
        return [
            samples_per_epoch(self.runs[number]) / seconds
            for number, seconds in self.epochs_s.items()
            if seconds
        ]

    def compile_s(self) -> list[float]:
        """Return the seconds of compiling; none where no trial compiled anything."""
        if all(record.cost.compile is None for record in self.records):
            return []
        return [
            0.0 if record.cost.compile is None else record.cost.compile.wall.value or 0.0
            for record in self.records
        ]


def _row(measured: _Measured, baseline: _Measured, verifications: Sequence[Verification]) -> Row:
    entry, records = measured.entry, measured.records
    planned = measured.plan.candidates[entry.candidate].read()
    facts: dict[str, Any] = {
        "label": entry.label,
        "recipe": planned.model_dump(mode="json"),
        "engine": records[0].engine if records else {},
        "verification": _verification(verifications),
        "failures": _failures(measured),
        "notes": _notes(measured),
    }
    if not records:
        # Before its first trial an entry has not failed: it is not known.
        return Row(**facts, verdict="failed" if entry.refusal or measured.attempts else "unknown")
    ratio = None if measured is baseline else estimate(ratios(measured.epochs_s, baseline.epochs_s), unit="")
    return Row(
        **facts,
        score_name=records[0].score_name,
        epoch=estimate(measured.epochs_s.values(), "s"),
        samples=estimate(measured.samples_per_s(), "1/s"),
        start_up=estimate((record.cost.start_up.wall.value for record in records), "s"),
        compile=estimate(measured.compile_s(), "s"),
        total=estimate((record.cost.total.wall.value for record in records), "s"),
        score=estimate((record.test_score for record in records), ""),
        peak_memory=median_quantity([record.cost.total.peak_memory for record in records], "B"),
        energy=median_quantity([record.cost.total.energy for record in records], "J"),
        ratio=ratio,
        verdict=_verdict(measured, baseline, ratio),
    )


def _verdict(measured: _Measured, baseline: _Measured, ratio: Estimate | None) -> Verdict:
    if measured is baseline:
        return "baseline"
    return "control" if measured.entry.control else judge(ratio)


def _verification(found: Sequence[Verification]) -> Verification | None:
    """Return the one that did other work, else that in the candidate's own number format, which comes last.

    One that did not get through its first steps says nothing about equal work: it is a failure.
    """
    differing = (one for one in found if one.computed and not one.passed)
    own = found[-1] if found and found[-1].computed else None
    return next(differing, own)


def _failures(measured: _Measured) -> tuple[str, ...]:
    refusal = measured.entry.refusal
    if refusal:
        return (refusal,)
    own = tuple(trial.failure for trial in measured.trials if trial.failure is not None)
    # One that was given up before its own first trial failed with its twin.
    return (
        own if measured.trials else tuple(one.failure for one in measured.attempts if one.failure is not None)
    )


def _notes(measured: _Measured) -> tuple[str, ...]:
    busy = [
        f"{trial.foreign_load:.0%} in round {trial.round + 1}"
        for trial in measured.trials
        if trial.foreign_load > BUSY
    ]
    notes = [f"other processes kept the machine busy: {', '.join(busy)}"] if busy else []
    if not measured.plan.verify_steps and not measured.entry.refusal:
        notes.append("not verified: it may do other work")
    given_up = all(one.run_id is None for one in measured.attempts)
    if measured.trials and given_up and len(measured.trials) < measured.plan.rounds:
        notes.append("not tried again after it had failed")
    skipped = sum(record.skipped_steps for record in measured.records)
    if skipped:
        notes.append(f"{skipped} steps were left out because a gradient overflowed")
    return tuple(notes)
