"""From probes to what came out for each size: one row a size, the knee, the maximum, the margin."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from wattlab.meter.quantity import measured, missing
from wattlab.studies.batch_size.answer import SizeRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wattlab.meter.quantity import Quantity
    from wattlab.studies.batch_size.answer import Mark
    from wattlab.studies.batch_size.probe import Probe

__all__ = ["fitting", "make_rows", "spread_of"]

_UNKNOWN = "no limit is known"


def _by_size(probes: Iterable[Probe]) -> dict[int, list[Probe]]:
    ordered = sorted(probes, key=lambda one: (one.size, one.attempt))
    return {size: list(group) for size, group in groupby(ordered, key=lambda one: one.size)}


def fitting(probes: Iterable[Probe]) -> list[Probe]:
    """Return the first probe of each size that fitted every time, smallest size first."""
    return [own[0] for own in _by_size(probes).values() if all(one.fits for one in own)]


def spread_of(probes: Iterable[Probe], size: int | None) -> float | None:
    """Return how far the throughputs of a size's two processes lie apart, as a share; None with fewer than two."""
    rates = [one.rate.median for one in probes if one.size == size and one.rate is not None]
    return None if len(rates) < 2 else max(rates) / min(rates) - 1


def make_rows(
    probes: Sequence[Probe], limit_B: int | None, marks: Mapping[Mark, int | None]
) -> tuple[SizeRow, ...]:
    """Return a row for each size that was tried.

    Parameters
    ----------
    probes : sequence of Probe
        All of them.
    limit_B : int or None
        Most memory that a process may hold; None: unknown. Unit: B.
    marks : mapping of str to int or None
        Which size is the knee, the maximum, and so on.
    """
    fast = max((one.rate.median for one in fitting(probes) if one.rate is not None), default=None)
    rows = (_row(own, limit_B, fast) for own in _by_size(probes).values())
    return tuple(
        row.model_copy(update={"marks": tuple(name for name, size in marks.items() if size == row.size)})
        for row in rows
    )


def _row(own: Sequence[Probe], limit_B: int | None, fast: float | None) -> SizeRow:
    first, last = own[0], own[-1]
    known = [one.memory for one in own if one.memory.value is not None]
    memory = max(known, key=lambda one: one.value or 0.0) if known else last.memory
    share = first.rate.median / fast if fast and last.fits and first.rate is not None else None
    return SizeRow(
        size=first.size,
        outcome=last.outcome,
        n_probes=len(own),
        reason=last.reason,
        step=first.step,
        rate=first.rate,
        share=share,
        memory=memory,
        left=_left(memory, limit_B) if last.fits else missing("B", "it does not fit"),
        use=first.use,
        energy=first.energy,
    )


def _left(memory: Quantity, limit_B: int | None) -> Quantity:
    if limit_B is None or memory.value is None:
        return missing("B", memory.note if memory.value is None else _UNKNOWN)
    return measured(limit_B - memory.value, "B", memory.sensor)
