"""Demonstrations in the terminal; plain text without escape codes where the output is no terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.demonstrations.catalog import DEMONSTRATIONS
from wattlab.views.study_notes import Remark
from wattlab.views.study_text import print_answer
from wattlab.views.terminal import is_terminal, make_console, write_plain

if TYPE_CHECKING:
    from rich.console import Console

    from wattlab.demonstrations.outcome import Outcome

__all__ = ["print_demonstration", "print_demonstrations"]


def print_demonstrations(console: Console | None = None) -> None:
    """Print which demonstrations there are, and the command that runs one.

    Parameters
    ----------
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    """
    width = max(map(len, DEMONSTRATIONS))
    more = (
        "Run one: wattlab demo NAME; with its figure: wattlab demo NAME -o figure.html (or .png, .svg, .pdf)"
    )
    if not is_terminal(console):
        lines = [f"{name:{width}}  {entry.title}: {entry.summary}" for name, entry in DEMONSTRATIONS.items()]
        write_plain("\n".join([*lines, "", more]), console)
        return
    from rich.table import Table
    from rich.text import Text

    console = console or make_console()
    table = Table.grid(padding=(0, 2))
    for name, entry in DEMONSTRATIONS.items():
        table.add_row(Text(name, "bold"), Text.assemble(entry.title, "\n", (entry.summary, "dim")))
    console.print(table)
    console.print()
    console.print(Text(more, "dim"))


def print_demonstration(outcome: Outcome, console: Console | None = None) -> None:
    """Print a demonstration: its table, what it shows, and what must be known.

    Parameters
    ----------
    outcome : Outcome
        Of any demonstration.
    console : rich.console.Console, optional
        As for `print_demonstrations`.
    """
    from wattlab.views.demo_parts import circumstances, columns

    shows = [("shows", Remark("", outcome.result.sentence))]
    notes = [("note", Remark("", one)) for one in outcome.result.notes]
    print_answer(
        (outcome.title, circumstances(outcome)),
        columns(outcome.result),
        [*shows, *notes],
        (outcome.machine,),
        console,
        more=f"All numbers: --json. Figure: -o {outcome.name}.html, .png, .svg or .pdf",
    )
