"""A loading study in the terminal; plain text without escape codes where the output is no terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.views import loading_tables
from wattlab.views.study_notes import Remark
from wattlab.views.study_text import print_answer

if TYPE_CHECKING:
    from rich.console import Console

    from wattlab.studies.loading.answer import Loading

__all__ = ["print_loading"]


def print_loading(answer: Loading, console: Console | None = None) -> None:
    """Print a loading study: its table, the verdicts, what failed, and what must be known.

    Parameters
    ----------
    answer : Loading
        Any, also one that was interrupted.
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    """
    said = [("answer", Remark("", one)) for one in answer.verdicts]
    failed = [("not read", one) for one in loading_tables.troubles(answer)]
    notes = [("note", one) for one in loading_tables.remarks(answer)]
    print_answer(
        (answer.title, loading_tables.circumstances(answer)),
        loading_tables.loading_columns(answer.rows),
        [*said, *failed, *notes],
        loading_tables.reading(answer),
        console,
        more="All numbers: --json. Figure: -o loading.png or .html",
    )
