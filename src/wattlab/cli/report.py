"""``wattlab report``: one HTML file about one or several runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wattlab.cli.shared import RunsFolder

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(report)


def report(
    names: Annotated[list[str], typer.Argument(metavar="RUN...", help="Runs to show together.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="HTML file to write.")] = Path("report.html"),
    figures: Annotated[
        bool, typer.Option("--figures/--no-figures", help="Write the figures as PNG files beside it, too.")
    ] = True,
    runs: RunsFolder = Path("wattlab-runs"),
) -> None:
    """Write one self-contained HTML file, which needs no network, and the figures as PNG files."""
    from wattlab.records.store import RunStore
    from wattlab.views.report import figures_folder, write_report

    store = RunStore(runs)
    write_report([store.find(name) for name in names], output, figures=figures)
    typer.echo(str(output))
    if figures:
        typer.echo(f"{figures_folder(output)}/")
