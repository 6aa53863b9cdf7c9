"""``wattlab show``: the cost card of a past run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wattlab.cli.shared import JsonFlag, RunName, RunsFolder

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(show)


def show(
    run: RunName,
    runs: RunsFolder = Path("wattlab-runs"),
    as_json: JsonFlag = False,
    recipe: Annotated[bool, typer.Option("--recipe", help="Print its recipe as TOML instead.")] = False,
) -> None:
    """Print the cost card of a past run."""
    from wattlab.records.store import RunStore
    from wattlab.views.text import print_card

    found = RunStore(runs).find(run)
    if as_json:
        print(found.record.to_json())
    elif recipe:
        print(found.recipe.to_toml(), end="")
    else:
        print_card(found.record)
