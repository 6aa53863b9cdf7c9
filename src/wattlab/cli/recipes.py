"""``wattlab recipes``: list the recipes that ship, or print one to start from."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(recipes)


def recipes(
    name: Annotated[
        str | None, typer.Argument(help="Print this recipe as TOML; a path prints the file's.")
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Print every field with its meaning, defaults included.")
    ] = False,
) -> None:
    """List the recipes that ship, or print one as TOML to start from."""
    from wattlab.recipe import Recipe
    from wattlab.recipe.library import find_text, recipe_names

    if name is None:
        from wattlab.views.text import print_recipes

        print_recipes({one: Recipe.named(one).description for one in recipe_names()})
    else:
        recipe = Recipe.named(name)
        typer.echo(recipe.to_toml() if full else find_text(name), nl=False)
