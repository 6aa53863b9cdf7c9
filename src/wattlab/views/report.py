"""One self-contained HTML file about runs and studies; it opens from the disk, without any network."""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import TYPE_CHECKING

from wattlab.errors import RunError
from wattlab.insight.mistakes.confusion import recorded_confusions
from wattlab.recipe.text import read_text
from wattlab.views import sections, study_notes
from wattlab.views.comparison import machines, warnings
from wattlab.views.figures import save_figures
from wattlab.views.page import write_page
from wattlab.views.step_section import step_phases
from wattlab.views.study_figures import save_study_figure
from wattlab.views.study_sections import study_sections
from wattlab.views.tables import all_charts, run_labels

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wattlab.records.record import RunRecord
    from wattlab.records.run import Run
    from wattlab.studies.study import Study

__all__ = ["figures_folder", "write_report"]


def write_report(
    runs: Sequence[Run], path: Path, *, studies: Sequence[Study] = (), figures: bool = False
) -> None:
    """Write a report; an older file of that name is replaced once the new one is whole.

    Parameters
    ----------
    runs : sequence of Run
        Several are overlaid and compared. Runs and studies of different machines are shown under a warning,
        since their times and energies do not compare.
    path : Path
        The HTML file; its folder is made if it does not exist.
    studies : sequence of Study, optional
        They follow the runs, one after the other; either may be empty, but not both.
    figures : bool, optional
        Also write every figure as PNG, into `figures_folder(path)`.

    Raises
    ------
    wattlab.errors.RunError
        If there is neither run nor study, a run is damaged, runs of classification and regression are mixed, or
        a study is given twice.
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
    _check(runs, studies)
    parts = [_trouble(runs, studies), *(_runs(runs) if runs else [])]
    for study in studies:
        # The only thing on a page has its title above all.
        parts += [_heading(study)] * (len(runs) + len(studies) > 1) + list(study_sections(study))
    write_page(path, _title(runs, studies), _subtitle(runs, studies), parts)
    if figures:
        _save_figures(runs, studies, figures_folder(path))


def figures_folder(path: Path) -> Path:
    """Return where the PNG files of a report go.

    Examples
    --------
    >>> from pathlib import Path
    >>> figures_folder(Path("out/report.html")).name
    'report-figures'
    """
    return path.with_name(f"{path.stem}-figures")


def _check(runs: Sequence[Run], studies: Sequence[Study]) -> None:
    if not runs and not studies:
        msg = "a report needs at least one run or study; see `wattlab runs`"
        raise RunError(msg)
    for study, times in Counter(study.id for study in studies).items():
        if times > 1:
            msg = f"study {study!r} is given {times} times; name it once"
            raise RunError(msg)


def _trouble(runs: Sequence[Run], studies: Sequence[Study]) -> str:
    records = [run.record for run in runs]
    return sections.warning([*_other_machines(records, studies), *(warnings(records) if runs else [])])


def _other_machines(records: Sequence[RunRecord], studies: Sequence[Study]) -> list[str]:
    """Return a note if a study comes from another machine than a run or another study."""
    of_runs = machines(records)
    lines = of_runs | {str(study.machine.get("id")): study_notes.machine(study) for study in studies}
    # Where the runs alone differ, they have a note of their own.
    if len(lines) <= max(1, len(of_runs)):
        return []
    what = "These studies" if not records else "These runs and studies"
    return [
        f"{what} come from different machines, so times and energies do not compare: {'; '.join(lines.values())}."
    ]


def _runs(runs: Sequence[Run]) -> list[str]:
    records, labels = [run.record for run in runs], run_labels(runs)
    cards = [sections.card(record, run, len(runs)) for run, record in enumerate(records)]
    # Of several runs, what they share a table for comes before what each of them is.
    parts = [*cards] if len(runs) == 1 else [sections.comparison(records, labels)]
    parts += [sections.chart(one, labels) for one in all_charts(runs)]
    parts.append(sections.confusions(recorded_confusions(runs), labels))
    parts += cards if len(runs) > 1 else []
    parts.append(step_phases(records, labels))
    parts.append(sections.energy(records, labels))
    parts.append(sections.machines(records))
    recipes = [read_text(run.path / "recipe.toml") for run in runs]
    parts.append(sections.recipes(recipes, labels))
    return parts


def _heading(study: Study) -> str:
    return (
        f"<section>\n<h2>{escape(study.title)}</h2>\n"
        f'<p class="soft">{escape(study_notes.circumstances(study))}</p></section>'
    )


def _title(runs: Sequence[Run], studies: Sequence[Study]) -> str:
    if not studies:
        return runs[0].id if len(runs) == 1 else f"{len(runs)} runs compared"
    if not runs and len(studies) == 1:
        return studies[0].title
    many_runs = [f"{len(runs)} run{'' if len(runs) == 1 else 's'}"] if runs else []
    return " and ".join([*many_runs, f"{len(studies)} stud{'y' if len(studies) == 1 else 'ies'}"])


def _subtitle(runs: Sequence[Run], studies: Sequence[Study]) -> str:
    if not runs and len(studies) == 1:
        return study_notes.circumstances(studies[0])
    days = sorted(
        {run.record.created_utc[:10] for run in runs} | {study.created_utc[:10] for study in studies}
    )
    when = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
    of_studies = [str(row.recipe["data"]["dataset"]) for study in studies for row in study.rows]
    data = ", ".join(dict.fromkeys([*(run.record.dataset.name for run in runs), *of_studies]))
    return f"What training cost: {data}, {when}"


def _save_figures(runs: Sequence[Run], studies: Sequence[Study], folder: Path) -> None:
    if runs:
        save_figures(runs, folder)
    for number, study in enumerate(studies, start=1):
        save_study_figure(study, folder / ("study.png" if len(studies) == 1 else f"study-{number}.png"))
