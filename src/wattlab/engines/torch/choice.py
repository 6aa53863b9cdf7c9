"""Options of the torch engine that a recipe, or its device, has no use for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.errors import UnsupportedError
from wattlab.recipe.layers import Conv2D, Conv2DTranspose, GlobalPool, Pool

if TYPE_CHECKING:
    from wattlab.recipe.engine import TorchChoice
    from wattlab.recipe.recipe import Recipe

__all__ = ["check_graphs", "check_layout"]

_SPATIAL: Final = (Conv2D, Conv2DTranspose, Pool, GlobalPool)


def check_layout(recipe: Recipe) -> None:
    """Raise `UnsupportedError` for a layout of images where no layer takes any."""
    assert recipe.engine.name == "torch"
    if recipe.engine.layout == "channels-last" or any(
        isinstance(node.spec, _SPATIAL) for node in recipe.network.nodes
    ):
        return
    raise UnsupportedError(
        f"engine.layout is {recipe.engine.layout!r}, but none of network.layers takes images; leave engine.layout out"
    )


def check_graphs(choice: TorchChoice) -> None:
    """Raise `UnsupportedError` for CUDA graphs where they cannot be had."""
    if not choice.cuda_graphs:
        return
    if choice.device == "cpu":
        raise UnsupportedError(
            "engine.cuda_graphs is true, but a processor has none: they record what a GPU is to do; "
            "set engine.device = 'cuda', or engine.cuda_graphs = false"
        )
    if choice.compiled:
        raise UnsupportedError(
            "engine.cuda_graphs and engine.compiled are both true, but what torch.compile makes is not recorded here; "
            "set one of them to false"
        )
