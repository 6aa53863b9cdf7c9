"""What a study of super-convergence is going to do: written first, so that what was interrupted can be gone on with."""

from __future__ import annotations

from typing import Any, Literal

from wattlab.recipe import Recipe
from wattlab.studies.row import Frozen

__all__ = ["SuperconvergencePlan"]


class SuperconvergencePlan(Frozen):
    """All that decides what is trained, together with what comes out on the way."""

    schema_version: Literal[1] = 1
    wattlab_version: str
    id: str
    title: str
    created_utc: str
    machine: dict[str, Any]
    recipe: str
    """As TOML, with all changes."""
    target: float
    epochs: int
    """Longest training of both arms."""
    rates: tuple[float, ...]
    """Constant rates to begin with."""
    walks: bool
    """Whether further rates are tried until the best has neighbours on both sides."""
    peaks: tuple[float, ...]
    """Highest rates of the cycles; empty: multiples of the best constant rate."""
    seeds: int
    """Trainings of each arm in the comparison."""
    search_seeds: int
    """Trainings of each candidate, by which both arms are chosen."""
    fresh: bool
    """Whether both arms are compared by seeds that nothing was chosen by."""
    budget_s: float | None
    timeout_s: float | None
    order_seed: int

    @property
    def machine_id(self) -> str:
        """Who measured: results of another machine do not belong here."""
        return str(self.machine["id"])

    def read(self) -> Recipe:
        """Return the recipe."""
        return Recipe.from_toml(self.recipe, "the study's recipe")
