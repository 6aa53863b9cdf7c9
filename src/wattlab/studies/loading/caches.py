"""Which cache would pay: the system's own, decoded data in memory, another format, another place."""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wattlab.meter.statistics import LEVEL, estimate
from wattlab.studies.loading.answer import CacheAdvice
from wattlab.studies.loading.rows import seconds_by_round

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal

    from wattlab.studies.loading.answer import LoadingRow, LoadingTrial, Training
    from wattlab.studies.loading.plan import Cache, LoadingPlan

__all__ = ["advise"]


@dataclass(frozen=True)
class _Way:
    """The fastest crew's seconds for one epoch over all files of the target, by round."""

    seconds: Mapping[int, float]
    delivered_B: float


class _Epochs:
    """What epochs take by each way to get the input."""

    def __init__(
        self,
        plan: LoadingPlan,
        rows: Sequence[LoadingRow],
        trials: Sequence[LoadingTrial],
        training: Training | None,
    ) -> None:
        self.plan, self.rows, self.trials = plan, rows, trials
        self.scale = plan.whole_B / plan.sets[0].size_B
        rate = training.rate.median if training and training.rate else None
        self._compute_s = plan.samples * self.scale / rate if plan.samples and rate else 0.0

    def fastest(self, file_set: int, cache: Cache, reader: str) -> _Way | None:
        """Return the fastest crew's epochs; None where that was not measured."""
        found = [
            (row.seconds.median, place)
            for place, row in enumerate(self.rows)
            if row.seconds is not None
            and (row.variant.file_set, row.variant.cache, row.variant.reader) == (file_set, cache, reader)
        ]
        if not found:
            return None
        place = min(found)[1]
        seconds = seconds_by_round(self.trials, place)
        return _Way(
            {number: one * self.scale for number, one in seconds.items()},
            (self.rows[place].delivered_B or 0) * self.scale,
        )

    def waited_s(self, loading_s: float) -> float:
        """Return how long an epoch takes whose input is loaded while it computes; without a training, loading alone."""
        return max(loading_s, self._compute_s)

    def saved(self, before: _Way, after: Mapping[int, float]) -> list[float]:
        """Return what is saved in an epoch, by round."""
        rounds = sorted(before.seconds.keys() & after)
        return [self.waited_s(before.seconds[one]) - self.waited_s(after[one]) for one in rounds]


def advise(
    plan: LoadingPlan,
    rows: Sequence[LoadingRow],
    trials: Sequence[LoadingTrial],
    training: Training | None,
) -> tuple[CacheAdvice, ...]:
    """Return for each cache what it needs, what it saves in an epoch, and after how many epochs it pays.

    Parameters
    ----------
    plan : LoadingPlan
        What was read.
    rows, trials : sequence
        What came out.
    training : Training or None
        With it only the time counts for which the training would wait.
    """
    epochs = _Epochs(plan, rows, trials, training)
    reader = plan.sets[0].reader
    cold, warm = (epochs.fastest(0, cache, reader) for cache in ("cold", "warm"))
    now = warm or cold
    if now is None:
        return ()
    found = [_page_cache(epochs, cold, warm), _decoded(epochs, now)]
    found += [_made(epochs, index, "warm" if warm else "cold", now) for index in range(1, len(plan.sets))]
    return tuple(one for one in found if one is not None)


def _page_cache(epochs: _Epochs, cold: _Way | None, warm: _Way | None) -> CacheAdvice | None:
    """Return what the system's own cache gives: it costs nothing but memory."""
    if cold is None:
        return None
    saved = [] if warm is None else epochs.saved(cold, warm.seconds)
    return _advice("page cache", epochs.plan.whole_B, epochs.plan.available_B, saved)


def _decoded(epochs: _Epochs, now: _Way) -> CacheAdvice | None:
    """Return what keeping decoded arrays gives: an epoch then copies them at the speed of memory."""
    plain = epochs.fastest(0, "memory", "raw")
    if plain is None or epochs.plan.sets[0].reader == "raw":
        return None
    per_B = 1 / epochs.plan.whole_B
    after = {number: seconds * per_B * now.delivered_B for number, seconds in plain.seconds.items()}
    saved = epochs.saved(now, after)
    return _advice(
        "decoded in memory", round(now.delivered_B), epochs.plan.available_B, saved, basis="modelled"
    )


def _made(epochs: _Epochs, index: int, cache: Cache, now: _Way) -> CacheAdvice | None:
    """Return what another format or another place gives."""
    one = epochs.plan.sets[index]
    way = epochs.fastest(index, cache, one.reader)
    if way is None:
        return None
    return _advice(
        f"{one.name} on {one.place.label}",
        round(one.size_B * epochs.scale),
        _free_B(Path(one.made_in)) + one.size_B,
        epochs.saved(now, way.seconds),
        cost_s=(one.made_s or 0.0) * epochs.scale,
    )


def _free_B(folder: Path) -> int:
    """Return the room on a disk, also after the folder was removed."""
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    return shutil.disk_usage(there).free


def _advice(
    name: str,
    needs_B: int,
    room_B: int,
    saved_s: Sequence[float],
    *,
    cost_s: float = 0.0,
    basis: Literal["measured", "modelled"] = "measured",
) -> CacheAdvice:
    saved = estimate(saved_s, "s")
    verdict: Literal["pays", "does not pay", "does not fit", "unknown"] = "unknown"
    if needs_B > room_B:
        verdict = "does not fit"
    elif saved is not None and saved.level >= LEVEL:
        verdict = "pays" if saved.low > 0 else "does not pay" if saved.high <= 0 else "unknown"
    pays = saved is not None and saved.median > 0 and verdict in {"pays", "unknown"}
    return CacheAdvice(
        name=name,
        needs_B=needs_B,
        room_B=room_B,
        saved=saved,
        cost_s=cost_s,
        pays_after=max(1, math.ceil(cost_s / saved.median)) if pays and saved is not None else None,
        verdict=verdict,
        basis=basis,
    )
