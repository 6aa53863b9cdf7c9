"""What a range test is going to do: written first, so that what was interrupted can be gone on with."""

from __future__ import annotations

from typing import Any, Literal

from wattlab.cluster.ramp_report import RampAsked  # noqa: TC001 (pydantic reads it)
from wattlab.recipe import Recipe
from wattlab.studies.row import Frozen

__all__ = ["LrRangePlan"]


class LrRangePlan(Frozen):
    """All that decides what is tried."""

    schema_version: Literal[1] = 1
    wattlab_version: str
    id: str
    title: str
    created_utc: str
    machine: dict[str, Any]
    recipe: str
    """As TOML."""
    ramp: RampAsked
    seeds: tuple[int, ...]
    """One ramp each."""
    verify: bool
    verify_steps: int | None
    """Updates of each short training; None: by epoch and range."""
    timeout_s: float | None
    """Longest time of one process. Unit: s."""
    notes: tuple[str, ...] = ()

    @property
    def machine_id(self) -> str:
        """Who measured: results of another machine do not belong here."""
        return str(self.machine["id"])

    def recipe_of(self, seed: int) -> Recipe:
        """Return the recipe with another seed."""
        return Recipe.from_toml(self.recipe, self.id).with_changes({"seed": seed})
