"""The figure of a loading study as PNG, and as a page that needs no network."""

from __future__ import annotations

import base64
from html import escape
from textwrap import fill
from typing import TYPE_CHECKING, Final

from wattlab.studies.columns import html_table
from wattlab.units import significant
from wattlab.views import loading_tables
from wattlab.views.colours import BLUE, GREEN, ORANGE, PLAIN
from wattlab.views.drawing import GREY, INK, dress_rows, make_logarithmic, png
from wattlab.views.page import write_page
from wattlab.views.study_file import write_study_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from wattlab.meter.statistics import Estimate
    from wattlab.studies.loading.answer import Loading, LoadingRow

__all__ = ["draw_loading", "write_loading"]

_COLOURS: Final = {"cold": BLUE, "warm": ORANGE, "memory": GREEN, "bypassed": PLAIN}
_MARKERS: Final = {"alone": "o", "threads": "s", "processes": "^"}
_WIDTH_IN: Final = 12.0


def write_loading(answer: Loading, path: Path) -> None:
    """Write a study as a file; an older one of that name is replaced once the new one is whole.

    Parameters
    ----------
    answer : Loading
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
        page=lambda page: _write_html(answer, page),
        figure=lambda: draw_loading(answer),
        numbers=answer.to_json,
    )


def draw_loading(answer: Loading) -> Figure:
    """Draw milliseconds per file and the ratio to memory side by side, a line for each way to read.

    Parameters
    ----------
    answer : Loading
        One in which nothing was measured gives a figure that says so.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure

    rows = [row for row in answer.rows if row.seconds is not None]
    figure = Figure((_WIDTH_IN, 2.4 + 0.27 * max(4, len(rows))), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    if not rows:
        left.text(0.5, 0.5, "nothing was measured", transform=left.transAxes, ha="center", color=GREY)
    _draw(left, rows, lambda row: row.file_s, 1e3)
    _draw(right, rows, lambda row: row.ratio, 1.0)
    right.axvline(1.0, color=INK, linewidth=1.0, linestyle="--")
    _dress(left, rows, "Time per file", "ms per file (logarithmic)")
    _dress(right, rows, "Ratio to memory", "time over that from memory (logarithmic)")
    _key(left)
    figure.suptitle(fill(answer.title, 110), color=INK, fontsize=13)
    figure.supxlabel(_foot(answer), x=0.01, ha="left", fontsize=8, color=GREY)
    return figure


def _foot(answer: Loading) -> str:
    lines = (*answer.verdicts, *loading_tables.reading(answer), loading_tables.circumstances(answer))
    return "\n".join(fill(line, 190) for line in lines)


def _draw(
    axes: Axes, rows: Sequence[LoadingRow], value: Callable[[LoadingRow], Estimate | None], factor: float
) -> None:
    make_logarithmic(axes)
    for place, row in enumerate(rows):
        found = value(row)
        if found is None:
            continue
        colour = _COLOURS[row.variant.cache]
        axes.errorbar(
            found.median * factor,
            place,
            xerr=[[(found.median - found.low) * factor], [(found.high - found.median) * factor]],
            color=colour,
            marker=_MARKERS[row.variant.kind],
            capsize=3,
            linewidth=1.5,
        )
        axes.text(
            1.01,
            place,
            significant(found.median * factor),
            transform=axes.get_yaxis_transform(),
            va="center",
            fontsize=8,
            color=INK,
        )


def _dress(axes: Axes, rows: Sequence[LoadingRow], title: str, x_label: str) -> None:
    axes.set_title(title, loc="left", fontsize=11, color=INK, pad=26)  # the key stands below
    dress_rows(axes, [_name(row) for row in rows], x_label, label_size=8)


def _name(row: LoadingRow) -> str:
    label = loading_tables.row_label(row)
    return label if row.variant.cache == "memory" else f"{label}, {row.place}"


def _key(axes: Axes) -> None:
    """Say what colours and shapes mean."""
    from matplotlib.lines import Line2D

    shapes = [
        Line2D([], [], linestyle="", marker=marker, color=GREY, label="1 worker" if kind == "alone" else kind)
        for kind, marker in _MARKERS.items()
    ]
    colours = [
        Line2D([], [], linestyle="", marker="D", color=colour, label=cache)
        for cache, colour in _COLOURS.items()
    ]
    handles = [*colours, *shapes]
    axes.legend(
        handles=handles,
        ncols=len(handles),
        frameon=False,
        fontsize=9,
        loc="lower left",
        bbox_to_anchor=(-0.01, 0.99),
        columnspacing=1.0,
        handletextpad=0.1,
    )


def _write_html(answer: Loading, path: Path) -> None:
    picture = base64.b64encode(png(draw_loading(answer))).decode()
    table = html_table(loading_tables.loading_columns(answer.rows), "wattlab-study")
    remarks = (*loading_tables.troubles(answer), *loading_tables.remarks(answer))
    told = [f"{one.label}: {one.text}" if one.label else one.text for one in remarks]
    sections = (
        _section("What came out", _list(answer.verdicts)),
        _section("All ways to read", f'<div class="scroll">{table}</div>'),
        _section(
            "In pictures",
            f'<img alt="times and ratios" style="max-width:100%" src="data:image/png;base64,{picture}">',
        ),
        _section("Notes", _list((*told, *loading_tables.reading(answer)))),
    )
    write_page(path, answer.title, loading_tables.circumstances(answer), sections)


def _section(title: str, content: str) -> str:
    return f"<section>\n<h2>{escape(title)}</h2>\n{content}</section>"


def _list(sentences: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(one)}</li>' for one in sentences)}</ul>"
