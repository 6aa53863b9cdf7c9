"""One self-contained HTML file about one or several runs; it opens from the disk, without any network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.errors import RunError
from wattlab.recipe.text import read_text
from wattlab.views import sections
from wattlab.views.comparison import warnings
from wattlab.views.confusion import confusion
from wattlab.views.figures import save_figures
from wattlab.views.page import write_page
from wattlab.views.tables import all_charts, run_labels

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wattlab.records.run import Run

__all__ = ["figures_folder", "write_report"]


def write_report(runs: Sequence[Run], path: Path, *, figures: bool = False) -> None:
    """Write a report; an older file of that name is replaced once the new one is whole.

    Parameters
    ----------
    runs : sequence of Run
        Several are overlaid and compared. Runs of different machines are shown under a warning, since their
        times and energies do not compare.
    path : Path
        The HTML file; its folder is made if it does not exist.
    figures : bool, optional
        Also write every figure as PNG, into `figures_folder(path)`.

    Raises
    ------
    wattlab.errors.RunError
        If there is no run, one is damaged, or classification and regression are mixed.
    wattlab.errors.StorageError
        If the file cannot be written.

    Examples
    --------
    >>> import wattlab
    >>> folder = getfixture("tmp_path")
    >>> run = wattlab.train("moons", runs=folder)
    >>> write_report([run], folder / "report.html")
    >>> "accuracy" in (folder / "report.html").read_text(encoding="utf-8")
    True
    """
    if not runs:
        msg = "a report needs at least one run; see `wattlab runs`"
        raise RunError(msg)
    title = runs[0].id if len(runs) == 1 else f"{len(runs)} runs compared"
    write_page(path, title, _subtitle(runs), _body(runs))
    if figures:
        save_figures(runs, figures_folder(path))


def figures_folder(path: Path) -> Path:
    """Return where the PNG files of a report go.

    Examples
    --------
    >>> from pathlib import Path
    >>> figures_folder(Path("out/report.html")).name
    'report-figures'
    """
    return path.with_name(f"{path.stem}-figures")


def _body(runs: Sequence[Run]) -> list[str]:
    records, labels = [run.record for run in runs], run_labels(runs)
    cards = [sections.card(record, run, len(runs)) for run, record in enumerate(records)]
    parts = [sections.warning(warnings(records))]
    # Of several runs, what they share a table for comes before what each of them is.
    parts += cards if len(runs) == 1 else [sections.comparison(records, labels)]
    parts += [sections.chart(one, labels) for one in all_charts(runs)]
    parts.append(sections.confusions(confusion(runs), labels))
    parts += cards if len(runs) > 1 else []
    parts.append(sections.energy(records, labels))
    parts.append(sections.machines(records))
    recipes = [read_text(run.path / "recipe.toml") for run in runs]
    parts.append(sections.recipes(recipes, labels))
    return parts


def _subtitle(runs: Sequence[Run]) -> str:
    days = sorted({run.record.created_utc[:10] for run in runs})
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    data = ", ".join(dict.fromkeys(run.record.dataset.name for run in runs))
    return f"What training cost: {data}, {when}"
