"""One size tried once, in a process of its own: what came of it, and how that is judged."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING, NamedTuple

from wattlab.cluster.step_report import DataUsed, StepReport
from wattlab.meter.quantity import Quantity, measured, missing
from wattlab.meter.statistics import Estimate  # noqa: TC001 (pydantic reads it)
from wattlab.studies.batch_size.search import Outcome  # noqa: TC001 (pydantic reads it)
from wattlab.studies.row import Frozen
from wattlab.units import format_bytes

if TYPE_CHECKING:
    from wattlab.cluster.memory_limit import Shortage
    from wattlab.cluster.step_report import StepFailure

__all__ = ["Probe", "Seen", "judge"]

_READ_BACK = 0.01
"""Share of its memory that a process may have to read back from disk in each step before that counts as thrashing."""
_HOST_NOTE = "resident without pages of files: at looks, and by the kernel's own peak"


class Probe(Frozen):
    """What trying one size in a fresh process gave."""

    size: int
    """Samples in a batch."""
    attempt: int
    """1, or 2 for the second process that confirms a size."""
    outcome: Outcome
    reason: str = ""
    """Why it does not fit, in a sentence without its full stop; empty where it fits."""
    step: Estimate | None = None
    """Time of a step. Unit: s."""
    rate: Estimate | None = None
    """Training samples per second."""
    n_steps: int = 0
    """Steps that were timed."""
    memory: Quantity
    """The most that it held of what the limit is about: memory of the host without pages of files, or of the card."""
    host_memory: Quantity
    """Largest resident set, pages of files included. Unit: B."""
    use: Quantity
    """How busy the processor was, or the card where that computes. Unit: 1."""
    energy: Quantity
    """Gross energy of a sample's training. Unit: J."""
    foreign: Quantity
    """Share of all cores that other processes kept busy meanwhile. Unit: 1."""
    data: DataUsed | None = None
    """What its steps learned from; None where it ended before it could tell."""
    notes: tuple[str, ...] = ()
    wall_s: float
    """How long the whole process took."""

    @property
    def fits(self) -> bool:
        """Whether the size can be trained with."""
        return self.outcome == "fits"


class Seen(NamedTuple):
    """What was seen of the process from outside.

    Attributes
    ----------
    peak_B, files_B : int
        Most memory at a look, and most pages of files beside it. Unit: B.
    shortage : {"over", "machine", "swapping"} or None
        Why it was told to end.
    wall_s : float
        How long it took. Unit: s.
    """

    peak_B: int
    files_B: int
    shortage: Shortage | None
    wall_s: float


def judge(
    size: int,
    attempt: int,
    found: StepReport | StepFailure,
    seen: Seen,
    limit_B: int | None,
    *,
    on_card: bool,
) -> Probe:
    """Return what a process found as a probe; only what says that memory ran out counts as such.

    Parameters
    ----------
    size, attempt : int
        What was tried, and how often before.
    found : StepReport or StepFailure
        What the process said. One that was refused is not for here: no other size would mend it.
    seen : Seen
        What was seen of it.
    limit_B : int or None
        Most memory that it may hold, of the host or, where that computes, of the card; None: unknown. Unit: B.
    on_card : bool
        Whether a graphics card computes.
    """
    if not isinstance(found, StepReport):
        return _failed(size, attempt, found, seen)
    memory = _card_memory(found) if on_card else _host_memory(found, seen)
    outcome, reason = _judged(found, memory, limit_B)
    return Probe(
        size=size,
        attempt=attempt,
        outcome=outcome,
        reason=reason,
        step=found.step,
        rate=found.rate,
        n_steps=found.n_steps,
        memory=memory,
        host_memory=found.peak_memory,
        use=found.card_use if on_card else found.processor_use,
        energy=found.energy_per_sample,
        foreign=found.cost.foreign,
        data=found.data,
        notes=found.notes,
        wall_s=seen.wall_s,
    )


def _failed(size: int, attempt: int, found: StepFailure, seen: Seen) -> Probe:
    # What a process held when it ended is less than what it needed.
    known = measured(float(seen.peak_B), "B", "memory:held", note="when it ended; it would have needed more")
    unknown = missing("B", "the process ended before it could tell")
    return Probe(
        size=size,
        attempt=attempt,
        outcome=_cause(found, seen),
        reason=found.reason,
        memory=known if seen.shortage else unknown,
        host_memory=unknown,
        use=missing("1", unknown.note),
        energy=missing("J", unknown.note),
        foreign=missing("1", unknown.note),
        wall_s=seen.wall_s,
    )


def _cause(found: StepFailure, seen: Seen) -> Outcome:
    if seen.shortage == "swapping":
        return "thrashes"
    if seen.shortage or found.out_of_memory:
        return "out of memory"
    return "too slow" if found.cause == "timed out" else "crashed"


def _judged(found: StepReport, memory: Quantity, limit_B: int | None) -> tuple[Outcome, str]:
    """Return whether a process that came to its end could go on like that."""
    held_B = memory.value or 0.0
    if limit_B is not None and held_B > limit_B:
        return "out of memory", f"it held {format_bytes(held_B)}; the limit is {format_bytes(limit_B)}"
    if found.allocation_retries:
        times = f"{found.allocation_retries} time{'' if found.allocation_retries == 1 else 's'}"
        return "thrashes", f"the allocator had to empty its cache {times} in {found.n_steps} steps"
    read_B = (found.major_faults or 0) * mmap.PAGESIZE / found.n_steps
    if read_B > _READ_BACK * (found.peak_memory.value or 0.0) > 0:
        return "thrashes", f"each step had to read {format_bytes(read_B)} of its memory back from disk"
    return "fits", ""


def _host_memory(found: StepReport, seen: Seen) -> Quantity:
    """Return the most that it held without pages of files; a peak between two looks is the kernel's to tell."""
    resident_B = found.peak_memory.value or 0.0
    return measured(max(float(seen.peak_B), resident_B - seen.files_B), "B", "memory:held", note=_HOST_NOTE)


def _card_memory(found: StepReport) -> Quantity:
    """Return what the library kept of the card, else what its tensors or its process took."""
    return found.device_memory if found.device_reserved.is_missing else found.device_reserved
