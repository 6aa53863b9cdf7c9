"""A study as sections of a report, each as a piece of HTML; an empty text where there is nothing to show."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from wattlab.studies.columns import html_table
from wattlab.studies.tables import study_html_table, verification_columns
from wattlab.views import sections, study_notes
from wattlab.views.differences import fields, recipe_differences, side_by_side
from wattlab.views.study_charts import SEGMENTS, study_chart
from wattlab.views.study_interactive import panel_height, study_panel_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wattlab.studies.row import Verification
    from wattlab.studies.study import Study
    from wattlab.views.study_charts import Panel, StudyChart

__all__ = ["study_sections"]


def study_sections(study: Study) -> tuple[str, ...]:
    """Return all that a report says about a study: trouble, table, figure, verification, recipes, machine.

    They need the page's style sheets and script; several studies may share a page.
    """
    trouble = [f"{one.label} failed: {one.text}" for one in study_notes.failures(study)]
    found = (
        sections.warning(trouble),
        _answer(study),
        _figure(study),
        _verification(
            [row.verification for row in study.rows if row.verification and row.verdict != "control"]
        ),
        _settings(study),
        _machine(study),
    )
    return tuple(section for section in found if section)


def _answer(study: Study) -> str:
    notes = "".join(f"<li>{_remark(one)}</li>" for one in study_notes.remarks(study))
    reading = "".join(f"<p>{escape(sentence)}</p>" for sentence in study_notes.reading(study))
    return (
        f'<section>\n<h2>What came out</h2>\n<div class="scroll">{study_html_table(study.rows)}</div>\n'
        f'<div class="soft reading">{reading}<p>Intervals of the other columns show on pointing at them.</p></div>'
        f"{f'<h3>Notes</h3><ul>{notes}</ul>' if notes else ''}</section>"
    )


def _remark(remark: study_notes.Remark) -> str:
    return f"<b>{escape(remark.label)}:</b> {escape(remark.text)}" if remark.label else escape(remark.text)


def _figure(study: Study) -> str:
    chart = study_chart(study)
    if not chart.panels:
        return ""
    plots = "\n".join(
        _plot(panel, chart, f"{escape(study.id)}-{place}") for place, panel in enumerate(chart.panels)
    )
    caption = f'<p class="soft reading">{escape(chart.caption)}</p>' if chart.caption else ""
    return f'<section>\n<h2>In pictures</h2>\n<div class="plots">{plots}</div>\n{_key(chart)}\n{caption}</section>'


def _plot(panel: Panel, chart: StudyChart, name: str) -> str:
    wide = " wide" if panel.segments else ""
    return (
        f'<div class="plot{wide}" style="min-height:{panel_height(chart)}px" data-figure="{name}"></div>'
        f'<script type="application/json" id="{name}">{study_panel_json(panel, chart)}</script>'
    )


def _key(chart: StudyChart) -> str:
    """Return what shapes and colours mean."""
    verdicts = [verdict for verdict in dict.fromkeys(chart.verdicts) if verdict != "failed"]
    shapes = "".join(
        f'<span class="tone-{verdict}" style="font-weight:400">{verdict}</span>' for verdict in verdicts
    )
    drawn = {one.name for panel in chart.panels for one in panel.segments}
    parts = "".join(
        f'<span><i class="swatch square" style="background:{colour}"></i>{name}</span>'
        for name, colour in SEGMENTS.items()
        if name in drawn
    )
    whole = f'<div class="key"><span>whole process:</span>{parts}</div>' if parts else ""
    return f'<div class="key">{shapes}</div>\n{whole}'


def _verification(verifications: Sequence[Verification]) -> str:
    if not verifications:
        return ""
    refused = "".join(f"<li>{_remark(one)}</li>" for one in study_notes.refusals(verifications))
    table = html_table(verification_columns(verifications), "wattlab-study")
    return (
        f'<section>\n<h2>Whether all did the same work</h2>\n<div class="scroll">{table}</div>\n'
        f'<p class="soft">{escape(study_notes.references(verifications))}</p>'
        f"{f'<ul>{refused}</ul>' if refused else ''}</section>"
    )


def _settings(study: Study) -> str:
    """Return in what the recipes differ, and what each engine really used."""
    different = recipe_differences([row.recipe for row in study.rows])
    used = side_by_side([dict(fields(row.engine)) for row in study.rows])
    labels = [row.label for row in study.rows]
    differences = _side_table(different, labels) if different else "<p>The recipes do not differ.</p>"
    return (
        f"<section>\n<h2>What differs between the recipes</h2>\n{differences}\n"
        f"<h2 class='next'>What each engine used</h2>\n{_side_table(used, labels)}</section>"
    )


def _side_table(rows: Mapping[str, Sequence[str]], labels: Sequence[str]) -> str:
    head = "".join(f'<th scope="col">{escape(label)}</th>' for label in labels)
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>{"".join(f"<td>{escape(text)}</td>" for text in texts)}</tr>'
        for name, texts in rows.items()
    )
    return (
        f'<div class="scroll"><table class="side study-side"><thead><tr><th></th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _machine(study: Study) -> str:
    return (
        f"<section>\n<h2>Machine</h2>\n<p>{escape(study_notes.machine(study))}</p>\n"
        f'<p class="soft">{escape(study_notes.circumstances(study))}</p></section>'
    )
