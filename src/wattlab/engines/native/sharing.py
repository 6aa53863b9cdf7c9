"""Among how many cores a compiled pass divides its rows, and when whole steps are compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.engines.native.choice import native_choice
from wattlab.machine.threads import usable_cores

if TYPE_CHECKING:
    from wattlab.recipe.recipe import Recipe

__all__ = ["compiles_steps", "share_count"]

CALL_ROWS: Final = 125
"""Fewest rows that a pass called from Python gives to a core: the others have gone to sleep meanwhile."""
LOOP_ROWS: Final = 16
"""The same inside a compiled loop, between whose steps the cores stay awake."""
_MOMENTUM: Final = ("momentum", "nesterov", "momentum-one-step")


def compiles_steps(recipe: Recipe) -> bool:
    """Tell whether whole steps are compiled; clipping has to see the whole gradient before its step."""
    clips = recipe.training.clip_norm is not None
    return native_choice(recipe).compiled and recipe.optimizer.kind in _MOMENTUM and not clips


def share_count(recipe: Recipe, n_rows: int) -> int:
    """Return among how many cores a pass over `n_rows` is divided; 1 where nothing is compiled."""
    choice = native_choice(recipe)
    if not choice.compiled:
        return 1
    fewest = LOOP_ROWS if compiles_steps(recipe) else CALL_ROWS
    return max(1, min(choice.threads or usable_cores(), n_rows // fewest))
