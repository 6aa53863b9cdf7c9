"""Options of the torch engine that a recipe, or its device, has no use for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.errors import UnsupportedError
from wattlab.recipe.layers import Conv2D, Conv2DTranspose, GlobalPool, Pool

if TYPE_CHECKING:
    from wattlab.recipe.architecture import Architecture
    from wattlab.recipe.engine import TorchChoice
    from wattlab.recipe.recipe import Recipe

__all__ = ["check_graphs", "check_layout", "check_narrow"]

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


def check_narrow(architecture: Architecture, choice: TorchChoice) -> None:
    """Raise `UnsupportedError` for a transposed convolution whose gradient torch (2.13) gets wrong on a processor.

    With one filter, fed by images of one column that lie channels last, it is off by any amount, except in float64.
    """
    if choice.layout != "channels-last" or choice.device != "cpu" or choice.precision == "float64":
        return
    for index, node in enumerate(architecture.nodes):
        narrow = isinstance(node.spec, Conv2DTranspose) and node.spec.filters == 1
        if narrow and architecture.fed(index)[0][1] == 1:
            raise UnsupportedError(
                f"{node} has one filter and images of one column, of which torch computes a wrong gradient on a "
                "processor where channels lie last; set engine.layout = 'channels-first'"
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
