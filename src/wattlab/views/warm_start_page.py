"""A study of warm starts as a file: a page that needs no network, a figure, or its numbers."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from wattlab.studies.columns import html_table
from wattlab.views import warm_start_tables
from wattlab.views.page import write_page
from wattlab.views.study_file import write_study_file
from wattlab.views.warm_start_charts import warm_start_chart
from wattlab.views.warm_start_figures import draw_warm_starts
from wattlab.views.warm_start_interactive import HEIGHT, warm_start_panel_json

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from wattlab.studies.warm_start.answer import WarmStarts

__all__ = ["write_warm_starts"]


def write_warm_starts(answer: WarmStarts, path: Path) -> None:
    """Write a study as a file; an older one of that name is replaced once the new one is whole.

    Parameters
    ----------
    answer : WarmStarts
        Any, also one that was interrupted.
    path : Path
        ``.html`` a page, ``.png`` the figure, ``.json`` all numbers. The folder is made if it does not exist.

    Raises
    ------
    wattlab.errors.StorageError
        If the suffix is another, or the file cannot be written.
    """
    write_study_file(
        path,
        page=lambda page: _write_page(answer, page),
        figure=lambda: draw_warm_starts(answer),
        numbers=answer.to_json,
    )


def _write_page(answer: WarmStarts, path: Path) -> None:
    table = html_table(warm_start_tables.warm_start_columns(answer), "wattlab-study")
    failed = [f"{one.label}: {one.text}" for one in warm_start_tables.troubles(answer)]
    notes = [one.text for one in warm_start_tables.remarks(answer)]
    around = (*notes, *warm_start_tables.reading(answer), warm_start_tables.machine(answer))
    sections = (
        _section("What came out", _list(answer.verdicts)),
        _section("Cold and warm", f'<div class="scroll">{table}</div>'),
        _section("In pictures", _plots(answer)),
        _section("What failed", _list(failed)) if failed else "",
        _section("Notes", _list(around)),
        _section("Recipe, as it was trained cold", f"<pre>{escape(answer.recipe_toml)}</pre>"),
    )
    write_page(path, answer.title, warm_start_tables.circumstances(answer), sections)


def _plots(answer: WarmStarts) -> str:
    chart = warm_start_chart(answer)
    plots = "\n".join(
        f'<div class="plot" style="min-height:{HEIGHT}px" data-figure="warm-start-{place}"></div>'
        f'<script type="application/json" id="warm-start-{place}">{warm_start_panel_json(panel, chart)}</script>'
        for place, panel in enumerate(chart.panels)
    )
    return (
        f'<div class="plots">{plots}</div>'
        if plots
        else "<p>Nothing was trained, so there is nothing to draw.</p>"
    )


def _section(title: str, content: str) -> str:
    return f"<section>\n<h2>{escape(title)}</h2>\n{content}</section>"


def _list(sentences: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(one)}</li>' for one in sentences)}</ul>"
