"""A tuning study as a file: a self-contained HTML page, the figure, or its numbers."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from wattlab.studies.columns import html_table
from wattlab.studies.tune.evidence import WINNER, winner_toml
from wattlab.views import sections, tune_notes, tune_tables, tune_trials
from wattlab.views.page import write_page
from wattlab.views.study_file import write_study_file
from wattlab.views.tune_chart import KINDS
from wattlab.views.tune_charts import tune_chart
from wattlab.views.tune_figures import draw_tune
from wattlab.views.tune_interactive import HEIGHT, tune_panel_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from wattlab.studies.columns import Column
    from wattlab.studies.tune.answer import Tune

__all__ = ["write_tune"]

_STYLE: Final = (
    "<style>.tune-trials td:last-child { white-space: normal; min-width: 24em; } "
    ".tune-settings td:last-child { white-space: normal; }</style>"
)
"""Combinations and values are in words, which wrap."""


def write_tune(answer: Tune, path: Path) -> None:
    """Write a tuning study as a file; an older one of that name is replaced once the new one is whole.

    Parameters
    ----------
    answer : Tune
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
        page=lambda page: write_page(page, answer.title, tune_notes.circumstances(answer), _sections(answer)),
        figure=lambda: draw_tune(answer),
        numbers=answer.to_json,
    )


def _sections(answer: Tune) -> tuple[str, ...]:
    found = tune_notes.findings(answer)
    trouble = [
        f"{state} {one.label}: {one.text}" for state, one in tune_notes.troubles(answer) if state == "failed"
    ]
    return (
        sections.warning([one.text for kind, one in found if kind != "answer"]),
        _section("What came out", _STYLE + _list([one.text for kind, one in found if kind == "answer"])),
        _section("Candidates, repeated over seeds", _table(tune_tables.candidate_columns(answer))),
        _figure(answer),
        _section("Settings", _table(tune_tables.setting_columns(answer, tried=True), "tune-settings")),
        _section(
            f"The winner against the base recipe {answer.base}", _table(tune_tables.change_columns(answer))
        ),
        _winner(answer),
        _section("Every trial", _folded(_table(tune_trials.trial_columns(answer), "tune-trials"), answer)),
        _section(
            "How it went",
            _list([*trouble, *(one.text for one in tune_notes.remarks(answer)), *_reading(answer)]),
        ),
        _section("Going on", _commands(answer)),
        _section("Machine", f"<p>{escape(tune_notes.machine(answer))}</p>"),
    )


def _reading(answer: Tune) -> tuple[str, ...]:
    refused = [
        f"{state} {one.label}: {one.text}"
        for state, one in tune_notes.troubles(answer)
        if state in {"refused", "too slow"}
    ]
    return (*refused, *tune_notes.reading(answer))


def _figure(answer: Tune) -> str:
    chart = tune_chart(answer)
    if not chart.panels:
        return ""
    plots = "\n".join(
        f'<div class="plot" style="min-height:{HEIGHT}px" data-figure="tune-{one.name}"></div>'
        f'<script type="application/json" id="tune-{one.name}">{tune_panel_json(one, chart)}</script>'
        for one in chart.panels
    )
    key = "".join(
        f'<span><span style="color:{KINDS[kind].colour}">{KINDS[kind].glyph}</span> {escape(words)}</span>'
        for kind, words in chart.words.items()
    )
    note = f'<p class="soft">{escape(chart.note)}</p>' if chart.note else ""
    return _section("In pictures", f'<div class="key">{key}</div><div class="plots">{plots}</div>{note}')


def _winner(answer: Tune) -> str:
    text = winner_toml(answer)
    if text is None:
        return ""
    shown = f"<details><summary>{WINNER}</summary><pre>{escape(text)}</pre></details>"
    return _section("The winner, with its evidence", shown)


def _folded(table: str, answer: Tune) -> str:
    """Return the table of all trials, folded, as it can be long."""
    return f"<details><summary>{len(answer.trials)} trials</summary>{table}</details>" if table else ""


def _commands(answer: Tune) -> str:
    return "".join(
        f"<p>{escape(one.aim)}</p><pre>{escape(one.text)}</pre>" for one in tune_notes.commands(answer)
    )


def _section(title: str, content: str) -> str:
    return f"<section>\n<h2>{escape(title)}</h2>\n{content}</section>" if content else ""


def _table(columns: Sequence[Column], kind: str = "") -> str:
    return f'<div class="scroll {kind}">{html_table(columns, "wattlab-study")}</div>' if columns else ""


def _list(sentences: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(one)}</li>" for one in sentences)
    return f"<ul>{items}</ul>" if items else ""
