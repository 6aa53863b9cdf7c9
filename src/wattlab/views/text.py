"""Cards and tables for the terminal; plain text without escape codes where the output is no terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.records.card import card_lines
from wattlab.records.cost_lines import lines_text
from wattlab.records.listing import COLUMNS, row
from wattlab.views.terminal import is_terminal, make_console, write_plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console
    from rich.text import Text

    from wattlab.records.cost_lines import CardLine
    from wattlab.records.record import RunRecord
    from wattlab.records.run import Run

__all__ = ["print_card", "print_lines", "print_recipes", "print_runs", "print_table"]

# In a narrow terminal the table of runs does without these, in this order.
_DISPENSABLE: Final = ("data", "recipe", "epochs", "target")
_GAP: Final = 2
_LINES_OF_COST: Final = {"energy", "net of idle"}
_STYLES: Final = {"measured": "green", "modelled": "yellow", "missing": "red"}


def print_card(record: RunRecord, console: Console | None = None) -> None:
    """Print a run's cost card.

    Parameters
    ----------
    record : RunRecord
        The run.
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    """
    print_lines(card_lines(record), record.message, console)


def print_lines(lines: Sequence[CardLine], trouble: str = "", console: Console | None = None) -> None:
    """Print labelled lines, in a terminal with the values that matter in colour.

    Parameters
    ----------
    lines : sequence of CardLine
        In the order in which they shall appear.
    trouble : str, optional
        A sentence to print below them.
    console : rich.console.Console, optional
        As for `print_card`.
    """
    if not is_terminal(console):
        write_plain(lines_text(lines) + (f"\n{trouble}" if trouble else ""), console)
        return
    from rich.table import Table
    from rich.text import Text

    console = console or make_console()
    table = Table.grid(padding=(0, _GAP))
    table.add_column(no_wrap=True)
    table.add_column()
    for line in lines:
        table.add_row(Text(line.label, "dim"), _card_text(line))
    console.print(table)
    if trouble:
        console.print(Text(trouble, "red"))


def _card_text(line: CardLine) -> Text:
    from rich.text import Text

    style = "" if line.label == "machine" else "bold"
    if line.label.strip() in _LINES_OF_COST:
        word = "missing" if line.value == "missing" else line.detail.partition(" ")[0]
        style = f"bold {_STYLES.get(word, '')}".strip()
    if line.label == "target":
        style = "bold red" if line.value == "not reached" else "bold green"
    if line.label == "ended" and line.value != "exit code 0":
        style = "bold red"
    return Text.assemble((line.value, style), (f"  {line.detail}" if line.detail else "", "dim"))


def print_runs(runs: Sequence[Run], console: Console | None = None) -> None:
    """Print a table of runs; in a narrow terminal without the columns one can do without.

    Parameters
    ----------
    runs : sequence of Run
        In the order in which they shall appear.
    console : rich.console.Console, optional
        As for `print_card`.
    """
    rows = [dict(zip(COLUMNS, row(run.record), strict=True)) for run in runs]
    columns = list(COLUMNS)
    if is_terminal(console):
        console = console or make_console()
        columns = _fitting(rows, console.width)
    print_table(columns, [[line[name] for name in columns] for line in rows], console)


def _fitting(rows: Sequence[Mapping[str, str]], width: int) -> list[str]:
    """Return the columns that fit into a terminal's width."""
    columns = list(COLUMNS)
    for name in _DISPENSABLE:
        widths = [max([len(column), *(len(line[column]) for line in rows)]) for column in columns]
        if sum(widths) + _GAP * (len(widths) - 1) <= width:
            break
        columns.remove(name)
    return columns


def print_recipes(recipes: Mapping[str, str], console: Console | None = None) -> None:
    """Print names and descriptions of recipes.

    Parameters
    ----------
    recipes : dict of str
        Descriptions by name.
    console : rich.console.Console, optional
        As for `print_card`.

    Examples
    --------
    >>> print_recipes({"moons": "two half circles", "digits": "1797 digits"})
    recipe  description
    moons   two half circles
    digits  1797 digits
    """
    print_table(("recipe", "description"), list(recipes.items()), console)


def print_table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], console: Console | None = None
) -> None:
    """Print rows under headings.

    Parameters
    ----------
    headings : sequence of str
        One for each column.
    rows : sequence of sequences of str
        One text for each column.
    console : rich.console.Console, optional
        As for `print_card`.
    """
    if not is_terminal(console):
        write_plain(_plain_table(headings, rows), console)
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, padding=(0, _GAP - 1, 0, 0), pad_edge=False, show_edge=False)
    for place, heading in enumerate(headings):
        # A name that is cut short cannot be copied into the next command.
        table.add_column(heading, no_wrap=place == 0, overflow="fold", style="bold" if place == 0 else "")
    for line in rows:
        table.add_row(*(Text(cell) for cell in line))
    (console or make_console()).print(table)


def _plain_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    table = [headings, *rows]
    widths = [max(len(line[column]) for line in table) for column in range(len(headings))]
    gap = " " * _GAP
    return "\n".join(
        gap.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in table
    )
