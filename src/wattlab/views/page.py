"""One self-contained HTML file: the frame around the sections of a report."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from wattlab import __version__
from wattlab.records.files import write_with_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["write_page"]

# Even a page that was tampered with by a run's name could load nothing.
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"


def write_page(path: Path, title: str, subtitle: str, sections: Sequence[str]) -> None:
    """Write a page that opens from the disk without any network; an older file is replaced once it is whole.

    Parameters
    ----------
    path : Path
        The HTML file; its folder is made if it does not exist.
    title, subtitle : str
        Plain text.
    sections : sequence of str
        HTML; those without text are left out.

    Raises
    ------
    wattlab.errors.StorageError
        If the file cannot be written.
    """
    content = _page(title, subtitle, [section for section in sections if section]).encode()
    write_with_folder(path, content)


def _page(title: str, subtitle: str, sections: Sequence[str]) -> str:
    from plotly.offline import get_plotlyjs

    return "\n".join(
        [
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta name="generator" content="wattlab {__version__}">',
            f"<title>{escape(title)} · wattlab</title>",
            f"<style>\n{_asset('report.css')}{_asset('study.css')}</style>",
            f'</head>\n<body>\n<header>\n<h1>{escape(title)}</h1>\n<p class="soft">{escape(subtitle)}</p>\n</header>',
            "<main>",
            *sections,
            f"</main>\n<footer>Made by wattlab {__version__} on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC.</footer>",
            f"<script>{get_plotlyjs()}</script>",
            f"<script>\n{_asset('report.js')}</script>\n</body>\n</html>\n",
        ]
    )


def _asset(name: str) -> str:
    return (files(__package__) / "assets" / name).read_text(encoding="utf-8")
