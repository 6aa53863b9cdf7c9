"""A batch-size study as a file: a page that needs no network, a figure, or its numbers."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from wattlab.studies.columns import html_table
from wattlab.views import batch_size_tables
from wattlab.views.batch_size_charts import batch_size_chart
from wattlab.views.batch_size_figures import draw_batch_sizes
from wattlab.views.batch_size_interactive import HEIGHT, batch_size_panel_json
from wattlab.views.page import write_page
from wattlab.views.study_file import write_study_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from wattlab.studies.batch_size.answer import BatchSizes

__all__ = ["write_batch_sizes"]


def write_batch_sizes(answer: BatchSizes, path: Path) -> None:
    """Write a study as a file; an older one of that name is replaced once the new one is whole.

    Parameters
    ----------
    answer : BatchSizes
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
        figure=lambda: draw_batch_sizes(answer),
        numbers=answer.to_json,
    )


def _write_page(answer: BatchSizes, path: Path) -> None:
    table = html_table(batch_size_tables.batch_size_columns(answer.rows), "wattlab-study")
    notes = (one.text for one in batch_size_tables.remarks(answer))
    failed = [f"{one.label}: {one.text}" for one in batch_size_tables.troubles(answer)]
    sections = (
        _section("What came out", _list(answer.verdicts)),
        _section("Every size tested", f'<div class="scroll">{table}</div>'),
        _section("In pictures", _plots(answer)),
        _section("What does not fit", _list(failed)) if failed else "",
        _section("Notes", _list((*notes, *batch_size_tables.reading(answer)))),
        _section("Recipe", f"<pre>{escape(answer.plan.recipe)}</pre>"),
    )
    write_page(path, f"Batch sizes of {answer.title}", batch_size_tables.circumstances(answer), sections)


def _plots(answer: BatchSizes) -> str:
    chart = batch_size_chart(answer)
    plots = "\n".join(
        f'<div class="plot" style="min-height:{HEIGHT}px" data-figure="batch-size-{place}"></div>'
        f'<script type="application/json" id="batch-size-{place}">{batch_size_panel_json(panel, chart)}</script>'
        for place, panel in enumerate(chart.panels)
    )
    return (
        f'<p class="soft">{escape(chart.key)}</p><div class="plots">{plots}</div>'
        if plots
        else "<p>No size fits, so there is nothing to draw.</p>"
    )


def _section(title: str, content: str) -> str:
    return f"<section>\n<h2>{escape(title)}</h2>\n{content}</section>"


def _list(sentences: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(one)}</li>' for one in sentences)}</ul>"
