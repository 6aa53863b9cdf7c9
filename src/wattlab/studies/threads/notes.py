"""What the reader of a study of threads must know, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.studies.sweep.notes import synthetic_notes
from wattlab.studies.threads.plan import threads_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.cluster.step_report import DataUsed
    from wattlab.studies.threads.answer import ThreadsRow
    from wattlab.studies.threads.plan import ThreadsPlan

__all__ = ["threads_notes"]

_ROUNDING: Final = (
    "More threads add the same numbers in another order: weights differ by rounding, and accuracy by no more than "
    "from one seed to the next."
)
_UNMEASURED: Final = (
    "Energy is modelled from processor time, not measured, so no number of threads is called the cheapest; processor "
    "time, all cores together, is what is known of it."
)


def threads_notes(plan: ThreadsPlan, rows: Sequence[ThreadsRow], data: Sequence[DataUsed]) -> tuple[str, ...]:
    """Return what must be known of the whole study.

    Parameters
    ----------
    plan : ThreadsPlan
        What was to be done.
    rows : sequence of ThreadsRow
        What came out.
    data : sequence of DataUsed
        What the steps learned from, each once.
    """
    trained = plan.training.notes if plan.training else ()
    notes = [*synthetic_notes(data), *trained, *_energy(rows), *_cores(plan), *_crowded(rows)]
    return (*notes, _ROUNDING)


def _energy(rows: Sequence[ThreadsRow]) -> list[str]:
    known = [row.energy for row in rows if row.energy is not None]
    if any(one.provenance == "modelled" for one in known):
        return [_UNMEASURED]
    reasons = dict.fromkeys(one.note for one in known if one.is_missing)
    return [f"Energy is missing ({'; '.join(reasons)}), so nothing is ranked by it."] if reasons else []


def _cores(plan: ThreadsPlan) -> list[str]:
    """Return what the reader must know of the cores: what was compared with, and which of them are halves."""
    found = []
    physical, logical = int(plan.machine["physical_cores"]), int(plan.machine["logical_cores"])
    if plan.all_threads != plan.usable_cores:
        found.append(
            f"Ratios are to {threads_text(plan.all_threads)}: as many as the {plan.usable_cores} cores that this "
            "process may use were not tried."
        )
    if physical < logical and max(plan.counts) > physical:
        found.append(
            f"The {logical} logical cores are hardware threads of {physical} cores: beyond {physical} threads, two "
            "share a core."
        )
    return found


def _crowded(rows: Sequence[ThreadsRow]) -> list[str]:
    counts = sorted({row.threads for row in rows if row.oversubscribed and row.step})
    if not counts:
        return []
    numbers = ", ".join(map(str, counts))
    return [
        f"Oversubscribed ({numbers}): more threads than cores that this process may use; some wait for others."
    ]
