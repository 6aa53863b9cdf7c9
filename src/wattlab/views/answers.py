"""Whatever wattlab found as a figure or a file: one table of which view draws and which writes what."""

from __future__ import annotations

from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from wattlab.errors import UserError
from wattlab.views.drawing import png

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

    from wattlab.demonstrations.outcome import Outcome
    from wattlab.records.run import Run
    from wattlab.studies.row import Answer

    Drawable: TypeAlias = Answer | Outcome | Run | Sequence[Run]

__all__ = ["draw", "write"]


class _View(NamedTuple):
    """Who draws and who writes the answers of one type: module of ``wattlab.views`` and function."""

    drawer: str
    writer: str


_RUNS: Final = _View("history.draw_runs", "history.write_runs")
_VIEWS: Final = {
    "wattlab.demonstrations.outcome.Outcome": _View(
        "demo_figures.draw_demonstration", "demo_file.write_demonstration"
    ),
    "wattlab.records.listing.RunList": _RUNS,
    "wattlab.records.run.Run": _RUNS,
    "builtins.list": _RUNS,
    "builtins.tuple": _RUNS,
    "wattlab.studies.batch_size.answer.BatchSizes": _View(
        "batch_size_figures.draw_batch_sizes", "batch_size_page.write_batch_sizes"
    ),
    "wattlab.studies.clusters.answer.Clusters": _View(
        "clusters_figures.draw_clusters", "clusters_page.write_clusters"
    ),
    "wattlab.studies.explain.answer.Explanation": _View(
        "explain_figures.draw_roofline", "explain_page.write_explanation"
    ),
    "wattlab.studies.loading.answer.Loading": _View(
        "loading_figures.draw_loading", "loading_figures.write_loading"
    ),
    "wattlab.studies.lr_range.answer.LrRange": _View(
        "lr_range_figures.draw_lr_range", "lr_range_page.write_lr_range"
    ),
    "wattlab.studies.study.Study": _View("study_figures.draw_study", "study_report.write_study"),
    "wattlab.studies.superconvergence.answer.Superconvergence": _View(
        "superconvergence_figures.draw_superconvergence", "superconvergence_page.write_superconvergence"
    ),
    "wattlab.studies.sweep.answer.Sweep": _View("sweep_figures.draw_sweep", "sweep_page.write_sweep"),
    "wattlab.studies.target.answer.Target": _View("target_figures.draw_target", "target_page.write_target"),
    "wattlab.studies.threads.answer.Threads": _View(
        "threads_figures.draw_threads", "threads_page.write_threads"
    ),
    "wattlab.studies.tune.answer.Tune": _View("tune_figures.draw_tune", "tune_page.write_tune"),
    "wattlab.studies.warm_start.answer.WarmStarts": _View(
        "warm_start_figures.draw_warm_starts", "warm_start_page.write_warm_starts"
    ),
}
"""By the name of the type, so that only what is drawn is loaded; types are final, so a name is enough."""


def draw(answer: Drawable) -> Figure:
    """Draw the answer of a study, a demonstration, or the history of one or several runs.

    Parameters
    ----------
    answer : answer of a study, Outcome, Run, or sequence of Run
        Such as what `wattlab.compare`, `wattlab.sweep`, `wattlab.demonstrate` or `wattlab.train` return; of runs
        scores and training cost are drawn against the epoch.

    Returns
    -------
    matplotlib.figure.Figure
        Yours to change. It shows itself in a notebook.

    Raises
    ------
    wattlab.errors.UserError
        If it is nothing of these.

    Examples
    --------
    >>> import wattlab
    >>> run = wattlab.train("moons", runs=getfixture("tmp_path"))
    >>> [axes.get_title(loc="left") for axes in wattlab.draw(run).axes]
    ['Accuracy', 'Training cost']
    """
    figure: Figure = _function(_view(answer).drawer)(answer)
    # A figure that was made without pyplot shows itself in no notebook; this is what a notebook asks for.
    figure._repr_png_ = partial(png, figure)  # type: ignore[attr-defined]
    return figure


def write(answer: Drawable, path: Path | str) -> Path:
    """Write the answer of a study, a demonstration, or runs as a file.

    Parameters
    ----------
    answer : answer of a study, Outcome, Run, or sequence of Run
        Of runs the page is a report.
    path : path
        ``.html`` a page that needs no network, ``.png`` the figure, ``.json`` all numbers; of a demonstration also
        ``.svg`` and ``.pdf``. The folder is made if it does not exist; an older file is replaced.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    wattlab.errors.UserError
        If it is nothing of these.
    wattlab.errors.StorageError
        If the suffix is another, or the file cannot be written.

    Examples
    --------
    >>> import wattlab
    >>> folder = getfixture("tmp_path")
    >>> wattlab.write(wattlab.train("moons", runs=folder), folder / "moons.html").name
    'moons.html'
    """
    path = Path(path)
    _function(_view(answer).writer)(answer, path)
    return path


def _view(answer: object) -> _View:
    kind = type(answer)
    found = _VIEWS.get(f"{kind.__module__}.{kind.__qualname__}")
    if found is None:
        msg = (
            f"a value of type {kind.__name__} can neither be drawn nor written; expected the answer of a study, what "
            "wattlab.demonstrate returns, a run, or several runs. Plots of wattlab.plot_... are written by "
            "their own .save(path)"
        )
        raise UserError(msg)
    return found


def _function(name: str) -> Any:
    module, _, function = name.partition(".")
    return getattr(import_module(f"wattlab.views.{module}"), function)
