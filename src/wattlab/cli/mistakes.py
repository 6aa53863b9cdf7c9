"""``wattlab mistakes``: the samples that a run misreads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wattlab.cli.shared import JsonFlag, PartName, PlotOutput, RunName, RunsFolder, ThemeOption, check_least

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(mistakes)


def mistakes(
    run: RunName,
    true: Annotated[
        str | None, typer.Option("--class", metavar="NAME", help="Only samples of this true class.")
    ] = None,
    predicted: Annotated[
        str | None, typer.Option("--predicted", metavar="NAME", help="Only what was taken for this class.")
    ] = None,
    count: Annotated[int, typer.Option("--count", metavar="N", help="At most so many.")] = 24,
    confident: Annotated[
        bool,
        typer.Option(
            "--confident/--in-order", help="The most confident mistakes first, or in the order of the data."
        ),
    ] = True,
    part: PartName = "test",
    output: PlotOutput = None,
    theme: ThemeOption = "light",
    as_json: JsonFlag = False,
    runs: RunsFolder = Path("wattlab-runs"),
) -> None:
    """Show which samples a run takes for another class, and how sure it is of it.

    Where there are no mistakes, that is said, and -o writes no figure (a .json file is written in any case).
    """
    from wattlab.insight.mistakes.misread import find_misread
    from wattlab.records.store import RunStore
    from wattlab.views.mistakes_text import print_mistakes
    from wattlab.views.plots.file import check_plot_path
    from wattlab.views.plots.mistakes import write_mistakes
    from wattlab.views.plots.numbers import to_json
    from wattlab.views.plots.themes import get_theme

    look = get_theme(theme).name
    check_least(count, "--count")
    if output is not None:
        check_plot_path(output)
    subject = RunStore(runs).find(run)
    found = find_misread(subject, part, true=true, predicted=predicted, count=count, confident=confident)
    path = None if output is None else write_mistakes(found, output, theme=look)
    if as_json:
        print(to_json(found))
    elif path is not None:
        print(path)
    else:
        print_mistakes(found)
        if output is not None:
            print(f"{output} is not written: there is nothing to draw")
