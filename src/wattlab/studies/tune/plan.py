"""What a search is going to do: written first, so that what was interrupted can be gone on with."""

from __future__ import annotations

from typing import Any, Literal

from wattlab.recipe import Recipe
from wattlab.studies.row import Frozen
from wattlab.studies.tune.answer import Goal, Setting, Value  # noqa: TC001 (pydantic reads them)
from wattlab.studies.tune.space import Space

__all__ = ["TunePlan"]


class TunePlan(Frozen):
    """All that decides what a search does, but for what it finds on the way."""

    schema_version: Literal[1] = 1
    wattlab_version: str
    id: str
    title: str
    created_utc: str
    machine: dict[str, Any]
    base: str
    """Name of the base recipe."""
    recipe: str
    """The base, with what is fixed, as TOML; judged on the validation part."""
    dataset: str
    n_train: int
    n_validation: int
    n_test: int
    score_name: Literal["accuracy", "R²"]
    target: float | None
    goals: tuple[Goal, ...]
    """By what is really ranked."""
    asked_goals: tuple[Goal, ...]
    settings: tuple[Setting, ...]
    """Before any range test."""
    fixed: dict[str, Value]
    budget_s: float
    seeds: int
    n_finalists: int
    storage: str | None
    """As the user gave it, without a password; None: the file in the study's folder."""
    sampler_seed: int
    max_trials: int | None
    baseline: bool
    range_test: bool
    notes: tuple[str, ...] = ()

    @property
    def machine_id(self) -> str:
        """Who measured: results of another machine do not belong here."""
        return str(self.machine["id"])

    def read(self) -> Recipe:
        """Return the base recipe."""
        return Recipe.from_toml(self.recipe, self.base)

    def space(self, settings: tuple[Setting, ...] | None = None) -> Space:
        """Return the search space; with other settings where a range test found better ones."""
        return Space(self.read(), self.settings if settings is None else settings)
