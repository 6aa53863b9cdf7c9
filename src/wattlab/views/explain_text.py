"""An explanation in the terminal; plain text without escape codes where the output is no terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.views import explain_tables
from wattlab.views.study_text import print_answer
from wattlab.views.terminal import is_terminal, make_console, write_plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from wattlab.studies.explain.answer import Explanation

__all__ = ["print_explanation"]

_TONES: Final = {"yes": "bold red", "no": "green", "unknown": "bold yellow"}
_MORE: Final = "All numbers: --json. Roofline and layers: -o explain.html or .png"


def print_explanation(answer: Explanation, console: Console | None = None) -> None:
    """Print an explanation: what bounds the step, its time against each bound, the causes, what to change.

    Parameters
    ----------
    answer : Explanation
        All that was found.
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    """
    head = (answer.title, explain_tables.circumstances(answer), "", answer.sentence)
    if not is_terminal(console):
        print_answer(head, explain_tables.bound_columns(answer), (), (), console)
        write_plain("\n".join(("", *_plain(answer))), console)
        return
    from rich.text import Text

    console = console or make_console()
    print_answer(head[:2], explain_tables.bound_columns(answer), (), (), console)
    console.print(Text(answer.sentence, "bold"))
    console.print()
    console.print(_causes(answer))
    console.print()
    for line in _suggestion(answer):
        console.print(line, soft_wrap=True)
    console.print(_notes(answer))
    for said in (*explain_tables.reading(answer), _MORE):
        console.print(Text(said, "dim"))


def _plain(answer: Explanation) -> Iterator[str]:
    for one in answer.causes:
        gain = "" if one.gain is None else f", {explain_tables.gain_words(one.gain)}"
        yield f"{one.verdict}: {one.title}{gain}: {explain_tables.evidence(one, answer)}"
    yield ""
    yield from (f"answer: {line}" for line in explain_tables.suggestion_lines(answer))
    if answer.tried is not None:
        yield f"tried: {explain_tables.outcome_sentence(answer)}"
    yield from (f"note: {one}" for one in answer.notes)
    yield ""
    yield from explain_tables.reading(answer)


def _causes(answer: Explanation) -> Table:
    """Return the causes, the evidence of each below its name."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_row(*(Text(heading, "dim") for heading in ("here?", "gain", "cause, and what was found")))
    for one in answer.causes:
        gain = "" if one.gain is None else explain_tables.gain_words(one.gain)
        title = Text(one.title, "bold" if one.verdict == "yes" else "")
        table.add_row(Text(one.verdict, _TONES[one.verdict]), gain, title)
        table.add_row("", "", Text(explain_tables.evidence(one, answer), "dim"))
    return table


def _notes(answer: Explanation) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for one in answer.notes:
        table.add_row(Text("note", "yellow"), one)
    return table


def _suggestion(answer: Explanation) -> Iterator[Text]:
    from rich.text import Text

    for line in explain_tables.suggestion_lines(answer):
        is_command = line.startswith("wattlab ")
        yield Text.assemble(("answer  ", "green"), (line, "cyan" if is_command else ""))
    if answer.tried is not None:
        yield Text.assemble(("tried  ", "green"), explain_tables.outcome_sentence(answer))
