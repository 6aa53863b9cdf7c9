"""``wattlab data``: list the data sets, or show one."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(data)


def data(
    name: Annotated[
        str | None, typer.Argument(help="Load this data set, file or folder of pictures and describe it.")
    ] = None,
    label: Annotated[str | None, typer.Option(help="Column or array that holds the labels.")] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="What the data set takes, such as size=128.")
    ] = None,
) -> None:
    """List the data sets with their options, or load one and describe it."""
    from wattlab.data import load
    from wattlab.data.catalog import described
    from wattlab.recipe.override import parse_assignment
    from wattlab.recipe.recipe import Data
    from wattlab.views.text import print_table

    if name is None:
        print_table(("data set", "description"), described())
    else:
        given = dict(parse_assignment(text) for text in changes or ())
        typer.echo(load(Data(dataset=name, label=label), **given).summary())
