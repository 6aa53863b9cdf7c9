"""A sweep in the terminal; plain text without escape codes where the output is no terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.views import sweep_notes
from wattlab.views.study_text import print_answer
from wattlab.views.sweep_tables import grid_columns, sweep_columns
from wattlab.views.terminal import is_terminal, write_plain

if TYPE_CHECKING:
    from rich.console import Console

    from wattlab.studies.sweep.answer import Sweep

__all__ = ["print_sweep"]

_MORE: Final = "All numbers: --json. Figure and tables: -o sweep.html or .png"


def print_sweep(answer: Sweep, console: Console | None = None) -> None:
    """Print a sweep: the sources' table where it has its shape, a row for each cell, and what must be known.

    Parameters
    ----------
    answer : Sweep
        Any, also one that was interrupted.
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    """
    head = (answer.title, sweep_notes.circumstances(answer))
    grid = grid_columns(answer)
    if grid:
        print_answer(head, grid, (), (), console)
        if not is_terminal(console):
            write_plain("", console)
    print_answer(
        () if grid else head,
        sweep_columns(answer, times=not grid),
        [*sweep_notes.troubles(answer), *(("note", one) for one in sweep_notes.remarks(answer))],
        (*sweep_notes.reading(answer), sweep_notes.machine(answer)),
        console,
        more=_MORE,
    )
