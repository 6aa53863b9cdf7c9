"""``wattlab summary``: the layers of a recipe's network, before anything is trained."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from wattlab.cli.shared import JsonFlag

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(summary)


def summary(
    recipe: Annotated[
        str, typer.Argument(help="Name of a recipe (see: wattlab recipes) or path of a TOML file.")
    ],
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="FIELD=VALUE", help="Change a field, as in wattlab train."),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Every layer of residual blocks, instead of one row a block.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Show a recipe's network layer by layer: shapes, parameters, operations; nothing is trained."""
    from wattlab.recipe import Recipe
    from wattlab.recipe.override import parse_assignment
    from wattlab.training.preview import preview

    fields: dict[str, Any] = dict(parse_assignment(text) for text in changes or [])
    chosen = Recipe.named(recipe)
    found = preview(chosen.with_changes(fields) if fields else chosen)
    if as_json:
        from wattlab.records.summary import to_json

        typer.echo(to_json(found.step, found.source))
        return
    from wattlab.views.summary_text import print_summary

    print_summary(found, every=every)
