"""A study of a target in the terminal; plain text without escape codes where the output is no terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.views import target_notes
from wattlab.views.study_notes import Remark
from wattlab.views.study_text import print_answer
from wattlab.views.target_seeds import seed_columns
from wattlab.views.target_tables import target_columns
from wattlab.views.terminal import is_terminal, write_plain

if TYPE_CHECKING:
    from rich.console import Console

    from wattlab.studies.target.answer import Target

__all__ = ["print_target"]

_MORE: Final = "All numbers: --json. Survival, scores and tables: -o target.html or .png"


def print_target(answer: Target, console: Console | None = None) -> None:
    """Print a study of a target: a row for each recipe, what each seed did, the verdicts, and what must be known.

    Parameters
    ----------
    answer : Target
        Any, also one that was interrupted.
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    """
    head = (answer.title, target_notes.circumstances(answer))
    if answer.trainings:
        print_answer(head, target_columns(answer), (), (), console)
        if not is_terminal(console):
            write_plain("", console)
    said = [("answer", Remark("", one)) for one in answer.verdicts]
    notes = [("note", one) for one in target_notes.remarks(answer)]
    print_answer(
        () if answer.trainings else head,
        seed_columns(answer) if answer.trainings else target_columns(answer),
        [*said, *target_notes.troubles(answer), *notes],
        (*target_notes.reading(answer), target_notes.machine(answer)),
        console,
        more=_MORE,
    )
