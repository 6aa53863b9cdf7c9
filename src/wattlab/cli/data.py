"""``wattlab data``: list the data sets, or show one."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(data)


def data(
    name: Annotated[str | None, typer.Argument(help="Load this data set or file and describe it.")] = None,
    label: Annotated[str | None, typer.Option(help="Column or array that holds the labels.")] = None,
) -> None:
    """List the data sets, or load one and describe it."""
    from wattlab.data import dataset_names, load
    from wattlab.recipe.recipe import Data
    from wattlab.views.text import print_table

    if name is None:
        print_table(("data set", "description"), list(dataset_names().items()))
    else:
        typer.echo(load(Data(dataset=name, label=label)).summary())
