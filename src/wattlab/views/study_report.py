"""A comparison as a file: a self-contained HTML page, a figure, or its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.views.report import write_report
from wattlab.views.study_figures import draw_study
from wattlab.views.study_file import write_study_file

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.studies.study import Study

__all__ = ["write_study"]


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
    write_study_file(
        path,
        page=lambda page: write_report([], page, studies=[study]),
        figure=lambda: draw_study(study),
        numbers=study.to_json,
    )
