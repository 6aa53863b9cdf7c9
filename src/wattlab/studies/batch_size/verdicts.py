"""What came out of a search for a batch size, in sentences, and what its reader must know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.meter.load import BUSY
from wattlab.studies.batch_size.knee import ENOUGH
from wattlab.units import format_bytes, format_quantity, format_rate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wattlab.studies.batch_size.answer import BatchSizes, SizeRow
    from wattlab.studies.batch_size.plan import BatchSizePlan
    from wattlab.studies.batch_size.probe import Probe

__all__ = ["planned_notes", "study_notes", "verdict_sentences", "why_none_fits"]

_ENDED = {
    "out of memory": "does not fit",
    "thrashes": "fits only by thrashing, which counts as not fitting",
    "too slow": "is too slow to try",
    "crashed": "crashes, and not for want of memory",
}
_NOISY = 0.2
"""Difference between two processes of one size from which on no knee can be believed."""
_FAR = 8
"""Times the largest tested size to which a line is believed."""
_HOW = (
    "Each size was tried in a fresh process that trained, with the optimizer's state, and evaluated; intervals are "
    "those within one process."
)
_OTHER = "Training with another batch size is another training: look at learning rate and accuracy again."


def verdict_sentences(answer: BatchSizes) -> tuple[str, ...]:
    """Return recommendation, knee, maximum and margin, each with what it rests on.

    Parameters
    ----------
    answer : BatchSizes
        With all but its sentences.
    """
    return tuple(
        one for one in (_recommended(answer), *_knee(answer), _maximum(answer), *_fit(answer)) if one
    )


def _recommended(answer: BatchSizes) -> str:
    choice = answer.recommended
    return f"Recommended: {choice.size}: {choice.reason}." if choice else ""


def _knee(answer: BatchSizes) -> Iterator[str]:
    knee = answer.knee
    if knee is None:
        return
    rate, best = answer[knee.size].rate, answer[knee.best].rate
    assert rate is not None
    assert best is not None
    said = f"Knee: {knee.size}, with {format_rate(rate.median)}"
    if knee.size == knee.best:
        yield f"{said}, the best that was tested."
    else:
        yield f"{said}, {knee.share:.0%} of the best, which is {format_rate(best.median)} at {knee.best}."
    if (answer.spread or 0.0) > _NOISY:
        yield (
            f"Two processes of one size differed by {answer.spread:.0%}, so knee and recommendation mean little: "
            "search again on a quiet machine."
        )
    if knee.perhaps:
        yield f"By the noise, {_listed(knee.perhaps)} may reach {ENOUGH:.0%} of the best, too."
    if knee.alike:
        yield f"Which is fastest of {_listed(sorted({*knee.alike, knee.best}))} the noise does not let us tell."
    if knee.least_energy is not None and knee.least_energy != knee.size:
        low, own = answer[knee.least_energy].energy, answer[knee.size].energy
        if low.value is not None and own.value is not None:
            times = f"{own.value / low.value:.2f} times that at {knee.least_energy}"
            yield f"A sample takes {format_quantity(own.value, 'J')} ({own.provenance}) at the knee, {times}."


def _maximum(answer: BatchSizes) -> str:
    plan = answer.plan
    if answer.maximum is None:
        return ""
    row = answer[answer.maximum]
    said = f"Maximum: {answer.maximum}, which fitted in two processes{_margin(row, plan.memory_B)}"
    if answer.above is not None:
        next_one = answer[answer.above]
        return f"{said}; {answer.above} {_ENDED[next_one.outcome]}."
    if plan.n_train is not None and plan.most == plan.n_train:
        return f"{said}; it is the whole training part, so nothing larger can be."
    return f"{said}; nothing larger was asked for."


def _margin(row: SizeRow, limit_B: int | None) -> str:
    if row.left.value is None or not limit_B:
        return ""
    return f" and leaves {format_bytes(row.left.value)} ({row.left.value / limit_B:.0%}) of the memory"


def _fit(answer: BatchSizes) -> Iterator[str]:
    fit, plan = answer.fit, answer.plan
    if fit is None:
        yield "Peak memory is no rising straight line over the sizes tested, so none is fitted and nothing predicted."
        return
    line = (
        f"Fitted, not tested: peak memory = {format_bytes(fit.base_B)} + {format_bytes(fit.per_sample_B)} × size, "
        f"within {format_bytes(fit.worst_B)} of {fit.n} probes"
    )
    if plan.memory_B is None:
        yield f"{line}."
        return
    largest, tested = fit.largest(plan.memory_B), answer.rows[-1].size
    if largest > _FAR * tested:
        yield f"{line}; by it, memory is no limit to {_FAR} times the largest size tested."
    else:
        yield f"{line}; by it, sizes above {largest:,} would not fit."


def _listed(sizes: Sequence[int]) -> str:
    return ", ".join(map(str, sizes[:-1])) + (" and " if len(sizes) > 1 else "") + str(sizes[-1])


def planned_notes(plan: BatchSizePlan, wished: int | None, *, synthetic: bool) -> tuple[str, ...]:
    """Return what a reader must know of how it is measured.

    Parameters
    ----------
    plan : BatchSizePlan
        All but its notes.
    wished : int or None
        The largest size that was asked for.
    synthetic : bool
        Whether made-up samples stand in for the recipe's data.
    """
    limit = "unknown" if plan.memory_B is None else format_bytes(plan.memory_B)
    notes = [f"The limit of memory: {limit}, {plan.memory_source}."]
    if wished is not None and wished > plan.most:
        notes.append(
            f"--max {wished} is more than the {plan.most} samples of the training part; that is the end."
        )
    if synthetic:
        notes.append(
            "The recipe's data is not on this machine: synthetic samples of its shapes stood in for it, a few batches "
            "of them, so memory for the data is not that of a training. How many samples a training has is not known: "
            f"the search ends at {plan.most}, or where --max says."
        )
    return tuple(notes)


def study_notes(plan: BatchSizePlan, probes: Sequence[Probe], spread: float | None) -> tuple[str, ...]:
    """Return the notes of a plan, and what the probes add to them.

    Parameters
    ----------
    plan : BatchSizePlan
        What was to be done.
    probes : sequence of Probe
        What came of it.
    spread : float or None
        How far the throughputs of the two processes of the maximum lie apart, as a share.
    """
    notes = [
        *plan.notes,
        _HOW,
        _OTHER,
    ]
    if spread is not None and spread <= _NOISY:
        notes.append(f"Two processes of the maximum differed by {spread:.1%} in throughput: less is noise.")
    busy = [one.size for one in probes if (one.foreign.value or 0.0) > BUSY]
    if busy:
        notes.append(
            f"Other processes kept the machine busy at {_listed(sorted(set(busy)))}: throughput is too low."
        )
    return (*notes, *dict.fromkeys(f"{one.size}: {note}" for one in probes for note in one.notes))


def why_none_fits(plan: BatchSizePlan, probes: Sequence[Probe], needed_B: float | None) -> str:
    """Return what was tried and why nothing fitted, and the next step.

    Parameters
    ----------
    plan : BatchSizePlan
        What was to be done.
    probes : sequence of Probe
        All of them, by size; the smallest that failed is what the search ended with, as it went downwards.
    needed_B : float or None
        What the smallest size holds where it may; None: unknown. Unit: B.
    """
    failed = [one for one in probes if not one.fits]
    last = failed[0]
    tried = "; ".join(f"{one.size}: {one.outcome} ({one.reason})" for one in reversed(failed))
    head = f"no batch size fits {plan.title}; tried {tried}"
    if last.outcome == "crashed":
        return f"{head}. That is no lack of memory: mend it first"
    if last.outcome == "too slow":
        return f"{head}. Give each size more time: --limit {2 * plan.limit_s:g}"
    if needed_B is not None:
        return f"{head}. A batch of {last.size} holds {format_bytes(needed_B)}: give --memory-limit more than that"
    if plan.least is not None and plan.least > 1:
        return f"{head}. Leave out --min, so that smaller sizes are tried"
    return f"{head}. Take a smaller network, or a narrower engine.precision, or a machine with more memory"
