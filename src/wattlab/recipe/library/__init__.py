"""The recipes that ship with wattlab, and how any recipe is found by its name."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from wattlab.errors import RecipeError
from wattlab.recipe.problems import nearest
from wattlab.recipe.text import read_text

__all__ = ["find_text", "recipe_names", "recipe_text"]


def recipe_names() -> list[str]:
    """Return the names of the recipes that ship, in alphabetical order."""
    return sorted(
        Path(entry.name).stem for entry in files(__package__).iterdir() if entry.name.endswith(".toml")
    )


@cache
def recipe_text(name: str) -> str:
    """Return the TOML text of a recipe that ships, comments included.

    Raises
    ------
    wattlab.errors.RecipeError
        If there is none of that name; the nearest names are offered.
    """
    if name not in recipe_names():
        msg = f"there is no recipe {name!r}{nearest(name, recipe_names()) or '.'}"
        msg += f" Recipes that ship: {', '.join(recipe_names())}; or give the path of a .toml file."
        raise RecipeError(msg)
    return (files(__package__) / f"{name}.toml").read_text(encoding="utf-8")


def find_text(name: str) -> str:
    """Return the TOML text of a recipe by the path of its file or by the name of one that ships."""
    if name.endswith(".toml") or "/" in name:
        return read_text(Path(name))
    return recipe_text(name)
