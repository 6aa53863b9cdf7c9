"""What came out of a loading study, in sentences, and what its reader must know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.meter.statistics import LEVEL
from wattlab.units import format_bytes, format_rate, format_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.meter.statistics import Estimate
    from wattlab.studies.loading.answer import Bound, CacheAdvice, LoadingRow, Training
    from wattlab.studies.loading.plan import Cache, FileSet, LoadingPlan

__all__ = ["advice_sentence", "planned_notes", "study_notes", "verdict_sentences"]

_EPOCHS: dict[Cache, str] = {
    "cold": "The first epoch, from {place}",
    "warm": "Every further epoch, while the files stay in the page cache",
    "memory": "An epoch from memory",
    "bypassed": "An epoch past the page cache",
}
_BOUND: dict[Bound, str] = {
    "input": "is bound by input: the training waits for its data",
    "compute": "is not bound by input: the training is slower than its data come",
    "unknown": "may be bound by input or not",
}


def verdict_sentences(
    rows: Sequence[LoadingRow],
    training: Training | None,
    caches: Sequence[CacheAdvice],
    samples: int | None,
) -> tuple[str, ...]:
    """Return the answer: whether training is bound by input, first and later, and which cache would pay.

    Parameters
    ----------
    rows : sequence of LoadingRow
        What was measured.
    training : Training or None
        What the loading is held against.
    caches : sequence of CacheAdvice
        What each would give.
    samples : int or None
        In the files that were read.
    """
    found = [_fastest(rows, cache) for cache in ("cold", "warm", "bypassed")]
    said = [_sentence(row, training) for row in found if row is not None]
    if training is not None and samples is None:
        said.append(
            "Whether training waits for input is unknown, since nobody said how many samples the files hold: "
            "--samples-per-file N."
        )
    if training is not None and training.rate is None:
        said.append(
            f"The training {training.label} failed, so its rate is unknown: {'; '.join(training.failures)}"
        )
    return (*said, *map(advice_sentence, caches))


def _fastest(rows: Sequence[LoadingRow], cache: Cache) -> LoadingRow | None:
    """Return the fastest crew that reads what was asked for as it is."""
    first = rows[0].variant.reader if rows else ""
    # Bytes past the cache are an epoch's input only where nothing is decoded.
    readers = {"raw", "direct"} if first == "raw" else {first}
    own = [
        row
        for row in rows
        if row.seconds is not None
        and (row.variant.file_set, row.variant.cache) == (0, cache)
        and row.variant.reader in readers
    ]
    return min(own, key=lambda row: row.seconds.median if row.seconds else 0.0, default=None)


def _sentence(row: LoadingRow, training: Training | None) -> str:
    when = _EPOCHS[row.variant.cache].format(place=row.place)
    assert row.rate is not None
    best = f"at best {_bytes_rate(row.rate)} ({row.variant.label})"
    if row.bound is None or training is None or row.samples is None or training.rate is None:
        return f"{when}: {best}."
    why = "" if row.bound != "unknown" else f": {_doubt(row.samples, training.rate)}"
    rates = f"{_rate(row.samples)} come, {training.label} takes {_rate(training.rate)}"
    return f"{when}, {_BOUND[row.bound]}{why} ({rates}; {row.variant.label})."


def _doubt(*rates: Estimate) -> str:
    """Return why there is no verdict."""
    few = min(one.level for one in rates) < LEVEL
    return "there are too few rounds for a verdict, 5 are needed" if few else "the intervals overlap"


def _bytes_rate(rate: Estimate) -> str:
    return f"{rate.median / 1e6:,.0f} MB/s"


def _rate(rate: Estimate) -> str:
    if rate.n < 2:
        return format_rate(rate.median)
    return (
        f"{format_rate(rate.median)} [{format_rate(rate.low, '')[:-3]} to {format_rate(rate.high, '')[:-3]}]"
    )


def advice_sentence(one: CacheAdvice) -> str:
    """Return what a cache needs, saves and costs, as a sentence."""
    needs = f"{one.name}: needs {format_bytes(one.needs_B)} of {format_bytes(one.room_B)} available"
    if one.verdict == "does not fit":
        return f"{needs}, so it does not fit."
    if one.saved is None:
        return f"{needs}; what it saves was not measured."
    saves = f"{_seconds(one.saved)} in an epoch{' (modelled)' if one.basis == 'modelled' else ''}"
    costs = f", costs {format_seconds(one.cost_s)} once" if one.cost_s else ""
    after = (
        f": pays after {one.pays_after} epoch{'' if one.pays_after == 1 else 's'}" if one.pays_after else ""
    )
    if one.verdict == "pays":
        return f"{needs}, {saves}{costs}{after}."
    if one.verdict == "does not pay":
        return f"{needs}, {saves}{costs}: does not pay."
    why = "too few rounds for a verdict" if one.saved.level < LEVEL else "it may save nothing"
    return (
        f"{needs}, {saves}{costs}{f'{after}, if at all' if after else ': unknown whether it pays'} ({why})."
    )


def _seconds(saved: Estimate) -> str:
    """Return what is saved, or lost, with its interval."""
    if saved.low == saved.high == 0:
        return "saves nothing"
    sign, verb = (-1, "takes longer by") if saved.median < 0 else (1, "saves")
    ends = sorted((saved.low * sign, saved.high * sign))
    bounds = f" [{format_seconds(ends[0])} to {format_seconds(ends[1])}]" if saved.n > 1 else ""
    return f"{verb} {format_seconds(saved.median * sign)}{bounds}"


def planned_notes(plan_sets: Sequence[FileSet], *, virtual: bool, n_whole: int) -> tuple[str, ...]:
    """Return what a reader must know of how it was measured.

    Parameters
    ----------
    plan_sets : sequence of FileSet
        What is read.
    virtual : bool
        Whether there is a hypervisor or a container between this system and the disk.
    n_whole : int
        Files of the target.
    """
    notes = [
        "Cold: the files were dropped from this system's page cache, and that was checked, before each reading.",
        "Warm: they were read once before, and that they stayed was checked. Memory: the workers held their bytes.",
        "Processes hand over what they read in shared memory, as torch's DataLoader does; threads need not.",
    ]
    kinds = {one.place.kind for one in plan_sets}
    if kinds & {"network", "host share"}:
        notes.append(
            "What a server or a host keeps in its own cache is beyond this system: cold is cold here only."
        )
    if virtual and kinds - {"network", "host share", "memory files"}:
        notes.append(
            "This is a virtual machine or a container: the host may hold the files in a cache of its own."
        )
    read = len(plan_sets[0].files)
    if read < n_whole:
        notes.append(
            f"Of {n_whole} files a random choice of {read} was read (--limit); advice on caches is for all."
        )
    if any(one.name == "jpeg" for one in plan_sets):
        notes.append("JPEG loses detail: what comes back is not what was written.")
    return tuple(notes)


def study_notes(plan: LoadingPlan) -> tuple[str, ...]:
    """Return the notes of a plan, and what its training adds to them."""
    if plan.training is None:
        return plan.notes
    note = (
        "Bound by input is about a training that reads its files anew in every epoch while it computes, with workers "
        "that have cores of their own; wattlab itself reads its data once, and trains from memory."
    )
    return (*plan.notes, note)
