"""A study of warm starts in the terminal; plain text without escape codes where the output is no terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.views import warm_start_tables
from wattlab.views.study_notes import Remark
from wattlab.views.study_text import print_answer

if TYPE_CHECKING:
    from rich.console import Console

    from wattlab.studies.warm_start.answer import WarmStarts

__all__ = ["print_warm_starts"]


def print_warm_starts(answer: WarmStarts, console: Console | None = None) -> None:
    """Print a study: what each way took to the target, the verdict, what failed, and what must be known.

    Parameters
    ----------
    answer : WarmStarts
        Any, also one that was interrupted.
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    """
    said = [("answer", Remark("", one)) for one in answer.verdicts]
    failed = [("failed", one) for one in warm_start_tables.troubles(answer)]
    notes = [("note", one) for one in warm_start_tables.remarks(answer)]
    print_answer(
        (answer.title, warm_start_tables.circumstances(answer)),
        warm_start_tables.warm_start_columns(answer),
        [*said, *failed, *notes],
        (*warm_start_tables.reading(answer), warm_start_tables.machine(answer)),
        console,
        more="All numbers: --json. Figure: -o warm-start.png or .html",
    )
