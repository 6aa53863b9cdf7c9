"""An explanation as a file: a self-contained HTML page, the roofline, or its numbers."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from wattlab.studies.columns import html_table
from wattlab.views import explain_tables
from wattlab.views.explain_chart import roofline_chart
from wattlab.views.explain_figures import draw_roofline
from wattlab.views.explain_interactive import GLYPHS, HEIGHT, roofline_json
from wattlab.views.page import write_page
from wattlab.views.study_file import write_study_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wattlab.studies.columns import Column
    from wattlab.studies.explain.answer import Explanation

__all__ = ["write_explanation"]

_CAUSES_STYLE: Final = (
    "<style>.explain-causes td:last-child { white-space: normal; min-width: 24em; }</style>"
)
"""Evidence is in sentences, which wrap."""


def write_explanation(answer: Explanation, path: Path) -> None:
    """Write an explanation as a file; an older one of that name is replaced once the new one is whole.

    Parameters
    ----------
    answer : Explanation
        All that was found.
    path : Path
        ``.html`` a page that needs no network, ``.png`` the roofline, ``.json`` all numbers. The folder is made if it
        does not exist.

    Raises
    ------
    wattlab.errors.StorageError
        If the suffix is another, or the file cannot be written.
    """
    write_study_file(
        path,
        page=lambda page: write_page(
            page, answer.title, explain_tables.circumstances(answer), _sections(answer)
        ),
        figure=lambda: draw_roofline(answer),
        numbers=answer.to_json,
    )


def _sections(answer: Explanation) -> tuple[str, ...]:
    outcome = explain_tables.outcome_sentence(answer)
    return (
        _section("What bounds it", f"<p><b>{escape(answer.sentence)}</b></p>"),
        _section("Time against ceilings", _table(explain_tables.bound_columns(answer))),
        _section(
            "What was tested", _CAUSES_STYLE + _table(explain_tables.cause_columns(answer), "explain-causes")
        ),
        _section("What would help", _list(explain_tables.suggestion_lines(answer))),
        _section("Tried", f"<p>{escape(outcome)}</p>" if outcome else ""),
        _section("Roofline", _roofline(answer)),
        _section("Layers, each alone", _table(explain_tables.layer_columns(answer))),
        _section("Notes", _list((*answer.notes, *explain_tables.reading(answer)))),
    )


def _roofline(answer: Explanation) -> str:
    if answer.roofline is None:
        return ""
    chart = roofline_chart(answer.roofline)
    names = "".join(
        f'<span><span style="color:{colour}">{glyph}</span> {words}</span>' for colour, glyph, words in GLYPHS
    )
    return (
        f'<div class="key">{names}</div><div class="plot" style="min-height:{HEIGHT}px" data-figure="roofline"></div>'
        f'<script type="application/json" id="roofline">{roofline_json(chart)}</script>'
    )


def _section(title: str, content: str) -> str:
    return f"<section>\n<h2>{escape(title)}</h2>\n{content}</section>" if content else ""


def _table(columns: Sequence[Column], kind: str = "") -> str:
    return f'<div class="scroll {kind}">{html_table(columns, "wattlab-study")}</div>' if columns else ""


def _list(sentences: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(one)}</li>' for one in sentences)}</ul>" if sentences else ""
