"""``wattlab schema``: the recipe's fields as JSON schema."""

from __future__ import annotations

import json

import typer

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(schema)


def schema() -> None:
    """Print the JSON schema of a recipe, for editors and checkers."""
    from wattlab.recipe import Recipe

    typer.echo(json.dumps(Recipe.model_json_schema(), indent=1, ensure_ascii=False))
