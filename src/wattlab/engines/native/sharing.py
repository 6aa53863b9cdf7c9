"""Among how many cores a compiled pass divides its rows, and when whole steps are compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.engines.native.choice import native_choice
from wattlab.machine.threads import usable_cores

if TYPE_CHECKING:
    from wattlab.recipe.recipe import Recipe

__all__ = ["compiles_descent", "compiles_steps", "share_count"]

CALL_ROWS: Final = 125
"""Fewest rows that a pass called from Python gives to a core: the others have gone to sleep meanwhile."""
LOOP_ROWS: Final = 16
"""The same inside a compiled loop, between whose steps the cores stay awake."""
_MOMENTUM: Final = ("momentum", "nesterov", "momentum-one-step")


def compiles_descent(recipe: Recipe) -> bool:
    """Tell whether the step down the gradient can be compiled; clipping has to see the whole gradient first."""
    return recipe.optimizer.kind in _MOMENTUM and recipe.training.clip_norm is None


def compiles_steps(recipe: Recipe, batch_rows: int, block_rows: int) -> bool:
    """Tell whether whole steps are compiled: the batch goes through in one block, and the descent is compiled."""
    return native_choice(recipe).compiled and batch_rows <= block_rows and compiles_descent(recipe)


def share_count(recipe: Recipe, batch_rows: int, block_rows: int) -> int:
    """Return among how many cores a batch is divided, `block_rows` at most in one pass; 1 where nothing is compiled."""
    choice = native_choice(recipe)
    if not choice.compiled:
        return 1
    fewest = LOOP_ROWS if compiles_steps(recipe, batch_rows, block_rows) else CALL_ROWS
    return max(1, min(choice.threads or usable_cores(), min(batch_rows, block_rows) // fewest))
