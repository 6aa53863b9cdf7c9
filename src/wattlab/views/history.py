"""Runs as a figure of their history, and as a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from wattlab.errors import UserError
from wattlab.records.run import Run
from wattlab.views.figures import draw_chart
from wattlab.views.report import write_report
from wattlab.views.study_file import write_study_file
from wattlab.views.tables import run_labels, score_and_cost

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.figure import Figure

__all__ = ["draw_runs", "write_runs"]


def draw_runs(runs: Run | Sequence[Run]) -> Figure:
    """Draw scores and training cost against the epoch.

    Parameters
    ----------
    runs : Run or sequence of Run
        Several share the axes.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    wattlab.errors.RunError
        If there is no run, or classification and regression would share an axis.
    """
    items = _runs(runs)
    return draw_chart(score_and_cost(items), run_labels(items))


def write_runs(runs: Run | Sequence[Run], path: Path) -> None:
    """Write a report, the figure of the history, or all records; an older file is replaced once the new one is whole.

    Parameters
    ----------
    runs : Run or sequence of Run
        Several are compared.
    path : Path
        ``.html`` a report that needs no network, ``.png`` the figure, ``.json`` the record, of several a list. The
        folder is made if it does not exist.

    Raises
    ------
    wattlab.errors.RunError
        If there is no run, or classification and regression are mixed.
    wattlab.errors.StorageError
        If the suffix is another, or the file cannot be written.
    """
    items = _runs(runs)
    records = [json.loads(run.record.to_json()) for run in items]
    told = records[0] if isinstance(runs, Run) else records
    write_study_file(
        path,
        page=lambda page: write_report(items, page),
        figure=lambda: draw_runs(items),
        numbers=lambda: json.dumps(told, indent=1, ensure_ascii=False),
        what="a run",
    )


def _runs(runs: Run | Sequence[object]) -> list[Run]:
    """Return the runs as a list; what is no run among them is refused."""
    items = [runs] if isinstance(runs, Run) else list(runs)
    found = [one for one in items if isinstance(one, Run)]
    if len(found) < len(items):
        strangers = sorted({type(one).__name__ for one in items if not isinstance(one, Run)})
        msg = f"there is a {', a '.join(strangers)} among the runs; answers are drawn and written one by one"
        raise UserError(msg)
    return found
