"""A study of threads in the terminal; plain text without escape codes where the output is no terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.views import threads_notes
from wattlab.views.study_text import print_answer
from wattlab.views.threads_tables import threads_columns

if TYPE_CHECKING:
    from rich.console import Console

    from wattlab.studies.threads.answer import Threads

__all__ = ["print_threads"]

_MORE: Final = "All numbers: --json. Figure and table: -o threads.html or .png"


def print_threads(answer: Threads, console: Console | None = None) -> None:
    """Print a study of threads: a row for each number of threads, what came out, and what must be known.

    Parameters
    ----------
    answer : Threads
        Any, also one that was interrupted.
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    """
    print_answer(
        (answer.title, threads_notes.circumstances(answer)),
        threads_columns(answer),
        [
            *(("answer", one) for one in threads_notes.conclusions(answer)),
            *threads_notes.troubles(answer),
            *(("note", one) for one in threads_notes.remarks(answer)),
        ],
        (*threads_notes.reading(answer), threads_notes.machine(answer)),
        console,
        more=_MORE,
    )
