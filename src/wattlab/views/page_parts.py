"""What the pages of several studies are made of: sections, lists, tables in parts, places for figures."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from wattlab.studies.columns import html_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.studies.columns import Column
    from wattlab.views.study_notes import Remark

__all__ = ["html_list", "html_plots", "html_section", "html_tables", "scrolled", "sentence"]

_BREADTH: Final = 8
"""Columns of a table beside the names, an interval counted as one, up to which 1000 pixels hold it."""


def html_section(title: str, content: str) -> str:
    """Return a section of a page; nothing where it would be empty."""
    return f"<section>\n<h2>{escape(title)}</h2>\n{content}</section>" if content else ""


def html_list(sentences: Sequence[str]) -> str:
    """Return sentences as a list; nothing of none."""
    return f"<ul>{''.join(f'<li>{escape(one)}</li>' for one in sentences)}</ul>" if sentences else ""


def sentence(remark: Remark) -> str:
    """Return a remark as one text."""
    return f"{remark.label}: {remark.text}" if remark.label else remark.text


def scrolled(table: str) -> str:
    """Return a table that scrolls by itself where the window is narrow."""
    return f'<div class="scroll">{table}</div>'


def html_tables(columns: Sequence[Column]) -> str:
    """Return a table in parts that a narrow window holds, each with the rows' names in front."""
    name, *others = columns
    parts: list[list[Column]] = [[]]
    for column in others:
        if sum(map(_breadth, (*parts[-1], column))) > _BREADTH:
            parts.append([])
        parts[-1].append(column)
    return "<br>".join(scrolled(html_table([name, *part], "wattlab-study")) for part in parts)


def _breadth(column: Column) -> int:
    return 1 + column.has_asides


def html_plots(panels: Sequence[str], heights: Sequence[int]) -> str:
    """Return places for the panels of a figure, side by side where there is room.

    Parameters
    ----------
    panels : sequence of str
        Each as the JSON that plotly.js draws.
    heights : sequence of int
        One a panel. Unit: pixels of CSS.
    """
    plots = "\n".join(
        f'<div class="plot" style="min-height:{height}px" data-figure="panel-{place}"></div>'
        f'<script type="application/json" id="panel-{place}">{panel}</script>'
        for place, (panel, height) in enumerate(zip(panels, heights, strict=True))
    )
    return f'<div class="plots">{plots}</div>'
