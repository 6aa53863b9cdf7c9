"""The same layers with next to nothing to compute: what is left of a step is its overhead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wattlab.engines.native.choice import uses_torch
from wattlab.errors import RecipeError
from wattlab.recipe.engine import KerasChoice, NativeChoice, TorchChoice
from wattlab.recipe.layers import Conv2D, Conv2DTranspose, Dense

if TYPE_CHECKING:
    from wattlab.recipe import Recipe

__all__ = ["compiling_change", "narrow"]

_WIDTH: Final = 8


def narrow(recipe: Recipe) -> Recipe:
    """Return a recipe with narrow layers and one sample in a step; the widths stay where others depend on them.

    Examples
    --------
    >>> from wattlab.recipe import Recipe
    >>> found = narrow(Recipe.named("mnist-fast"))
    >>> [layer.units for layer in found.network.layers], found.training.batch_size
    ([8, 8, 10], 1)
    """
    one_sample = {"training.batch_size": 1, "training.last_batch": "drop"}
    widths = _widths(recipe)
    for changes in ({**widths, **one_sample}, one_sample, widths):
        try:
            return recipe.with_changes(changes)
        except RecipeError:  # gradient descent, for one, takes all samples
            continue
    return recipe


def _widths(recipe: Recipe) -> dict[str, Any]:
    nodes = recipe.network.nodes
    kinds = {node.spec.kind for node in nodes}
    if kinds & {
        "reshape",
        "sampling",
        "conv2d-transpose",
    }:  # what they make depends on the widths before them
        return {}
    found: dict[str, Any] = {}
    for node in nodes[:-1]:
        if isinstance(node.spec, Dense):
            found[f"{node.place}.units"] = _WIDTH
        elif isinstance(node.spec, (Conv2D, Conv2DTranspose)):
            found[f"{node.place}.filters"] = _WIDTH
    return found


def compiling_change(recipe: Recipe) -> dict[str, Any]:
    """Return what has steps compiled, or recorded on a GPU; empty where they are, or where the engine does neither."""
    engine = recipe.engine
    if isinstance(engine, TorchChoice) and not (engine.compiled or engine.cuda_graphs):
        return {"engine.compiled": True} if engine.device == "cpu" else {"engine.cuda_graphs": True}
    if isinstance(engine, NativeChoice) and not (engine.compiled or uses_torch(engine)):
        return {"engine.compiled": True}
    if isinstance(engine, KerasChoice) and engine.jit_compile is not True and engine.backend != "torch":
        return {"engine.jit_compile": True}
    return {}
