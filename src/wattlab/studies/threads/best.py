"""Which number of threads costs least, and which others cost as little: equivalence is shown, not assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.meter.statistics import LEVEL
from wattlab.studies.threads.answer import Best
from wattlab.studies.threads.rows import ratio_between

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wattlab.studies.threads.answer import Measure, ThreadsRow
    from wattlab.studies.threads.rows import Timed

__all__ = ["EQUAL", "find_best", "is_measured"]

EQUAL: Final = 1.05
"""Ratio up to which a number of threads costs as little as the best one, if the whole interval lies below."""

_COSTS: dict[Measure, Callable[[ThreadsRow], float | None]] = {
    "time": lambda row: row.step.median if row.step else None,
    "energy": lambda row: row.energy.value if row.energy else None,
    "processor time": lambda row: row.cpu.value if row.cpu else None,
}


def is_measured(rows: Sequence[ThreadsRow]) -> bool:
    """Tell whether the energy of every row that was timed is measured, so that rows may be ranked by it."""
    energies = [row.energy for row in rows if row.step]
    return bool(energies) and all(one is not None and one.provenance == "measured" for one in energies)


def find_best(rows: Sequence[ThreadsRow], timed: Timed, by: Measure) -> Best | None:
    """Return which of an engine's numbers of threads costs least, and which others were shown to cost as little.

    The best one is that of the smallest median; it is held against all others within the rounds that both finished.

    Parameters
    ----------
    rows : sequence of ThreadsRow
        Of one engine.
    timed : mapping of (str, int) to TimedCell
        What their trials gave.
    by : {"time", "energy", "processor time"}
        What it costs.

    Returns
    -------
    Best or None
        None if fewer than two were timed, or not often enough to tell them apart.
    """
    costs = {row.threads: cost for row in rows if (cost := _COSTS[by](row)) is not None}
    if len(costs) < 2:
        return None
    series, least = rows[0].series, min(costs, key=costs.__getitem__)
    ratios = {
        count: ratio_between(timed[series, count], timed[series, least], by)
        for count in costs
        if count != least
    }
    known = {count: ratio for count, ratio in ratios.items() if ratio is not None and ratio.level >= LEVEL}
    if not known:
        return None
    equal = tuple(count for count, ratio in known.items() if ratio.high <= EQUAL)
    worse = {count for count, ratio in known.items() if ratio.low > 1}
    undecided = tuple(count for count in ratios if count not in worse and count not in equal)
    return Best(series=series, by=by, threads=least, equal=equal, undecided=undecided)
