"""Studies and verifications in the terminal; plain text without escape codes where the output is no terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.studies.columns import aligned
from wattlab.studies.tables import study_columns, verification_columns
from wattlab.views import study_notes
from wattlab.views.study_progress import make_study_observer
from wattlab.views.terminal import is_terminal, make_console, write_plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from wattlab.studies.columns import Column
    from wattlab.studies.row import Verification
    from wattlab.studies.study import Study
    from wattlab.views.study_notes import Remark

__all__ = ["make_study_observer", "print_answer", "print_study", "print_verifications"]

_GAP: Final = 2
_LEAST_NAME: Final = 16
_MORE: Final = "All numbers: --json. Figure, verification and recipes: -o report.html"
_KINDS: Final = {"note": "yellow", "answer": "green", "shows": "green"}
_STYLES: Final = {
    "better": "bold green",
    "worse": "bold red",
    "unknown": "bold yellow",
    "failed": "bold red",
    "control": "dim",
    "passed": "green",
    "refused": "bold red",
    "measured": "green",
    "modelled": "yellow",
    "missing": "red",
}


def print_study(study: Study, console: Console | None = None) -> None:
    """Print a study: its table, what failed, what a reader must know, and where it was measured.

    In a terminal that is too narrow for all columns, they are stacked in blocks, the answer first.

    Parameters
    ----------
    study : Study
        Any, also one that was interrupted.
    console : rich.console.Console, optional
        Left out: standard output, and rich is loaded only if that is a terminal.
    """
    trouble = [("failed", one) for one in study_notes.failures(study)]
    notes = [("note", one) for one in study_notes.remarks(study)]
    print_answer(
        (study.title, study_notes.circumstances(study)),
        study_columns(study.rows),
        [*trouble, *notes],
        (*study_notes.reading(study), study_notes.machine(study)),
        console,
        more=_MORE,
    )


def print_verifications(verifications: Sequence[Verification], console: Console | None = None) -> None:
    """Print how far the first steps of each candidate are from those of the reference.

    Parameters
    ----------
    verifications : sequence of Verification
        One for each candidate and number format.
    console : rich.console.Console, optional
        As for `print_study`.
    """
    refused = [("not verified", one) for one in study_notes.refusals(verifications)]
    columns = verification_columns(verifications)
    print_answer((), columns, refused, (study_notes.references(verifications),), console)


def print_answer(
    head: Sequence[str],
    columns: Sequence[Column],
    remarks: Sequence[tuple[str, Remark]],
    foot: Sequence[str],
    console: Console | None,
    *,
    more: str = "",
) -> None:
    """Print a table with what stands above and below it.

    Parameters
    ----------
    head, foot : sequence of str
        Lines; the first of the head is the title.
    columns : sequence of Column
        The first names the rows; there may be none.
    remarks : sequence of (kind, Remark)
        Of the kind "note", "answer" or "shows", or trouble of another one.
    console : rich.console.Console or None
        As for `print_study`.
    more : str, optional
        Where there is more to see; said in a terminal only.
    """
    if not is_terminal(console):
        told = [f"{kind}: {_sentence(one)}" for kind, one in remarks]
        parts = ["\n".join(head), _plain_table(columns), "\n".join(told), "\n".join(foot)]
        write_plain("\n\n".join(part for part in parts if part), console)
        return
    from rich.text import Text

    console = console or make_console()
    for place, line in enumerate(head):
        console.print(Text(line, "dim" if place else "bold"))
    blocks, left_out = _blocks(columns, console.width) if columns else ([], [])
    for place, block in enumerate(blocks):
        if place or head:
            console.print()
        console.print(_table(block, console.width))
    if remarks:
        if head or columns:
            console.print()
        console.print(_remarks(remarks))
    console.print()
    missing = f"Left out, since the terminal is narrow: {', '.join(left_out)}. " if left_out else ""
    for line in filter(None, (*foot, missing + more)):
        console.print(Text(line, "dim"))


def _sentence(remark: Remark) -> str:
    return f"{remark.label}: {remark.text}" if remark.label else remark.text


def _remarks(remarks: Sequence[tuple[str, Remark]]) -> Table:
    """Return what went wrong and what must be known, each wrapped beside its kind."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, _GAP))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for kind, one in remarks:
        name = (f"{one.label}: ", "bold") if one.label else ""
        style = _KINDS.get(kind, "red")
        table.add_row(Text(kind, style), Text.assemble(name, one.text))
    return table


def _set(column: Column) -> list[tuple[str, str]]:
    """Return text and aside of every cell, each as wide as the widest of the column."""
    texts = [cell.text for cell in column.cells]
    texts = aligned(texts) if column.align == "point" else texts
    flush = str.ljust if column.align == "left" else str.rjust
    width = max(map(len, texts), default=0)
    aside = max((len(cell.aside) for cell in column.cells), default=0)
    gap = " " * _GAP if column.has_asides else ""
    return [
        (flush(text, width), gap + cell.aside.ljust(aside))
        for text, cell in zip(texts, column.cells, strict=True)
    ]


def _is_flush_right(column: Column) -> bool:
    # Above a number and its interval, a heading stands at the left of both.
    return column.align != "left" and not column.has_asides


def _plain_table(columns: Sequence[Column]) -> str:
    lines = []
    for column in columns:
        texts = [column.heading, *(text + aside for text, aside in _set(column))]
        width = max(map(len, texts))
        lines.append([text.rjust(width) if _is_flush_right(column) else text.ljust(width) for text in texts])
    return "\n".join((" " * _GAP).join(line).rstrip() for line in zip(*lines, strict=True))


def _width(column: Column) -> int:
    """Return the width in a terminal, where the words of a heading may stand below one another."""
    texts = [text + aside for text, aside in _set(column)]
    return max(map(len, [*column.heading.split(), *texts]))


def _name_width(columns: Sequence[Column], width: int) -> int:
    """Return the width of the candidates' names: a long one is wrapped before it takes the others' room."""
    return min(_width(columns[0]), max(_LEAST_NAME, width // 3))


def _blocks(columns: Sequence[Column], width: int) -> tuple[list[list[Column]], list[str]]:
    """Return the columns in blocks that fit, each with the names in front, and the headings left out.

    A dispensable column is left out only if that saves a block.
    """
    whole = _divided(columns, width)
    kept = _divided([column for column in columns if not column.dispensable], width)
    if len(kept) == len(whole):
        return whole, []
    return kept, [column.heading for column in columns if column.dispensable]


def _divided(columns: Sequence[Column], width: int) -> list[list[Column]]:
    name, *others = columns
    most = width - _name_width(columns, width)
    blocks, room = [[name]], most
    for column in others:
        needed = _width(column) + _GAP
        if needed > room and len(blocks[-1]) > 1:
            blocks.append([name])
            room = most
        blocks[-1].append(column)
        room -= needed
    return blocks


def _table(columns: Sequence[Column], width: int) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, padding=(0, _GAP - 1, 0, 0), pad_edge=False, show_edge=False)
    name, *others = columns
    table.add_column(name.heading, overflow="fold", style="bold", width=_name_width(columns, width))
    for column in others:
        table.add_column(_heading(column), vertical="bottom")
    lines = zip([Text(cell.text) for cell in name.cells], *(_texts(column) for column in others), strict=True)
    for line in lines:
        table.add_row(*line)
    return table


def _heading(column: Column) -> str:
    """Return the heading, its words below one another if they would widen the column."""
    width = _width(column)
    lines = [column.heading] if len(column.heading) <= width else column.heading.split()
    return "\n".join(line.rjust(width) for line in lines) if _is_flush_right(column) else "\n".join(lines)


def _texts(column: Column) -> list[Text]:
    """Return the cells; the tone colours the aside where there is one, else the text."""
    from rich.text import Text

    texts = []
    # Flush right by spaces: rich would take those away that align the decimal points.
    width = _width(column) if _is_flush_right(column) else 0
    for cell, (text, aside) in zip(column.cells, _set(column), strict=True):
        tone = _STYLES.get(cell.tone, "")
        styles = ("", tone or "dim") if cell.aside else (tone, "")
        texts.append(Text.assemble((text.rjust(width), styles[0]), (aside, styles[1])))
    return texts
