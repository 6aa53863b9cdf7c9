"""``wattlab report``: one HTML file about runs and studies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wattlab.cli.shared import RunsFolder, StudiesFolder
from wattlab.errors import RunError, StorageError

if TYPE_CHECKING:
    from wattlab.records.run import Run
    from wattlab.records.store import RunStore
    from wattlab.studies.store import StudyStore
    from wattlab.studies.study import Study

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(report)


def report(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN|STUDY...",
            help='Runs and studies to show together: name, its beginning, folder, or "last" for the newest of both; '
            "where a name could mean either, it is a run's.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="HTML file to write; of a single study also its .png figure or .json."
        ),
    ] = Path("report.html"),
    figures: Annotated[
        bool, typer.Option("--figures/--no-figures", help="Write the figures as PNG files beside it, too.")
    ] = True,
    runs: RunsFolder = Path("wattlab-runs"),
    studies: StudiesFolder = Path("wattlab-studies"),
) -> None:
    """Write one self-contained HTML file, which needs no network, and the figures as PNG files."""
    from wattlab.records.store import RunStore
    from wattlab.studies.store import StudyStore
    from wattlab.studies.study import Study
    from wattlab.views.report import figures_folder, write_report
    from wattlab.views.study_report import write_study

    found = [_find(name, RunStore(runs), StudyStore(studies)) for name in names]
    if output.suffix.lower() not in {".html", ".htm"}:
        if len(found) > 1 or not isinstance(found[0], Study):
            msg = f"{str(output)!r} is no name of a page; a report is HTML: let it end in .html"
            raise StorageError(msg)
        write_study(found[0], output)
        typer.echo(str(output))
        return
    write_report(
        [one for one in found if not isinstance(one, Study)],
        output,
        studies=[one for one in found if isinstance(one, Study)],
        figures=figures,
    )
    typer.echo(str(output))
    if figures:
        typer.echo(f"{figures_folder(output)}/")


def _find(name: str, runs: RunStore, studies: StudyStore) -> Run | Study:
    """Return the run of that name, or the study where no run is meant; "last" is the newest of both."""
    if name == "last":
        return _newest(runs, studies)
    try:
        return runs.find(name)
    except RunError as no_run:
        try:
            folder = studies.find(name)
        except RunError as no_study:
            msg = f"{no_run}; and {no_study}"
            raise RunError(msg) from None
        if folder.name != Path(name).name and _begins_a_run(name, runs):
            # Several runs begin so, or one that cannot be shown: which is meant must be said.
            raise
    return studies.load(str(folder))


def _newest(runs: RunStore, studies: StudyStore) -> Run | Study:
    """Return what was finished or written last."""
    found: list[tuple[float, Run | Study]] = []
    problems = []
    try:
        run = runs.find("last")
        found.append(((run.path / "record.json").stat().st_mtime, run))
    except RunError as error:
        problems.append(str(error))
    try:
        folder = studies.find("last")
        found.append(((folder / "plan.json").stat().st_mtime, studies.load(str(folder))))
    except RunError as error:
        problems.append(str(error))
    if not found:
        raise RunError("; and ".join(problems))
    return max(found, key=lambda one: one[0])[1]


def _begins_a_run(name: str, runs: RunStore) -> bool:
    finished, unfinished, damaged = runs.list()
    ids = [
        *(one.id for one in finished),
        *(one.id for one in unfinished),
        *(one.path.name for one in damaged),
    ]
    return any(found.startswith(name) for found in ids)
