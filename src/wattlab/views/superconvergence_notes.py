"""What stands around the table of a study of super-convergence: the answer, how to read it, what went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.views.study_notes import Remark

if TYPE_CHECKING:
    from wattlab.studies.superconvergence.answer import Superconvergence

__all__ = ["circumstances", "machine", "reading", "remarks", "troubles"]


def circumstances(answer: Superconvergence) -> str:
    """Return in one line what both arms had to do, and when."""
    target = f"{answer.target:g} on the {answer.part} part"
    when = f"{answer.created_utc[:16].replace('T', ' ')} UTC"
    seeds = f"{answer.seeds} seed{'' if answer.seeds == 1 else 's'}"
    state = () if answer.complete else ("not finished",)
    longest = f"up to {answer.epochs} epochs"
    return " · ".join((*state, target, longest, seeds, when, f"wattlab {answer.wattlab_version}"))


def machine(answer: Superconvergence) -> str:
    """Return the machine in one line."""
    return str(answer.machine.get("line", answer.machine.get("id", "unknown")))


def reading(answer: Superconvergence) -> tuple[str, ...]:
    """Return how to read the table, in whole sentences."""
    medians = (
        "Epochs, time and energy until the target: medians over the seeds with their intervals; a training that missed "
        "counts as infinite (∞). Time and energy are those of the whole process. Fresh: by seeds that chose nothing."
    )
    said = [medians]
    if answer.comparison is not None:
        said.append(
            "Ratios: one cycle over the constant rate with the same seeds, with bootstrap intervals, widened to "
            "Student's below five seeds; below 1 the cycle is cheaper."
        )
    return tuple(said)


def troubles(answer: Superconvergence) -> tuple[tuple[str, Remark], ...]:
    """Return why trainings gave nothing, by kind."""
    kinds = {one.failure: one.cause or "failed" for one in answer.trainings if one.failure is not None}
    return tuple(
        (str(kinds.get(text, "failed")), Remark(row.label, text))
        for row in answer.rows
        for text in row.failures
    )


def remarks(answer: Superconvergence) -> tuple[tuple[str, Remark], ...]:
    """Return the answer in sentences, and what a reader must know."""
    said = [("answer", Remark("", text)) for text in answer.verdicts]
    return (*said, *(("note", Remark("", text)) for text in answer.notes))
