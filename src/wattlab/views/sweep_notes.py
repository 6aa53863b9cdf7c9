"""What stands around the tables of a sweep: how it was made, how to read it, and what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.studies.sweep.statistics import ENOUGH
from wattlab.views.row_notes import counted, row_remarks, row_troubles
from wattlab.views.study_notes import Remark
from wattlab.views.sweep_tables import spread_text

if TYPE_CHECKING:
    from wattlab.studies.sweep.answer import Sweep

__all__ = ["circumstances", "machine", "reading", "remarks", "troubles"]

_SHARED: Final = ("device", "device_name", "threads")


def circumstances(answer: Sweep) -> str:
    """Return in one line how and when the sweep was made, and what was the same for all cells."""
    rounds = counted(answer.rounds, "round")
    if answer.complete:
        rounds += ", interleaved" if answer.rounds > 1 else ""
    else:
        rounds = f"not finished: {len(answer.rows)} cells, {rounds} planned"
    steps = f"{answer.asked.steps} steps or more in each"
    data = [] if answer.data_kind is None else [f"{answer.data_kind} data"]
    when = f"{answer.created_utc[:16].replace('T', ' ')} UTC"
    return " · ".join((rounds, steps, *data, *_shared(answer), when, f"wattlab {answer.wattlab_version}"))


def _shared(answer: Sweep) -> list[str]:
    """Return what every engine said alike."""
    found = []
    for name in _SHARED:
        values = {row.engine.get(name) for row in answer.rows if row.engine}
        if len(values) == 1 and None not in values:
            (value,) = values
            found.append(counted(value, "thread") if name == "threads" else str(value))
    return found


def machine(answer: Sweep) -> str:
    """Return the machine in one line."""
    return str(answer.machine.get("line", answer.machine.get("id", "unknown")))


def reading(answer: Sweep) -> tuple[str, ...]:
    """Return how to read the tables, in whole sentences."""
    said = ["Medians over the rounds of each process's median step."]
    if any(row.ratio for row in answer.rows):
        against = ", ".join(answer.baseline.values())
        size = " at the same batch size" if answer.batch_field is not None else ""
        said.append(
            f"Ratio: time of a step over that of {against}{size}, in the same round; below 1 is faster. "
            "better (<) or worse (>): the whole interval is on one side of 1; unknown (?): it is not."
        )
        said.append(_intervals(answer.rounds))
    scored = next((row.score for row in answer.rows if row.score is not None and row.score.n > 1), None)
    if scored is not None:
        said.append(f"± beside a score or its change: {spread_text(scored)}.")
    return tuple(said)


def _intervals(rounds: int) -> str:
    if rounds >= ENOUGH:
        return "Verdicts rest on intervals by order statistics over the rounds, of 90 % or more."
    if rounds == 1:
        return "One round cannot tell how processes differ, so there is no verdict: it takes two rounds, better five."
    return (
        f"Verdicts rest on 90 % intervals of {rounds} rounds: a bootstrap over rounds and their blocks of steps, "
        "widened to Student's over the rounds, which takes the logarithms of their ratios to be normal. From "
        f"{ENOUGH} rounds on (--rounds {ENOUGH}), order statistics take nothing of that kind; compare gives verdicts "
        "from there only."
    )


def troubles(answer: Sweep) -> tuple[tuple[str, Remark], ...]:
    """Return why cells have no time, by kind; the same words once for all cells that say them."""
    return row_troubles(answer.rows)


def remarks(answer: Sweep) -> tuple[Remark, ...]:
    """Return what a reader must know; the same words once for all cells that say them."""
    notes = [] if answer.complete else ["Not every trial was run; what is known so far is shown."]
    whole = [Remark("", note) for note in (*notes, *answer.notes)]
    return (*whole, *row_remarks(answer.rows), *_lost_trainings(answer))


def _lost_trainings(answer: Sweep) -> list[Remark]:
    found = ((answer.rows[one.cell].label, one.failure) for one in answer.trainings if one.failure)
    return [Remark(label, f"a training failed: {text}") for label, text in dict.fromkeys(found)]
