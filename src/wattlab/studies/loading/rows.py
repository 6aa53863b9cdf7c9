"""From trials to the rows of a loading study: medians, ratios to memory, verdicts, notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wattlab.meter.load import BUSY
from wattlab.meter.statistics import estimate, median_quantity
from wattlab.studies.loading.answer import LoadingRow
from wattlab.studies.loading.bound import bound_by
from wattlab.studies.statistics import ratios

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.meter.statistics import Estimate
    from wattlab.studies.loading.answer import LoadingTrial, Training
    from wattlab.studies.loading.plan import LoadingPlan, Variant
    from wattlab.studies.loading.trial import Measured

__all__ = ["make_rows", "seconds_by_round"]

GB: Final = 1e9
_REREAD: Final = 0.05


def seconds_by_round(trials: Sequence[LoadingTrial], variant: int) -> dict[int, float]:
    """Return the seconds of a variant's trials by round."""
    return {
        one.round: one.measured.wall_s
        for one in trials
        if one.variant == variant and one.measured is not None
    }


def make_rows(
    plan: LoadingPlan, trials: Sequence[LoadingTrial], training: Training | None
) -> tuple[LoadingRow, ...]:
    """Return what came out for every variant of a plan, in its order."""
    return tuple(_row(plan, trials, training, index) for index in range(len(plan.variants)))


def _row(
    plan: LoadingPlan, trials: Sequence[LoadingTrial], training: Training | None, index: int
) -> LoadingRow:
    variant = plan.variants[index]
    files = plan.sets[variant.file_set]
    own = [one for one in trials if one.variant == index]
    found = [one.measured for one in own if one.measured is not None]
    facts: dict[str, Any] = {
        "place": "memory" if variant.cache == "memory" else files.place.label,
        "variant": variant,
        "n_files": len(files.files),
        "size_B": files.size_B,
        "failures": _failures(variant, own),
        "notes": _notes(variant, own, files.size_B),
    }
    if not found:
        return LoadingRow(**facts)
    samples = plan.samples
    rate = estimate((samples / one.wall_s for one in found), "1/s") if samples else None
    per_GB = GB / files.size_B
    return LoadingRow(
        **facts,
        seconds=estimate((one.wall_s for one in found), "s"),
        rate=estimate((files.size_B / one.wall_s for one in found), "B/s"),
        file_s=estimate((one.wall_s / len(files.files) for one in found), "s"),
        cpu_per_GB=estimate((one.cpu_s * per_GB for one in found), "s/GB"),
        energy_per_GB=median_quantity([one.cost.energy.times(per_GB, "J") for one in found], "J"),
        delivered_B=found[0].delivered_B,
        ratio=_ratio(plan, trials, index),
        samples=rate,
        bound=None if training is None else bound_by(rate, training.rate),
    )


def _ratio(plan: LoadingPlan, trials: Sequence[LoadingTrial], index: int) -> Estimate | None:
    """Return the ratio to memory in the same round, by the same reader, as many workers of the same kind."""
    own = plan.variants[index]
    if own.cache == "memory":
        return None
    reader = "raw" if own.reader == "direct" else own.reader
    same = [
        place
        for place, one in enumerate(plan.variants)
        if (one.cache, one.reader, one.workers, one.kind) == ("memory", reader, own.workers, own.kind)
    ]
    if not same:
        return None
    return estimate(ratios(seconds_by_round(trials, index), seconds_by_round(trials, same[0])), "")


def _failures(variant: Variant, own: Sequence[LoadingTrial]) -> tuple[str, ...]:
    if variant.refusal:
        return (variant.refusal,)
    return tuple(one.failure for one in own if one.failure is not None)


def _notes(variant: Variant, own: Sequence[LoadingTrial], size_B: int) -> tuple[str, ...]:
    busy = [f"{one.foreign_load:.0%} in round {one.round + 1}" for one in own if one.foreign_load > BUSY]
    notes = [f"other processes kept the machine busy: {', '.join(busy)}"] if busy else []
    if variant.cache == "warm" and _any(own, lambda one: (one.storage_B or 0) > _REREAD * size_B):
        notes.append("part of it came from the disk again: memory is short")
    return tuple(notes)


def _any(own: Sequence[LoadingTrial], test: Callable[[Measured], bool]) -> bool:
    return any(test(one.measured) for one in own if one.measured is not None)
