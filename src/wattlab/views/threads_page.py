"""A study of threads as a file: a self-contained HTML page, the figure, or its numbers."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from wattlab.views import sections, threads_notes
from wattlab.views.colours import RUNS
from wattlab.views.page import write_page
from wattlab.views.page_parts import html_list, html_plots, html_section, html_tables, sentence
from wattlab.views.study_file import write_study_file
from wattlab.views.sweep_interactive import GLYPHS, PANEL_HEIGHT
from wattlab.views.threads_charts import threads_chart
from wattlab.views.threads_figures import draw_threads
from wattlab.views.threads_interactive import threads_panel_json
from wattlab.views.threads_tables import threads_columns

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.studies.threads.answer import Threads
    from wattlab.views.threads_charts import ThreadsChart

__all__ = ["write_threads"]


def write_threads(answer: Threads, path: Path) -> None:
    """Write a study of threads as a file; an older one of that name is replaced once the new one is whole.

    Parameters
    ----------
    answer : Threads
        Any, also one that was interrupted.
    path : Path
        ``.html`` a page that needs no network, ``.png`` the figure, ``.json`` all numbers. The folder is made if it
        does not exist.

    Raises
    ------
    wattlab.errors.StorageError
        If the suffix is another, or the file cannot be written.
    """
    write_study_file(
        path,
        page=lambda page: write_page(
            page, answer.title, threads_notes.circumstances(answer), _sections(answer)
        ),
        figure=lambda: draw_threads(answer),
        numbers=answer.to_json,
    )


def _sections(answer: Threads) -> tuple[str, ...]:
    trouble = [f"{state}: {sentence(one)}" for state, one in threads_notes.troubles(answer)]
    said = [sentence(one) for one in threads_notes.conclusions(answer)]
    how = "".join(f"<p>{escape(one)}</p>" for one in threads_notes.reading(answer))
    reading = f'<div class="soft reading">{how}</div>'
    return (
        sections.warning(trouble),
        html_section("What came out", html_list(said)),
        html_section("In pictures", _figure(answer)),
        html_section("Every number of threads", html_tables(threads_columns(answer)) + reading),
        html_section("Notes", html_list([sentence(one) for one in threads_notes.remarks(answer)])),
        html_section("Machine", f"<p>{escape(threads_notes.machine(answer))}</p>"),
    )


def _figure(answer: Threads) -> str:
    chart = threads_chart(answer)
    if not chart.panels:
        return ""
    plots = html_plots(
        [threads_panel_json(panel, chart) for panel in chart.panels], [PANEL_HEIGHT] * len(chart.panels)
    )
    return f"{_key(chart)}{plots}"


def _key(chart: ThreadsChart) -> str:
    """Return what colours, shapes and dashes mean."""
    lines = chart.panels[0].lines
    names = "".join(
        f'<span><span style="color:{RUNS[one.number % len(RUNS)]}">{GLYPHS[one.number % len(GLYPHS)]}</span> '
        f"{escape(one.name)}</span>"
        for one in lines
    )
    dashed = "<span>- - shared without loss</span>" if any(one.ideal for one in lines) else ""
    return f'<div class="key">{names}{dashed}</div>'
