"""A study of super-convergence as a file: a self-contained HTML page, the figure, or its numbers."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from wattlab.studies.columns import html_table
from wattlab.views import sections
from wattlab.views import superconvergence_notes as notes
from wattlab.views.page import write_page
from wattlab.views.study_file import write_study_file
from wattlab.views.superconvergence_charts import superconvergence_chart, superconvergence_labels
from wattlab.views.superconvergence_figures import draw_superconvergence
from wattlab.views.superconvergence_tables import superconvergence_columns

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wattlab.studies.superconvergence.answer import Superconvergence
    from wattlab.views.study_notes import Remark

__all__ = ["write_superconvergence"]


def write_superconvergence(answer: Superconvergence, path: Path) -> None:
    """Write a study as a file; an older one of that name is replaced once the new one is whole.

    Parameters
    ----------
    answer : Superconvergence
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
        page=lambda page: write_page(page, answer.title, notes.circumstances(answer), _sections(answer)),
        figure=lambda: draw_superconvergence(answer),
        numbers=answer.to_json,
    )


def _sections(answer: Superconvergence) -> tuple[str, ...]:
    trouble = [f"{kind}: {_plain(one)}" for kind, one in notes.troubles(answer)]
    reading = "".join(f"<p>{escape(one)}</p>" for one in notes.reading(answer))
    table = html_table(superconvergence_columns(answer), "wattlab-study") if answer.rows else ""
    return (
        sections.warning(trouble),
        _section("Answer", _list(answer.verdicts)),
        _pictures(answer),
        _section(
            "Every schedule", f'<div class="scroll">{table}</div><div class="soft reading">{reading}</div>'
        ),
        _section("Notes", _list(answer.notes)),
        _section("Machine", f"<p>{escape(notes.machine(answer))}</p>"),
    )


def _pictures(answer: Superconvergence) -> str:
    """Return the figure below a heading of its own: the page bears its title already."""
    chart = superconvergence_chart(answer)._replace(title="In pictures", caption="")
    return sections.chart(chart, superconvergence_labels(answer)) if chart.panels else ""


def _plain(remark: Remark) -> str:
    return f"{remark.label}: {remark.text}" if remark.label else remark.text


def _section(title: str, content: str) -> str:
    return f"<section>\n<h2>{escape(title)}</h2>\n{content}</section>" if content else ""


def _list(sentences: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(one)}</li>' for one in sentences)}</ul>" if sentences else ""
