"""What stands around the tables of a study: how it was made, how to read it, and what went wrong."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from wattlab.meter.statistics import LEVEL
from wattlab.studies.tables import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.studies.row import Row, Verification
    from wattlab.studies.study import Study

__all__ = ["Remark", "circumstances", "failures", "machine", "reading", "references", "refusals", "remarks"]


class Remark(NamedTuple):
    """A sentence about a candidate, or about the whole study where the label is empty."""

    label: str
    text: str


def circumstances(study: Study) -> str:
    """Return in one line how and when the study was made, and what was the same for all candidates."""
    when = f"{study.created_utc[:16].replace('T', ' ')} UTC"
    return " · ".join([_rounds(study), *_shared(study.rows), when, f"wattlab {study.wattlab_version}"])


def _rounds(study: Study) -> str:
    planned = f"{study.rounds} round{'' if study.rounds == 1 else 's'}"
    if study.complete:
        return f"{planned}, interleaved" if study.rounds > 1 else planned
    return f"{len({trial.round for trial in study.trials})} of {planned} begun"


def _shared(rows: Sequence[Row]) -> list[str]:
    """Return what every engine said alike; what differs has a column in the table."""
    shared = []
    for name in SETTINGS:
        values = {row.engine[name] for row in rows if name in row.engine}
        if len(values) == 1:
            (value,) = values
            shared.append(_threads_each(value) if name == "threads" else str(value))
    return shared


def _threads_each(count: str | float | None) -> str:
    return f"{count} thread{'' if count == 1 else 's'} each"


def machine(study: Study) -> str:
    """Return the machine in one line."""
    return str(study.machine.get("line", study.machine.get("id", "unknown")))


def reading(study: Study) -> tuple[str, ...]:
    """Return how to read the study's table, in whole sentences."""
    levels = [row.epoch.level for row in study.rows if row.epoch and row.epoch.n > 1]
    sentences = []
    if levels:
        often = f"{min(levels):.2g}{' or more' if len(set(levels)) > 1 else ''}"
        sentences.append(
            f"Medians over the rounds; the interval beside one holds the true median with probability {often}."
        )
    if any(row.ratio for row in study.rows):
        sentences.append(
            f"Ratio: seconds per epoch over those of {study.rows[0].label} in the same round; below 1 is faster. "
            "Better or worse: the whole interval is on one side of 1; unknown: it is not."
        )
    if any(row.ratio and row.ratio.level < LEVEL for row in study.rows):
        sentences.append(f"A verdict takes more rounds: an interval that holds with probability {LEVEL:g}.")
    if any(row.verdict == "control" for row in study.rows):
        sentences.append(f"Control: {study.rows[0].label} once more; its ratio shows the noise.")
    return tuple(sentences)


def failures(study: Study) -> tuple[Remark, ...]:
    """Return what each failed trial said; the same words only once."""
    return tuple(
        Remark(row.label, message if times == 1 else f"{message} ({times} times)")
        for row in study.rows
        for message, times in Counter(row.failures).items()
    )


def remarks(study: Study) -> tuple[Remark, ...]:
    """Return what a reader must know: an interrupted study, work that is not equal, notes, missing energies."""
    found = []
    if not study.complete:
        found.append(Remark("", "Not every trial was run; what is known so far is shown."))
    for row in study.rows:
        told = set(row.failures)
        found += [
            Remark(row.label, f"{_unequal(row)}: {text}")
            for _, text in refusals([row.verification] if row.verification else [])
            if text not in told
        ]
    found += [Remark("", note) for note in study.notes]
    found += [Remark(row.label, note) for row in study.rows for note in row.notes]
    return (*found, *_missing_energies(study.rows))


def _unequal(row: Row) -> str:
    computed = row.verification is None or row.verification.computed
    return "not the same work" if computed else "not verified"


def _missing_energies(rows: Sequence[Row]) -> list[Remark]:
    """Return why energies are missing: once where the reason is the same for all."""
    missing = {row.label: row.energy.note for row in rows if row.energy and row.energy.is_missing}
    known = [row.label for row in rows if row.energy and not row.energy.is_missing]
    if missing and not known and len(set(missing.values())) == 1:
        return [Remark("", f"Energy is missing: {next(iter(missing.values()))}.")]
    return [Remark(label, f"energy is missing: {note}") for label, note in missing.items()]


def refusals(verifications: Sequence[Verification]) -> tuple[Remark, ...]:
    """Return why candidates did not pass the verification."""
    return tuple(
        Remark(one.label, one.message or "the deviation is larger than the tolerance")
        for one in verifications
        if not one.passed
    )


def references(verifications: Sequence[Verification]) -> str:
    """Return in whole sentences what was compared with what."""
    names = ", ".join(dict.fromkeys(one.reference for one in verifications))
    return (
        f"Held against {names}; the steps are taken twice, batch by batch and an epoch's in one call, as when they are "
        "timed, and the worse counts. Loss: the largest relative deviation of a step. Weights: the root mean square "
        "of a layer's differences after the last step over that of its weights and biases; the worst layer counts."
        if verifications
        else "Nothing was verified."
    )
