"""A table as data: columns of cells, each with what stands beside it and what is told on demand."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Align", "Cell", "Column", "aligned", "html_table"]

Align = Literal["left", "right", "point"]


class Cell(NamedTuple):
    """One place of a table.

    Attributes
    ----------
    text : str
        What matters.
    aside : str
        Its interval or provenance.
    tone : str
        A verdict, a provenance, "passed" or "refused": what a colour may stress, never what it alone may say.
    detail : str
        What is told on demand.
    """

    text: str
    aside: str = ""
    tone: str = ""
    detail: str = ""


class Column(NamedTuple):
    """A heading and a cell for each row.

    Attributes
    ----------
    heading : str
    cells : tuple of Cell
    align : {"left", "right", "point"}
        "point": decimal points stand below one another.
    dispensable : bool
        Left out of a terminal that is too narrow for the whole table.
    """

    heading: str
    cells: tuple[Cell, ...]
    align: Align = "left"
    dispensable: bool = False

    @property
    def has_asides(self) -> bool:
        """Whether any cell has an aside."""
        return any(cell.aside for cell in self.cells)


def aligned(texts: Sequence[str], pad: str = " ") -> list[str]:
    """Pad numbers at the end, so that their decimal points stand below one another when set flush right.

    Examples
    --------
    >>> aligned(["0.157", "11.1", "152", "–"])
    ['0.157', '11.1  ', '152    ', '–    ']
    """
    tails = [len(text) - text.find(".") if "." in text else 0 for text in texts]
    return [text + pad * (max(tails, default=0) - tail) for text, tail in zip(texts, tails, strict=True)]


def html_table(columns: Sequence[Column], name: str) -> str:
    """Return columns as an HTML table of the given class; details are shown as tips."""
    head = "".join(
        f'<th scope="col"{_span(column)} style="text-align:{_side(column)}">{_unbroken(column.heading)}</th>'
        for column in columns
    )
    rows = zip(*(_html_cells(column) for column in columns), strict=True)
    body = "".join(f"<tr>{''.join(cells)}</tr>" for cells in rows)
    return f'<table class="{name}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def _side(column: Column) -> str:
    # Above a number and its interval, a heading stands at the left of both.
    return "left" if column.align == "left" or column.has_asides else "right"


def _unbroken(heading: str) -> str:
    """Return a heading that breaks between its words only."""
    return escape(heading).replace("-", "\u2011")


def _span(column: Column) -> str:
    return ' colspan="2"' if column.has_asides else ""


def _html_cells(column: Column) -> list[str]:
    texts = [cell.text for cell in column.cells]
    # Spaces of a digit's width do not collapse in HTML.
    shown = aligned(texts, "\u2007") if column.align == "point" else texts
    return [_html_cell(column, cell, text) for cell, text in zip(column.cells, shown, strict=True)]


def _html_cell(column: Column, cell: Cell, text: str) -> str:
    tip = f' title="{escape(cell.detail)}"' if cell.detail else ""
    tone = f' class="tone-{cell.tone}"' if cell.tone else ""
    side = "left" if column.align == "left" else "right"
    aside = f"<td{tone} style='text-align:left'><small>{escape(cell.aside)}</small></td>"
    number = f'<td style="text-align:{side}"{tip}{tone}>{escape(text)}</td>'
    return number + (aside if column.has_asides else "")
