"""A demonstration as a file: a page, a figure in one of three formats, or its numbers."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wattlab.records.files import write_with_folder
from wattlab.studies.columns import html_table
from wattlab.views.demo_figures import draw_demonstration
from wattlab.views.demo_interactive import demo_panel_json, panel_height
from wattlab.views.demo_parts import circumstances, columns, panels
from wattlab.views.drawing import as_file
from wattlab.views.page import write_page
from wattlab.views.suffixes import check_suffix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.demonstrations.outcome import Outcome
    from wattlab.views.demo_chart import DemoPanel

__all__ = ["check_demo_path", "write_demonstration"]

_FIGURES: Final = (".png", ".svg", ".pdf")
_SUFFIXES: Final = (".html", *_FIGURES, ".json")


def check_demo_path(path: Path) -> None:
    """Refuse a file that no demonstration can be written to, before it is run.

    Parameters
    ----------
    path : Path
        Where it shall be written.

    Raises
    ------
    wattlab.errors.StorageError
        If the suffix is not known, or the folder takes no files.

    Examples
    --------
    >>> from pathlib import Path
    >>> check_demo_path(Path("lanes.gif"))
    Traceback (most recent call last):
        ...
    wattlab.errors.StorageError: 'lanes.gif' has the suffix '.gif'; for a demonstration let it end in .html (a page ...
    """
    wanted = (
        "for a demonstration let it end in .html (a page that needs no network), "
        ".png, .svg or .pdf (the figure) or .json (all numbers)"
    )
    check_suffix(path, _SUFFIXES, wanted)


def write_demonstration(outcome: Outcome, path: Path | str) -> None:
    """Write a demonstration; an older file of that name is replaced once the new one is whole.

    Parameters
    ----------
    outcome : Outcome
        Of any demonstration.
    path : path
        Its suffix says what is written: ``.html`` a page, ``.png``, ``.svg`` or ``.pdf`` the figure, ``.json`` all
        numbers. The folder is made if it does not exist.

    Raises
    ------
    wattlab.errors.StorageError
        If the suffix is another, or the file cannot be written.
    """
    path = Path(path)
    check_demo_path(path)
    suffix = path.suffix.lower()
    if suffix == ".html":
        _write_page(outcome, path)
    elif suffix == ".json":
        write_with_folder(path, f"{outcome.to_json()}\n".encode())
    else:
        write_with_folder(path, as_file(draw_demonstration(outcome), suffix))


def _write_page(outcome: Outcome, path: Path) -> None:
    drawn = panels(outcome.result)
    plots = "\n".join(_plot(panel, f"{outcome.name}-{place}") for place, panel in enumerate(drawn))
    sections = (
        _section("What it shows", f"<p>{escape(outcome.result.sentence)}</p>"),
        _section("In pictures", f'<div class="plots">{plots}</div>'),
        _section(
            "In numbers",
            f'<div class="scroll">{html_table(columns(outcome.result), "wattlab-study")}</div>',
        ),
        _section("Notes", _list((*outcome.result.notes, outcome.machine))),
    )
    write_page(path, outcome.title, circumstances(outcome), sections)


def _plot(panel: DemoPanel, name: str) -> str:
    wide = " wide" if panel.wide else ""
    return (
        f'<div class="plot{wide}" style="min-height:{panel_height(panel)}px" data-figure="{name}"></div>'
        f'<script type="application/json" id="{name}">{demo_panel_json(panel)}</script>'
    )


def _section(title: str, content: str) -> str:
    return f"<section>\n<h2>{escape(title)}</h2>\n{content}</section>"


def _list(sentences: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(one)}</li>' for one in sentences)}</ul>"
