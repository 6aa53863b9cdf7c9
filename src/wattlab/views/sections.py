"""The report's sections, each as a piece of HTML; an empty text where there is nothing to show."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

from wattlab.records.card import card_html
from wattlab.units import format_seconds
from wattlab.views.colours import PHASES, run_colour
from wattlab.views.comparison import compare, energy_origin
from wattlab.views.comparison import machines as machine_lines
from wattlab.views.interactive import legend, panel_json
from wattlab.views.tables import phase_shares

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wattlab.insight.mistakes.confusion import Confusion
    from wattlab.records.record import RunRecord
    from wattlab.views.chart import Chart

__all__ = ["card", "chart", "comparison", "confusions", "energy", "machines", "recipes", "warning"]

_MOST_CLASSES = 60
_BLUE, _ORANGE = "42,127,191", "225,124,5"


def warning(notes: Sequence[str]) -> str:
    """Return a banner with what a reader must know first."""
    items = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return f'<section class="warning" role="alert"><ul>{items}</ul></section>' if notes else ""


def card(record: RunRecord, run: int, n_runs: int) -> str:
    """Return a run's cost card, in the run's colour where there are several."""
    colour = f' style="--run:{run_colour(run)}"' if n_runs > 1 else ""
    name = f": {escape(record.id)}" if n_runs > 1 else ""
    return f'<section class="card"{colour}>\n<h2>Cost card{name}</h2>\n{card_html(record)}\n{_phases(record)}</section>'


def _phases(record: RunRecord) -> str:
    """Return the phases of the wall time as one bar with its key."""
    shares = phase_shares(record)
    bar = "".join(
        f'<span style="flex:{share:.5f};background:{PHASES[name]}" title="{name} {format_seconds(spent_s)}"></span>'
        for name, spent_s, share in shares
    )
    key = "".join(
        f'<span><i class="swatch square" style="background:{PHASES[name]}"></i>{name} {escape(_percent(share))}</span>'
        for name, _, share in shares
    )
    return f'<div class="phases">{bar}</div>\n<div class="key"><span>wall time:</span>{key}</div>'


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 or not share else "<1%"


def comparison(records: Sequence[RunRecord], labels: Sequence[str]) -> str:
    """Return all runs side by side, and the fields in which their recipes differ."""
    both = compare(records)
    differ = _table(both.differences, labels) if both.differences else "<p>The recipes do not differ.</p>"
    return (
        f"<section>\n<h2>Side by side</h2>\n{_table(both.facts, labels)}\n"
        f"<h2 style='margin-top:20px'>What differs between the recipes</h2>\n{differ}</section>"
    )


def _table(rows: Mapping[str, Sequence[str]], labels: Sequence[str]) -> str:
    head = "".join(
        f'<th scope="col"><i class="swatch" style="color:{run_colour(run)}"></i>{escape(label)}</th>'
        for run, label in enumerate(labels)
    )
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th>'
        + "".join(f"<td>{escape(text)}</td>" for text in texts)
        + "</tr>"
        for name, texts in rows.items()
    )
    return (
        f'<div class="scroll"><table class="side"><thead><tr><th></th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def chart(one: Chart, labels: Sequence[str]) -> str:
    """Return a chart: what can be shown and hidden, and a figure for each panel."""
    chips = "".join(
        f'<button type="button" aria-pressed="true" data-key="{key}" data-value="{escape(value)}">'
        f'<i class="swatch" style="border-top-style:{_border(dash)};color:{colour}"></i>{escape(text)}</button>'
        for key, value, text, colour, dash in legend(one, labels)
    )
    plots = "\n".join(
        f'<div class="plot" data-figure="{one.name}-{place}"></div>'
        f'<script type="application/json" id="{one.name}-{place}">{panel_json(panel, labels)}</script>'
        for place, panel in enumerate(one.panels)
    )
    caption = f'<p class="soft">{escape(one.caption)}</p>' if one.caption else ""
    return (
        f'<section>\n<h2>{escape(one.title)}</h2>\n<div class="chips">{chips}</div>\n'
        f'<div class="plots">{plots}</div>\n{caption}</section>'
    )


def _border(dash: str) -> str:
    return {"dash": "dashed", "dashdot": "dotted", "dot": "dotted"}.get(dash, "solid")


def confusions(matrices: Mapping[int, Confusion], labels: Sequence[str]) -> str:
    """Return every run's confusion matrix, by which of the runs it is, as a coloured table."""
    if not matrices:
        return ""
    shown = "".join(_confusion(matrix, labels[run]) for run, matrix in matrices.items())
    return f'<section>\n<h2>Confusion on the test part</h2>\n<div class="matrices">{shown}</div></section>'


def _confusion(matrix: Confusion, label: str) -> str:
    worst = ", ".join(f"{true} → {said} ({count}×)" for true, said, count in matrix.mistakes)
    caption = escape(f"Most frequent mistakes, true → predicted: {worst}." if worst else "No mistakes.")
    if len(matrix.classes) > _MOST_CLASSES:
        return f"<div><h3>{escape(label)}</h3><p>{len(matrix.classes)} classes. {caption}</p></div>"
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in matrix.classes)
    body = "".join(_row(matrix, row) for row in range(len(matrix.classes)))
    return (
        f'<div><h3>{escape(label)}</h3><div class="scroll"><table class="confusion"><thead>'
        f"<tr><th>true ↓ predicted →</th>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        f'<p class="soft">{caption}</p></div>'
    )


def _row(matrix: Confusion, row: int) -> str:
    wrong = matrix.shares - np.diag(np.diag(matrix.shares))
    worst = float(wrong.max()) or 1.0
    cells = []
    for column, count in enumerate(matrix.counts[row].tolist()):
        share = float(matrix.shares[row, column])
        colour, strength = (_BLUE, share) if row == column else (_ORANGE, share / worst)
        title = f"{matrix.classes[row]} taken for {matrix.classes[column]}: {count} ({share:.1%})"
        shade = f' style="background:rgba({colour},{0.08 + 0.67 * strength:.2f})"' if count else ""
        cells.append(f'<td title="{escape(title)}"{shade}>{count or ""}</td>')
    return f'<tr><th scope="row">{escape(matrix.classes[row])}</th>{"".join(cells)}</tr>'


def energy(records: Sequence[RunRecord], labels: Sequence[str]) -> str:
    """Return in words where the energies come from."""
    texts = "".join(
        f"<h3>{escape(label)}</h3><p>{escape(energy_origin(record))}</p>"
        for record, label in zip(records, labels, strict=True)
    )
    return f"<section>\n<h2>How energy was found</h2>\n{texts}</section>"


def machines(records: Sequence[RunRecord]) -> str:
    """Return every machine in one line."""
    lines = machine_lines(records)
    items = "".join(f"<p>{escape(line)}</p>" for line in lines.values())
    return f"<section>\n<h2>{'Machine' if len(lines) == 1 else 'Machines'}</h2>\n{items}</section>"


def recipes(texts: Sequence[str], labels: Sequence[str]) -> str:
    """Return every recipe as TOML, folded."""
    folded = "".join(
        f"<details><summary>{escape(label)}</summary><pre>{escape(text)}</pre></details>"
        for text, label in zip(texts, labels, strict=True)
    )
    return f"<section>\n<h2>{'Recipe' if len(texts) == 1 else 'Recipes'}</h2>\n{folded}</section>"
