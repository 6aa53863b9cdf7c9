"""What a study of warm starts is going to do: written first, so that what was interrupted can be gone on with."""

from __future__ import annotations

from typing import Any, Literal

from wattlab.meter.quantity import Quantity  # noqa: TC001 (pydantic reads it)
from wattlab.recipe import Recipe
from wattlab.studies.row import Frozen

__all__ = ["Base", "PlannedTraining", "WarmStartPlan"]


class PlannedTraining(Frozen):
    """One training of each seed: the cold one, or a stage of the warm start."""

    label: str
    """Such as "cold", "pool=2" or "full"."""
    epochs: int
    """At most."""
    recipe: str
    """As TOML; its seed is the first one."""

    @classmethod
    def of(cls, label: str, recipe: Recipe) -> PlannedTraining:
        """Return the plan of a recipe."""
        return cls(label=label, epochs=recipe.training.epochs, recipe=recipe.to_toml())

    def read(self, number: int = 0) -> Recipe:
        """Return the recipe with its seed, or with that of a later, 0-based training."""
        recipe = Recipe.from_toml(self.recipe, self.label)
        return recipe.model_copy(update={"seed": recipe.seed + number}) if number else recipe


class Base(Frozen):
    """The run that the first stage begins with."""

    run: str
    path: str
    """Its folder."""
    epochs: int
    finished: bool
    runs: tuple[str, ...]
    """All runs whose work is in its weights, the oldest first."""
    wall: Quantity
    """Of all of them. Unit: s."""
    energy: Quantity
    """As `wall`. Unit: J."""
    note: str
    """What must be known of both, such as that they are those of another machine; empty if nothing."""


class WarmStartPlan(Frozen):
    """All that decides what a study of warm starts trains, and in which order."""

    schema_version: Literal[1] = 1
    wattlab_version: str
    id: str
    title: str
    created_utc: str
    machine: dict[str, Any]
    recipe: str
    """Name of the recipe."""
    target: float
    part: Literal["test", "validation"]
    """On which the target is judged."""
    trainings: tuple[PlannedTraining, ...]
    """The cold one, then all stages; the last of them trains the recipe itself."""
    base: Base | None
    warm_changes: tuple[str, ...]
    """What was changed for the stages alone, in words."""
    first_seed: int
    seeds: int
    order_seed: int
    timeout_s: float | None
    notes: tuple[str, ...]
    """What must be known of how the target is judged, in sentences."""

    @property
    def machine_id(self) -> str:
        """Who measured: results of another machine do not belong here."""
        return str(self.machine["id"])

    @property
    def last(self) -> int:
        """Place of the last stage among the trainings."""
        return len(self.trainings) - 1

    def seed(self, number: int) -> int:
        """Return the seed of a 0-based training of each."""
        return self.first_seed + number
