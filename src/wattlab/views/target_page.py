"""A study of a target as a file: a self-contained HTML page, the figure, or its numbers."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from wattlab.studies.columns import html_table
from wattlab.views import sections, target_notes
from wattlab.views.colours import RUNS
from wattlab.views.page import write_page
from wattlab.views.study_file import write_study_file
from wattlab.views.target_charts import target_chart
from wattlab.views.target_figures import draw_target
from wattlab.views.target_interactive import PANEL_HEIGHT, score_panel_json, survival_panel_json
from wattlab.views.target_seeds import seed_columns
from wattlab.views.target_tables import target_columns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wattlab.studies.columns import Column
    from wattlab.studies.target.answer import Target
    from wattlab.views.study_notes import Remark
    from wattlab.views.target_charts import TargetChart

__all__ = ["write_target"]

_BREADTH: Final = 10
"""Columns of a table beside the names, an interval counted as one, up to which 1000 pixels hold it."""
_GLYPHS: Final = ("━━", "╍╍", "━·", "┅┅")
"""Dashes of the curves as text."""


def write_target(answer: Target, path: Path) -> None:
    """Write a study of a target as a file; an older one of that name is replaced once the new one is whole.

    Parameters
    ----------
    answer : Target
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
            page, answer.title, target_notes.circumstances(answer), _sections(answer)
        ),
        figure=lambda: draw_target(answer),
        numbers=answer.to_json,
    )


def _sections(answer: Target) -> tuple[str, ...]:
    trouble = [f"{kind}: {_plain(one)}" for kind, one in target_notes.troubles(answer)]
    how = "".join(f"<p>{escape(one)}</p>" for one in target_notes.reading(answer))
    table = _in_parts(target_columns(answer)) + f'<div class="soft reading">{how}</div>'
    return (
        sections.warning(trouble),
        _section("What it takes", _list(answer.verdicts) + table),
        _figure(answer),
        _section("What each seed did", _table(seed_columns(answer)) if answer.trainings else ""),
        _section("Notes", _list([_plain(one) for one in target_notes.remarks(answer)])),
        _section("Machine", f"<p>{escape(target_notes.machine(answer))}</p>"),
    )


def _figure(answer: Target) -> str:
    chart = target_chart(answer)
    panels = [survival_panel_json(panel) for panel in chart.survivals]
    panels += [] if chart.scores is None else [score_panel_json(chart.scores)]
    if not panels:
        return ""
    plots = "\n".join(
        f'<div class="plot" style="min-height:{PANEL_HEIGHT}px" data-figure="panel-{place}"></div>'
        f'<script type="application/json" id="panel-{place}">{panel}</script>'
        for place, panel in enumerate(panels)
    )
    said = (
        "The share of trainings not yet at the target, with a band that holds the true share at each point with 90 % "
        "probability; below it, each training's error: ● ends at the target, × misses it."
    )
    caption = f'<p class="soft">{escape(said)}</p>'
    return _section("In pictures", f'{_key(chart)}<div class="plots">{plots}</div>{caption}')


def _key(chart: TargetChart) -> str:
    """Return what colours and dashes mean, unless there is one recipe only."""
    if len(chart.names) < 2:
        return ""
    names = "".join(
        f'<span><span style="color:{RUNS[number % len(RUNS)]}">{_GLYPHS[number % len(_GLYPHS)]}</span> '
        f"{escape(name)}</span>"
        for number, name in chart.names
    )
    return f'<div class="key">{names}</div>'


def _plain(remark: Remark) -> str:
    return f"{remark.label}: {remark.text}" if remark.label else remark.text


def _section(title: str, content: str) -> str:
    return f"<section>\n<h2>{escape(title)}</h2>\n{content}</section>" if content else ""


def _in_parts(columns: Sequence[Column]) -> str:
    """Return a table in parts that a narrow window holds, each with the recipes' names in front."""
    name, *others = columns
    parts: list[list[Column]] = [[]]
    for column in others:
        if sum(1 + one.has_asides for one in (*parts[-1], column)) > _BREADTH:
            parts.append([])
        parts[-1].append(column)
    return "<br>".join(_table([name, *part]) for part in parts)


def _table(columns: Sequence[Column]) -> str:
    return f'<div class="scroll">{html_table(columns, "wattlab-study")}</div>'


def _list(sentences: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(one)}</li>' for one in sentences)}</ul>" if sentences else ""
