"""What stands around the table of a study of threads: how it was made, how to read it, what came out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.meter.statistics import LEVEL
from wattlab.studies.sweep.statistics import ENOUGH
from wattlab.studies.threads.plan import threads_text
from wattlab.views.row_notes import counted, labels_text, row_remarks, row_troubles
from wattlab.views.study_notes import Remark

if TYPE_CHECKING:
    from wattlab.studies.threads.answer import Threads

__all__ = ["circumstances", "conclusions", "machine", "reading", "remarks", "troubles"]


def circumstances(answer: Threads) -> str:
    """Return in one line how and when the study was made."""
    rounds = counted(answer.rounds, "round")
    if not answer.complete:
        rounds = f"not finished: {rounds} planned"
    elif answer.rounds > 1:
        rounds += ", interleaved"
    data = [] if answer.data_kind is None else [f"{answer.data_kind} data"]
    cores = counted(answer.usable_cores, "usable core")
    steps = f"{answer.asked.steps} steps or more in each"
    when = f"{answer.created_utc[:16].replace('T', ' ')} UTC"
    return " · ".join((rounds, steps, *data, cores, when, f"wattlab {answer.wattlab_version}"))


def machine(answer: Threads) -> str:
    """Return the machine in one line."""
    return str(answer.machine.get("line", answer.machine.get("id", "unknown")))


def conclusions(answer: Threads) -> tuple[Remark, ...]:
    """Return what came out, and what to set in the recipe."""
    suggested = (
        Remark("", f"Set in the recipe of {one.series}: {'; '.join(one.lines)} ({one.reason}).")
        for one in answer.suggestions
    )
    judged = {one.series for one in answer.best}
    better = {one.series for one in answer.suggestions}
    kept = [name for name in answer.series if name in judged and name not in better]
    none = [
        Remark("", f"So nothing to change for {' and '.join(kept)}: no other number was shown to be better.")
    ]
    return (*(Remark("", text) for text in answer.verdicts), *suggested, *(none if kept else []))


def reading(answer: Threads) -> tuple[str, ...]:
    """Return how to read the table, in whole sentences."""
    said = ["Medians over the rounds of each process's median step; evaluation and shuffling are not in it."]
    if any(row.ratio for row in answer.rows):
        said.append(
            f"Ratio: time of a step over that with {threads_text(answer.all_threads)} of the same engine in the same "
            "round; below 1 is faster. Better or worse: the whole interval is on one side of 1; unknown: it is not."
        )
    if any(row.speed_up for row in answer.rows):
        said.append(
            "Speed-up: against one thread; efficiency: that by the number of threads. Cores busy: processor time over "
            "wall time."
        )
    if answer.trainings:
        until = "to its end" if answer.target is None else "to the target"
        said.append(
            f"Whole trainings: seconds of the whole process {until}; ratio and change of the score are to "
            f"{threads_text(answer.all_threads)} with the same seeds."
        )
    said.append(_intervals(min((row.ratio.n for row in answer.rows if row.ratio), default=answer.rounds)))
    return tuple(said)


def _intervals(rounds: int) -> str:
    if rounds == 1:
        return "One round cannot tell how processes differ, so there is no verdict: it takes two rounds, better five."
    if rounds >= ENOUGH:
        return f"Verdicts rest on intervals by order statistics over the rounds, of {LEVEL:.0%} or more."
    return (
        f"Verdicts rest on {LEVEL:.0%} intervals of {rounds} rounds, which take the logarithms of their ratios to be "
        f"normal; from {ENOUGH} rounds on (--rounds {ENOUGH}) nothing of that kind is taken."
    )


def troubles(answer: Threads) -> tuple[tuple[str, Remark], ...]:
    """Return why rows have no time, by kind."""
    return row_troubles(answer.rows)


def remarks(answer: Threads) -> tuple[Remark, ...]:
    """Return what a reader must know, limits that were not obeyed first."""
    unfinished = [] if answer.complete else ["Not every trial was run; what is known so far is shown."]
    limits: dict[str, list[str]] = {}
    for row in answer.rows:
        for text in row.limits:
            limits.setdefault(text, []).append(row.series)
    found = [Remark(labels_text(names), text) for text, names in limits.items()]
    whole = [Remark("", note) for note in (*unfinished, *answer.notes)]
    lost = [
        Remark(row.label, f"whole training failed: {text}")
        for row in answer.rows
        for text in (row.training.failures if row.training else ())
    ]
    return (*found, *whole, *row_remarks(answer.rows), *lost)
