"""A study as a file: a self-contained HTML page, a figure, or its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.errors import StorageError
from wattlab.records.files import storage_errors, write_atomically
from wattlab.views.report import write_report
from wattlab.views.study_figures import save_study_figure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wattlab.studies.study import Study

__all__ = ["check_study_path", "write_study"]


def write_study(study: Study, path: Path) -> None:
    """Write a study; an older file of that name is replaced once the new one is whole.

    Parameters
    ----------
    study : Study
        Any, also one that was interrupted.
    path : Path
        What is written follows from the suffix: ``.html`` a page that needs no network, ``.png`` the figure,
        ``.json`` all numbers. The folder is made if it does not exist.

    Raises
    ------
    wattlab.errors.StorageError
        If the suffix is another, or the file cannot be written.
    """
    check_study_path(path)
    _WRITERS[path.suffix.lower()](study, path)


def check_study_path(path: Path) -> None:
    """Refuse a file that `write_study` could not write, before hours of measuring are spent on it.

    Raises
    ------
    wattlab.errors.StorageError
        If the suffix is none of the three.

    Examples
    --------
    >>> from pathlib import Path
    >>> check_study_path(Path("study.pdf"))
    Traceback (most recent call last):
        ...
    wattlab.errors.StorageError: 'study.pdf' has the suffix '.pdf'; a study is written as .html (a page that ...
    """
    if path.suffix.lower() not in _WRITERS:
        found = f"has the suffix {path.suffix!r}" if path.suffix else "has no suffix"
        msg = (
            f"{str(path)!r} {found}; a study is written as .html (a page that needs no network), "
            ".png (the figure) or .json (all numbers): choose one of these"
        )
        raise StorageError(msg)


def _write_html(study: Study, path: Path) -> None:
    write_report([], path, studies=[study])


def _write_json(study: Study, path: Path) -> None:
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, f"{study.to_json()}\n".encode())


_WRITERS: dict[str, Callable[[Study, Path], None]] = {
    ".html": _write_html,
    ".png": save_study_figure,
    ".json": _write_json,
}
