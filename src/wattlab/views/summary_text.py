"""The layers of a network as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.records.summary import COLUMNS, rows, totals
from wattlab.views.terminal import is_terminal, make_console, write_plain
from wattlab.views.text import print_table

if TYPE_CHECKING:
    from rich.console import Console

    from wattlab.training.preview import Preview

__all__ = ["print_summary"]


def print_summary(found: Preview, *, every: bool = False, console: Console | None = None) -> None:
    """Print every layer with shape, parameters and operations, and what a step comes to.

    Parameters
    ----------
    found : Preview
        Of a recipe.
    every : bool, optional
        A row for each layer of a residual block; else one for all its layers.
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    """
    print_table(COLUMNS, [row.cells() for row in rows(found.step, every=every)], console)
    text = "\n".join(("", *totals(found.step), f"data: {found.source}"))
    if is_terminal(console):
        (console or make_console()).print(text, markup=False)
    else:
        write_plain(text, console)
