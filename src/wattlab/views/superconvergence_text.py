"""A study of super-convergence in the terminal; plain text without escape codes where the output is no terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.views import superconvergence_notes as notes
from wattlab.views.study_text import print_answer
from wattlab.views.superconvergence_tables import superconvergence_columns

if TYPE_CHECKING:
    from rich.console import Console

    from wattlab.studies.superconvergence.answer import Superconvergence

__all__ = ["print_superconvergence"]

_MORE: Final = "All numbers: --json. Curves: -o superconvergence.html or .png"


def print_superconvergence(answer: Superconvergence, console: Console | None = None) -> None:
    """Print a study: its table, the answer, what failed, and what must be known.

    Parameters
    ----------
    answer : Superconvergence
        Any, also one that was interrupted.
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    """
    print_answer(
        (answer.title, notes.circumstances(answer)),
        superconvergence_columns(answer) if answer.rows else (),
        [*notes.troubles(answer), *notes.remarks(answer)],
        (*notes.reading(answer), notes.machine(answer)),
        console,
        more=_MORE,
    )
