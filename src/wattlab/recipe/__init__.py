"""How a network is trained: the recipe and its parts, in Python and in TOML."""

from wattlab.recipe.recipe import Recipe

__all__ = ["Recipe"]
