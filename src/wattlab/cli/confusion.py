"""``wattlab confusion``: which classes a run takes for which."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from wattlab.cli.shared import JsonFlag, PartName, PlotOutput, RunName, RunsFolder, ThemeOption, read_word

if TYPE_CHECKING:
    from wattlab.insight.mistakes.confusion import Normalisation

__all__ = ["add_to"]

_NORMALISATIONS: Final[tuple[Normalisation, ...]] = ("true", "predicted", "all", "none")


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(confusion)


def confusion(
    run: RunName,
    part: PartName = "test",
    normalise: Annotated[
        str,
        typer.Option(
            "--normalise",
            metavar="|".join(_NORMALISATIONS),
            help="Shares of each true class, each predicted class, or all; none: counts.",
        ),
    ] = "none",
    output: PlotOutput = None,
    theme: ThemeOption = "light",
    as_json: JsonFlag = False,
    runs: RunsFolder = Path("wattlab-runs"),
) -> None:
    """Show which classes a run takes for which: the confusion matrix, with precision, recall and F1 of each class.

    The matrix of the test part is in the run; other parts are predicted now, from the same data.
    """
    from wattlab.insight.mistakes.predicted import find_confusion
    from wattlab.records.store import RunStore
    from wattlab.views.mistakes_text import print_confusion
    from wattlab.views.plots.confusion import plot_confusion
    from wattlab.views.plots.file import check_plot_path, write_plot
    from wattlab.views.plots.numbers import to_json
    from wattlab.views.plots.themes import get_theme

    look, by = get_theme(theme).name, read_word(normalise, "--normalise", _NORMALISATIONS)
    if output is not None:
        check_plot_path(output)
    subject = RunStore(runs).find(run)
    found = find_confusion(subject, part)
    path = None
    if output is not None:
        path = write_plot(plot_confusion(found, normalise=by, theme=look), output)
    if as_json:
        print(to_json(found))
    elif path is not None:
        print(path)
    else:
        print_confusion(found, subject.id, by)
