"""A learning-rate range test in the terminal; plain text without escape codes where the output is no terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.views import lr_range_tables
from wattlab.views.study_notes import Remark
from wattlab.views.study_text import print_answer
from wattlab.views.terminal import is_terminal, write_plain

if TYPE_CHECKING:
    from rich.console import Console

    from wattlab.studies.lr_range.answer import LrRange

__all__ = ["print_lr_range"]

_MORE: Final = "All numbers: --json. Curves: -o lr-range.png or .html"


def print_lr_range(answer: LrRange, console: Console | None = None) -> None:
    """Print a range test: pickers by seed, short trainings, the verdicts, and what must be known.

    Parameters
    ----------
    answer : LrRange
        Any, also one that was interrupted.
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    """
    head = (f"learning rates of {answer.title}", lr_range_tables.circumstances(answer))
    picks = lr_range_tables.pick_columns(answer)
    said = [("answer" if answer.usable else "no answer", Remark("", one)) for one in answer.verdicts]
    failed = [("failed", one) for one in lr_range_tables.troubles(answer)]
    notes = [("note", one) for one in lr_range_tables.remarks(answer)]
    around = [*said, *failed, *notes]
    foot = lr_range_tables.reading(answer)
    if answer.verified is None:
        print_answer(head, picks, around, foot, console, more=_MORE)
        return
    print_answer(head, picks, (), (), console)
    if not is_terminal(console):
        write_plain("", console)
    title = (lr_range_tables.tried_title(answer.verified),)
    print_answer(title, lr_range_tables.tried_columns(answer.verified), around, foot, console, more=_MORE)
