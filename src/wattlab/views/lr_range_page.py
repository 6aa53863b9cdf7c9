"""A learning-rate range test as a file: a page that needs no network, a figure, or its numbers."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from wattlab.studies.columns import html_table
from wattlab.views import lr_range_tables
from wattlab.views.lr_range_charts import lr_range_chart
from wattlab.views.lr_range_figures import draw_lr_range
from wattlab.views.lr_range_interactive import HEIGHT, loss_panel_json, score_panel_json
from wattlab.views.page import write_page
from wattlab.views.study_file import write_study_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from wattlab.studies.lr_range.answer import LrRange

__all__ = ["write_lr_range"]

_KEY: Final = (
    "Points: the loss of each step. Lines: smoothed, a colour for each seed. ● valley, ■ slide, ▲ minimum, ◆ steep. "
    "Shaded: good rates. Dashed: suggested rates."
)


def write_lr_range(answer: LrRange, path: Path) -> None:
    """Write a range test as a file; an older one of that name is replaced once the new one is whole.

    Parameters
    ----------
    answer : LrRange
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
        figure=lambda: draw_lr_range(answer),
        numbers=answer.to_json,
    )


def _write_page(answer: LrRange, path: Path) -> None:
    notes = (one.text for one in lr_range_tables.remarks(answer))
    failed = [f"{one.label}: {one.text}" for one in lr_range_tables.troubles(answer)]
    sections = (
        _section("What came out", _list(answer.verdicts)),
        _section("In pictures", _plots(answer)),
        _section(
            "Pickers and interval by seed", _table(html_table(lr_range_tables.pick_columns(answer), _TABLE))
        ),
        _tried(answer),
        _section("What failed", _list(failed)) if failed else "",
        _section("Notes", _list((*notes, *lr_range_tables.reading(answer)))),
        _section("Recipe", f"<pre>{escape(answer.plan.recipe)}</pre>"),
    )
    write_page(path, f"Learning rates of {answer.title}", lr_range_tables.circumstances(answer), sections)


_TABLE: Final = "wattlab-study"


def _table(html: str) -> str:
    return f'<div class="scroll">{html}</div>'


def _tried(answer: LrRange) -> str:
    if answer.verified is None:
        return ""
    table = html_table(lr_range_tables.tried_columns(answer.verified), _TABLE)
    title = f'<p class="soft">{escape(lr_range_tables.tried_title(answer.verified))}.</p>'
    return _section("Verified by short trainings", title + _table(table))


def _plots(answer: LrRange) -> str:
    chart = lr_range_chart(answer)
    if not chart.lines:
        return "<p>No process gave a curve, so there is nothing to draw.</p>"
    panels = [loss_panel_json(chart), *([score_panel_json(chart)] if chart.spots else [])]
    plots = "\n".join(
        f'<div class="plot" style="min-height:{HEIGHT}px" data-figure="lr-range-{place}"></div>'
        f'<script type="application/json" id="lr-range-{place}">{panel}</script>'
        for place, panel in enumerate(panels)
    )
    return f'<p class="soft">{escape(_KEY)}</p><div class="plots">{plots}</div>'


def _section(title: str, content: str) -> str:
    return f"<section>\n<h2>{escape(title)}</h2>\n{content}</section>"


def _list(sentences: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(one)}</li>' for one in sentences)}</ul>"
