"""What a search for a batch size is going to do: written first, so that what was interrupted can be gone on with."""

from __future__ import annotations

from typing import Any, Literal

from wattlab.recipe import Recipe
from wattlab.studies.batch_size.search import Bounds
from wattlab.studies.row import Frozen

__all__ = ["BatchSizePlan"]


class BatchSizePlan(Frozen):
    """All that decides what is tried."""

    schema_version: Literal[1] = 1
    wattlab_version: str
    id: str
    title: str
    created_utc: str
    machine: dict[str, Any]
    recipe: str
    """As TOML."""
    own_size: int
    """Batch size of the recipe."""
    least: int | None
    """Smallest size that was asked for; None: as small as need be."""
    most: int
    """Largest size: at most the samples of the training part."""
    n_train: int | None
    """Samples of the training part; None where the data is not on this machine."""
    steps: int
    """Steps to time of each size, at least."""
    limit_s: float
    """Longest time for the steps and the evaluation of a size; starting and compiling come on top. Unit: s."""
    host_limit_B: int
    """Most memory of the host that one process may hold. Unit: B."""
    card_limit_B: int | None = None
    """Most memory of the card that was asked for; None: as much as its driver gives. Unit: B."""
    memory_B: int | None
    """The limit that counts: of the card where one computes, else of the host; None: unknown. Unit: B."""
    memory_source: str
    """Where that limit comes from, in words."""
    notes: tuple[str, ...] = ()

    @property
    def machine_id(self) -> str:
        """Who measured: results of another machine do not belong here."""
        return str(self.machine["id"])

    @property
    def bounds(self) -> Bounds:
        """Where to look."""
        return Bounds(self.most, self.least)

    def recipe_of(self, size: int) -> Recipe:
        """Return the recipe with another batch size."""
        return Recipe.from_toml(self.recipe, self.id).with_changes({"training.batch_size": size})

    @property
    def on_card(self) -> bool:
        """Whether a graphics card computes."""
        return Recipe.from_toml(self.recipe, self.id).engine.device != "cpu"
