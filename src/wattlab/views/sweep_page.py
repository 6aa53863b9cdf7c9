"""A sweep as a file: a self-contained HTML page, the figure, or its numbers."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from wattlab.studies.columns import Cell, Column, html_table
from wattlab.views import sections, sweep_notes
from wattlab.views.colours import RUNS
from wattlab.views.page import write_page
from wattlab.views.study_file import write_study_file
from wattlab.views.sweep_charts import sweep_chart
from wattlab.views.sweep_figures import draw_sweep
from wattlab.views.sweep_interactive import GLYPHS, PANEL_HEIGHT, sweep_panel_json
from wattlab.views.sweep_tables import grid_columns, sweep_columns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wattlab.studies.sweep.answer import Sweep
    from wattlab.views.study_notes import Remark
    from wattlab.views.sweep_charts import SweepChart

__all__ = ["write_sweep"]

_BREADTH: Final = 8
"""Columns of a table beside the names, an interval counted as one, up to which 1000 pixels hold it."""


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
    trouble = [f"{state}: {_plain(one)}" for state, one in sweep_notes.troubles(answer)]
    return (
        sections.warning(trouble),
        _grid(answer),
        _figure(answer),
        _section("Every cell", _cells(answer)),
        _section("Notes", _list([_plain(one) for one in sweep_notes.remarks(answer)])),
        _section("Machine", f"<p>{escape(sweep_notes.machine(answer))}</p>"),
    )


def _grid(answer: Sweep) -> str:
    columns = grid_columns(answer)
    how = "".join(f"<p>{escape(one)}</p>" for one in sweep_notes.reading(answer))
    reading = f'<div class="soft reading">{how}</div>'
    if not columns:
        return _section("How to read this", reading)
    table = html_table([part for column in columns for part in _apart(column)], "wattlab-study")
    return _section("Time per step", _table(table) + reading)


def _apart(column: Column) -> tuple[Column, ...]:
    """Return times and ratios as columns with a heading each; signs say of a ratio what a tone would say twice."""
    if not column.has_asides:
        return (column,)
    times = tuple(cell._replace(aside="", tone="" if cell.aside else cell.tone) for cell in column.cells)
    return column._replace(cells=times), Column("ratio", tuple(Cell(cell.aside) for cell in column.cells))


def _cells(answer: Sweep) -> str:
    """Return the table of all cells, in parts that a narrow window holds, each with the cells' names in front."""
    name, *others = sweep_columns(answer)
    parts: list[list[Column]] = [[]]
    for column in others:
        if sum(map(_breadth, (*parts[-1], column))) > _BREADTH:
            parts.append([])
        parts[-1].append(column)
    return "<br>".join(_table(html_table([name, *part], "wattlab-study")) for part in parts)


def _breadth(column: Column) -> int:
    return 1 + column.has_asides


def _figure(answer: Sweep) -> str:
    chart = sweep_chart(answer)
    if not chart.panels:
        return ""
    plots = "\n".join(
        f'<div class="plot" style="min-height:{PANEL_HEIGHT}px" data-figure="panel-{place}"></div>'
        f'<script type="application/json" id="panel-{place}">{sweep_panel_json(panel, chart)}</script>'
        for place, panel in enumerate(chart.panels)
    )
    return _section("In pictures", f'{_key(chart)}<div class="plots">{plots}</div>')


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


def _plain(remark: Remark) -> str:
    return f"{remark.label}: {remark.text}" if remark.label else remark.text


def _section(title: str, content: str) -> str:
    return f"<section>\n<h2>{escape(title)}</h2>\n{content}</section>" if content else ""


def _table(table: str) -> str:
    return f'<div class="scroll">{table}</div>'


def _list(sentences: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(one)}</li>' for one in sentences)}</ul>" if sentences else ""
