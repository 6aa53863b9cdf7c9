"""A tuning study in the terminal; plain text without escape codes where the output is no terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.views import tune_notes, tune_tables, tune_trials
from wattlab.views.study_text import print_answer
from wattlab.views.terminal import is_terminal, make_console, write_plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from wattlab.studies.tune.answer import Tune
    from wattlab.views.tune_notes import Command

__all__ = ["print_tune"]

_MORE: Final = "All trials: -o tune.html. Figure: -o tune.png. All numbers: --json"


def print_tune(
    answer: Tune, console: Console | None = None, *, folder: Path | None = None, but: str = ""
) -> None:
    """Print a tuning study: the candidates, what came out, their settings, the winner's changes, and how to go on.

    Parameters
    ----------
    answer : Tune
        Any, also one that was interrupted.
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    folder : Path, optional
        The study's, which the commands name; left out: where studies lie by default.
    but : str, optional
        A note that is told elsewhere, and not here.
    """
    head = (answer.title, tune_notes.circumstances(answer))
    first = tune_tables.candidate_columns(answer) or tune_trials.nearest_columns(answer)
    remarks = [
        *tune_notes.troubles(answer),
        *(("note", one) for one in tune_notes.remarks(answer) if one.text != but),
    ]
    foot = (*tune_notes.reading(answer), tune_notes.machine(answer))
    print_answer(head, first, tune_notes.findings(answer), (), console)
    for title, columns in (
        ("Settings", tune_tables.setting_columns(answer, tried=not answer.finalists)),
        (f"Against the base recipe {answer.base}", tune_tables.change_columns(answer)),
    ):
        if columns:
            _space(console)
            print_answer((title,), columns, (), (), console)
    _space(console)
    print_answer((), (), remarks, foot, console)
    _space(console)
    _commands(tune_notes.commands(answer, folder), console)


def _space(console: Console | None) -> None:
    """Part plain text from what follows; in a terminal that is done."""
    if not is_terminal(console):
        write_plain("", console)


def _commands(commands: Sequence[Command], console: Console | None) -> None:
    """Print how to go on; a command is never wrapped, so that it can be copied."""
    if not is_terminal(console):
        write_plain("\n".join(f"{one.aim}: {one.text}" for one in commands), console)
        return
    from rich.text import Text

    console = console or make_console()
    console.print()
    for one in commands:
        console.print(Text.assemble((f"{one.aim}  ", "green"), (one.text, "cyan")), soft_wrap=True)
    console.print(Text(_MORE, "dim"))
