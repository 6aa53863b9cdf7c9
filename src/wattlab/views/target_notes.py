"""What stands around the tables of a study of a target: how it was made, how to read it, and what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.meter.statistics import LEVEL
from wattlab.studies.trainings.censored import ENOUGH
from wattlab.views.censored_cells import INFINITE, NOT_REACHED
from wattlab.views.study_notes import Remark

if TYPE_CHECKING:
    from wattlab.studies.target.answer import Target

__all__ = ["circumstances", "machine", "reading", "remarks", "troubles"]


def circumstances(answer: Target) -> str:
    """Return in one line how and when the study was made, and what its trainings took."""
    seeds = f"{answer.seeds} seed{'' if answer.seeds == 1 else 's'}"
    seeds += " each, interleaved" if len(answer.rows) > 1 else ""
    done = [] if answer.complete else [f"not finished: {len(answer.trainings)} trainings are over"]
    spent = ", ".join(str(one) for one in (answer.wall, answer.energy) if not one.is_missing)
    when = f"{answer.created_utc[:16].replace('T', ' ')} UTC"
    parts = (
        f"judged on the {answer.part} part",
        seeds,
        *done,
        *([f"trainings took {spent}"] if spent else []),
    )
    return " · ".join((*parts, when, f"wattlab {answer.wattlab_version}"))


def machine(answer: Target) -> str:
    """Return the machine in one line."""
    return str(answer.machine.get("line", answer.machine.get("id", "unknown")))


def reading(answer: Target) -> tuple[str, ...]:
    """Return how to read the tables, in whole sentences."""
    rows = [row for row in answer.rows if row.outcome is not None]
    if not rows:
        return ()
    said = [
        (
            "Time and energy count from the start of the process to the evaluation that reached the target: "
            "interpreter, data, reduction, compiling and evaluations included. A miss is infinite and never left out "
            "of a median."
        )
    ]
    if any(row.outcome and row.outcome.time.median is None for row in rows):
        said.append(f"{NOT_REACHED.capitalize()}: half of the trainings or more missed the target.")
    if any(row.outcome and row.outcome.rate.n > 1 for row in rows):
        said.append(_intervals(answer))
    if any(row.time_ratio for row in rows):
        first = next((row.label for row in rows if row.verdict == "baseline"), rows[0].label)
        said.append(
            f"Ratio: median over that of {first}, seeds redrawn in pairs; below 1 is less. Better or worse: the whole "
            "interval is on one side of 1; no difference: it is not, so that none can be told."
        )
    return tuple(said)


def _intervals(answer: Target) -> str:
    # Of a study that was interrupted, or a recipe that was given up, fewer are over than were planned.
    counts = [row.outcome.rate.n for row in answer.rows if row.outcome and row.outcome.rate.n > 1]
    if max(counts) < ENOUGH:
        how = f"the whole range, as {max(counts)} seeds tell no more"
    else:
        few = f"; of fewer than {ENOUGH} seeds the whole range" if min(counts) < ENOUGH else ""
        how = f"by bootstrap, {LEVEL:.0%}{few}"
    infinite = any(row.outcome and row.outcome.time.high is None for row in answer.rows)
    tail = f"; {INFINITE}: infinite" if infinite else ""
    return f"Beside a median its interval ({how}){tail}; beside the seeds that reached it Wilson's of the true share."


def troubles(answer: Target) -> tuple[tuple[str, Remark], ...]:
    """Return what was refused or failed, by kind; the same words once for all seeds of a recipe that say them."""
    return tuple(
        ("refused" if row.state == "refused" else "failed", Remark(row.label, text))
        for row in answer.rows
        for text in dict.fromkeys(row.failures)
    )


def remarks(answer: Target) -> tuple[Remark, ...]:
    """Return what a reader must know."""
    unfinished = [] if answer.complete else ["Not every training was run; what is known so far is shown."]
    own = [Remark(row.label, note) for row in answer.rows for note in row.notes]
    return (*(Remark("", note) for note in (*unfinished, *answer.notes)), *own)
