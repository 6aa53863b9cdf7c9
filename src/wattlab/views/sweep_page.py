"""A sweep as a file: a self-contained HTML page, the figure, or its numbers."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from wattlab.studies.columns import Cell, Column, html_table
from wattlab.views import sections, sweep_notes
from wattlab.views.colours import RUNS
from wattlab.views.page import write_page
from wattlab.views.page_parts import html_list, html_plots, html_section, html_tables, scrolled, sentence
from wattlab.views.study_file import write_study_file
from wattlab.views.sweep_charts import sweep_chart
from wattlab.views.sweep_figures import draw_sweep
from wattlab.views.sweep_interactive import GLYPHS, PANEL_HEIGHT, sweep_panel_json
from wattlab.views.sweep_tables import grid_columns, sweep_columns

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.studies.sweep.answer import Sweep
    from wattlab.views.sweep_charts import SweepChart

__all__ = ["write_sweep"]


def write_sweep(answer: Sweep, path: Path) -> None:
    """Write a sweep as a file; an older one of that name is replaced once the new one is whole.

    Parameters
    ----------
    answer : Sweep
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
            page, answer.title, sweep_notes.circumstances(answer), _sections(answer)
        ),
        figure=lambda: draw_sweep(answer),
        numbers=answer.to_json,
    )


def _sections(answer: Sweep) -> tuple[str, ...]:
    trouble = [f"{state}: {sentence(one)}" for state, one in sweep_notes.troubles(answer)]
    return (
        sections.warning(trouble),
        _grid(answer),
        _figure(answer),
        html_section("Every cell", html_tables(sweep_columns(answer))),
        html_section("Notes", html_list([sentence(one) for one in sweep_notes.remarks(answer)])),
        html_section("Machine", f"<p>{escape(sweep_notes.machine(answer))}</p>"),
    )


def _grid(answer: Sweep) -> str:
    columns = grid_columns(answer)
    how = "".join(f"<p>{escape(one)}</p>" for one in sweep_notes.reading(answer))
    reading = f'<div class="soft reading">{how}</div>'
    if not columns:
        return html_section("How to read this", reading)
    table = html_table([part for column in columns for part in _apart(column)], "wattlab-study")
    return html_section("Time per step", scrolled(table) + reading)


def _apart(column: Column) -> tuple[Column, ...]:
    """Return times and ratios as columns with a heading each; signs say of a ratio what a tone would say twice."""
    if not column.has_asides:
        return (column,)
    times = tuple(cell._replace(aside="", tone="" if cell.aside else cell.tone) for cell in column.cells)
    return column._replace(cells=times), Column("ratio", tuple(Cell(cell.aside) for cell in column.cells))


def _figure(answer: Sweep) -> str:
    chart = sweep_chart(answer)
    if not chart.panels:
        return ""
    plots = html_plots(
        [sweep_panel_json(panel, chart) for panel in chart.panels], [PANEL_HEIGHT] * len(chart.panels)
    )
    return html_section("In pictures", f"{_key(chart)}{plots}")


def _key(chart: SweepChart) -> str:
    """Return what the colours mean, unless there is one series only."""
    series = chart.panels[0].series
    if len(series) < 2:
        return ""
    names = "".join(
        f'<span><span style="color:{RUNS[one.number % len(RUNS)]}">{GLYPHS[one.number % len(GLYPHS)]}</span> '
        f"{escape(one.name)}</span>"
        for one in series
    )
    return f'<div class="key">{names}</div>'
