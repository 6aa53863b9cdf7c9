"""What came out of a study of threads, in sentences, and what to set in the recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.studies.tables import interval_text
from wattlab.studies.threads.answer import Suggestion
from wattlab.studies.threads.best import EQUAL
from wattlab.studies.threads.plan import threads_text
from wattlab.studies.threads.rows import ratio_between
from wattlab.units import significant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.meter.statistics import Estimate
    from wattlab.studies.threads.answer import Best, Measure, ThreadsRow
    from wattlab.studies.threads.plan import PlannedSeries, ThreadsPlan
    from wattlab.studies.threads.rows import Timed

__all__ = ["best_sentence", "find_suggestion", "training_sentences"]

_LEAST: Final[dict[Measure, str]] = {
    "time": "quickest",
    "energy": "least energy",
    "processor time": "least processor time",
}


def best_sentence(best: Best) -> str:
    """Return in a sentence which number of threads costs least of one thing.

    Examples
    --------
    >>> from wattlab.studies.threads.answer import Best
    >>> best_sentence(Best(series="torch", by="time", threads=4, equal=(2,), undecided=(8,)))
    'torch, quickest: 4 or 8 threads, no difference shown between them; 2 at most 5 % behind.'
    """
    first = (best.threads, *best.undecided)
    among = "between" if len(first) == 2 else "among"
    least = f"{_numbers(first, 'or')} threads" if best.undecided else threads_text(best.threads)
    parts = [f"{best.series}, {_LEAST[best.by]}: {least}"]
    parts[0] += f", no difference shown {among} them" if best.undecided else ""
    parts += [f"{_numbers(best.equal)} at most 5 % behind"] if best.equal else []
    return f"{'; '.join(parts)}."


def _numbers(counts: Sequence[int], joined: str = "and") -> str:
    *others, last = map(str, sorted(counts))
    return f"{', '.join(others)} {joined} {last}" if others else last


def find_suggestion(
    planned: PlannedSeries, found: Sequence[Best], timed: Timed, all_threads: int
) -> Suggestion | None:
    """Return what to set in the recipe of one engine; None where nothing else was shown to be better.

    Where energy is measured, it is the number of threads with the least energy; else the fewest of those that are as
    quick as the quickest: their processor time is the least that is known of the energy.

    Parameters
    ----------
    planned : PlannedSeries
        The engine.
    found : sequence of Best
        Its own.
    timed : mapping of (str, int) to TimedCell
        What the trials gave.
    all_threads : int
        What it is held against where a training's own number of threads was not timed.
    """
    best = {one.by: one for one in found}
    by: Measure = "energy" if "energy" in best else "time"
    if by not in best:
        return None
    chosen = min((best[by].threads, *best[by].equal))
    own = planned.left_out
    held = own if own is not None and _is_timed(timed, planned.name, own) else all_threads
    if chosen == held:
        return None
    told = [
        (name, ratio_between(timed[planned.name, chosen], timed[planned.name, held], name))
        for name in (by, *(other for other in _LEAST if other != by))
    ]
    ratios = {name: ratio for name, ratio in told if ratio is not None}
    if not _pays(ratios, by):
        return None
    inter = planned.inter_threads
    lines = (f"engine.threads = {chosen}", *([f"engine.inter_threads = {inter}"] if inter else []))
    reason = f"{', '.join(_part(name, ratio) for name, ratio in ratios.items())} of {_held(held, own)}"
    return Suggestion(series=planned.name, threads=chosen, lines=lines, reason=reason)


def _is_timed(timed: Timed, series: str, count: int) -> bool:
    return (series, count) in timed and bool(timed[series, count].reports)


def _pays(ratios: dict[Measure, Estimate], by: Measure) -> bool:
    """Tell whether a change costs less of what counts, or as little of it and less processor time."""
    main, cpu = ratios.get(by), ratios.get("processor time")
    if main is None:
        return False
    return main.high < 1 or (main.high <= EQUAL and cpu is not None and cpu.high < 1)


def _part(name: Measure, ratio: Estimate) -> str:
    return f"{significant(ratio.median)} [{interval_text(ratio)}] × the {name}"


def _held(held: int, own: int | None) -> str:
    return (
        f"{threads_text(held)}, which it has if the recipe stays as it is"
        if held == own
        else threads_text(held)
    )


def training_sentences(plan: ThreadsPlan, rows: Sequence[ThreadsRow]) -> tuple[str, ...]:
    """Return which number of threads the whole trainings of each engine were shown to be quicker with.

    Parameters
    ----------
    plan : ThreadsPlan
        What was to be done.
    rows : sequence of ThreadsRow
        What came out.
    """
    found = []
    for series in (one.name for one in plan.series):
        own = [row for row in rows if row.series == series and row.training and row.training.time_ratio]
        if own:
            better = [row.threads for row in own if _training_verdict(row) == "better"]
            against = threads_text(plan.all_threads)
            said = (
                f"quicker than with {against}: {_numbers(better)}"
                if better
                else f"none shown to be quicker than with {against}"
            )
            found.append(f"{series}, whole trainings: {said}.")
    return tuple(found)


def _training_verdict(row: ThreadsRow) -> str:
    ratio = row.training.time_ratio if row.training else None
    return ratio.verdict if ratio else "none"
