"""``wattlab report``: one HTML file about runs and studies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wattlab.cli.shared import RunsFolder, StudiesFolder
from wattlab.errors import RunError, StorageError, UserError

if TYPE_CHECKING:
    from wattlab.cli.study_kinds import Kind
    from wattlab.records.store import RunStore

__all__ = ["add_to"]

_ABSENT = "there is no "
"""How the error begins that says that nothing is called so."""


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(report)


def report(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN|STUDY...",
            help='Runs and studies to show together: name, its beginning, folder, or "last" for the newest of all; '
            "where a name could mean either, it is a run's. A study that is no comparison is shown alone.",
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
    from wattlab.cli.study_kinds import all_kinds
    from wattlab.records.store import RunStore
    from wattlab.studies.study import Study
    from wattlab.views.answers import write

    kinds = all_kinds(studies)
    found = [_find(name, RunStore(runs), kinds, studies) for name in names]
    first, is_page = found[0], output.suffix.lower() in {".html", ".htm"}
    own = [(kind, one) for kind in kinds for one in found if kind.has_page and isinstance(one, kind.answer)]
    if own:
        _write_alone(*own[0], len(found), output, figures=figures and is_page)
    elif is_page:
        _write_page(found, output, figures=figures)
    elif len(found) == 1 and isinstance(first, Study):
        write(first, output)
        typer.echo(str(output))
    else:
        msg = f"{str(output)!r} is no name of a page; a report is HTML: let it end in .html"
        raise StorageError(msg)


def _write_page(found: list[Any], output: Path, *, figures: bool) -> None:
    """Write runs and comparisons as one page."""
    from wattlab.records.run import Run
    from wattlab.studies.study import Study
    from wattlab.views.report import figures_folder, write_report

    write_report(
        [one for one in found if isinstance(one, Run)],
        output,
        studies=[one for one in found if isinstance(one, Study)],
        figures=figures,
    )
    typer.echo(str(output))
    if figures:
        typer.echo(f"{figures_folder(output)}/")


def _write_alone(kind: Kind, answer: Any, count: int, output: Path, *, figures: bool) -> None:
    """Write a study that has a page of its own as what the file's name says; refuse others beside it."""
    from wattlab.views.answers import write
    from wattlab.views.report import figures_folder

    if count > 1:
        msg = f"{answer.id!r} is {kind.noun}, which has a page of its own; name it alone, and the others without it"
        raise UserError(msg)
    write(answer, output)
    typer.echo(str(output))
    if figures:
        write(answer, figures_folder(output) / f"{kind.figure}.png")
        typer.echo(f"{figures_folder(output)}/")


def _find(name: str, runs: RunStore, kinds: list[Kind], studies: Path) -> Any:
    """Return the run of that name, or the study where no run is meant; "last" is the newest of all."""
    if name == "last":
        return _newest(runs, kinds, studies)
    try:
        return runs.find(name)
    except RunError as no_run:
        folder, kind = _find_study(name, kinds, str(no_run), runs, studies)
        if folder.name != Path(name).name and _begins_a_run(name, runs):
            # Several runs begin so, or one that cannot be shown: which is meant must be said.
            raise
    return kind.load(folder)


def _nothing_of(name: str, kinds: list[Kind], runs: RunStore, studies: Path) -> str:
    """Return that nothing is called so, and what is called nearly so."""
    from wattlab.recipe.problems import nearest

    known = [one.id for one in runs.list()[0]]
    known += sorted({one.parent.name for kind in kinds for one in studies.glob(f"*/{kind.plan}")})
    hint = nearest(name, known) or "; see `wattlab runs`, or name the folder of a study"
    return f"there is no run {name!r} in {str(runs.folder)!r}, and no study of that name in {str(studies)!r}{hint}"


def _find_study(
    name: str, kinds: list[Kind], no_run: str, runs: RunStore, studies: Path
) -> tuple[Path, Kind]:
    """Return the one study that is meant."""
    found, problems = [], [no_run]
    for kind in kinds:
        try:
            found.append((kind.find(name), kind))
        except RunError as error:
            problems.append(str(error))
    if not found:
        said = [one for one in problems if not one.startswith(_ABSENT)]
        raise RunError("; and ".join(said) or _nothing_of(name, kinds, runs, studies)) from None
    exact = [one for one in found if one[0].name == Path(name).name] or found
    if len(exact) > 1:
        several = ", ".join(folder.name for folder, _ in exact)
        msg = f"study {name!r} could be any of {several}; give more of its name"
        raise RunError(msg) from None
    return exact[0]


def _newest(runs: RunStore, kinds: list[Kind], studies: Path) -> Any:
    """Return what was finished or written last."""
    found: list[tuple[float, Any]] = []
    problems = []
    try:
        run = runs.find("last")
        found.append(((run.path / "record.json").stat().st_mtime, run))
    except RunError as error:
        problems.append(str(error))
    for kind in kinds:
        try:
            folder = kind.find("last")
            found.append(((folder / kind.plan).stat().st_mtime, kind.load(folder)))
        except RunError as error:
            problems.append(str(error))
    if not found:
        said = [one for one in problems if not one.startswith(_ABSENT)]
        raise RunError("; and ".join(said) or _nothing_of("last", kinds, runs, studies))
    return max(found, key=lambda one: one[0])[1]


def _begins_a_run(name: str, runs: RunStore) -> bool:
    finished, unfinished, damaged = runs.list()
    ids = [
        *(one.id for one in finished),
        *(one.id for one in unfinished),
        *(one.path.name for one in damaged),
    ]
    return any(found.startswith(name) for found in ids)
