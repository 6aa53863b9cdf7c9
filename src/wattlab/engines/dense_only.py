"""What engines that know dense layers alone leave to others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.errors import UnsupportedError

if TYPE_CHECKING:
    from wattlab.recipe.network import Dense
    from wattlab.recipe.recipe import Recipe

__all__ = ["check_dense", "dense_layers"]

_INSTEAD = "set engine.name = 'torch' or 'keras'"


def check_dense(recipe: Recipe, who: str) -> None:
    """Raise unless a recipe asks for nothing but a chain of dense layers, on samples as they are.

    Parameters
    ----------
    recipe : Recipe
        What is asked for.
    who : str
        The engine in words, such as "the native engine".

    Raises
    ------
    wattlab.errors.UnsupportedError
        Names the field, and who can do it.
    """
    for node in recipe.network.nodes:
        if node.spec.kind != "dense":
            raise UnsupportedError(
                f"{node} is nothing that {who} has, which knows dense layers only; {_INSTEAD}"
            )
    if recipe.network.dense_layers is None:
        raise UnsupportedError(
            f"network.layers is no chain, and {who} feeds each layer from the one before it; {_INSTEAD}"
        )
    if recipe.augmentation.is_on:
        raise UnsupportedError(f"augmentation changes images, which {who} does not do; {_INSTEAD}")


def dense_layers(recipe: Recipe) -> tuple[Dense, ...]:
    """Return the layers of a recipe that `check_dense` has let pass."""
    layers = recipe.network.dense_layers
    assert layers is not None, "check_dense has let it pass"
    return layers
