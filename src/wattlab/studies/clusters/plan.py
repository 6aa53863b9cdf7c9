"""What a study of clusters is going to do: written first, so that what was interrupted can be gone on with."""

from __future__ import annotations

from typing import Any, Literal

from wattlab.cluster.reduction_report import ReductionAsked  # noqa: TC001 (pydantic reads it)
from wattlab.cluster.step_report import StepsAsked  # noqa: TC001 (pydantic reads it)
from wattlab.recipe import Recipe
from wattlab.studies.row import Frozen

__all__ = ["ClustersPlan", "PlannedNetwork"]


class PlannedNetwork(Frozen):
    """A network and how its data are prepared."""

    n_clusters: int | None
    """None: it has all features."""
    recipe: str
    """As TOML; the seed of the clusters is the first."""
    n_inputs: int
    n_parameters: int
    flop: int
    """Operations of a training step. Unit: FLOP."""

    @property
    def label(self) -> str:
        """What it is called, such as "K = 70"."""
        return "all features" if self.n_clusters is None else f"K = {self.n_clusters}"

    def read(self) -> Recipe:
        """Return the recipe for timing steps, for which centres need not be good ones."""
        recipe = Recipe.from_toml(self.recipe, self.label)
        return recipe.model_copy(update={"preparation": recipe.preparation.with_least_work()})

    def prepared(self, number: int) -> Recipe:
        """Return the recipe for preparing its data the `number`-th time, from 0: each with another seed."""
        recipe = Recipe.from_toml(self.recipe, self.label)
        reduction = recipe.preparation.reduction
        if self.n_clusters is None:
            return recipe
        seed = reduction.model_dump()["seed"] + number
        return recipe.with_changes({"preparation.reduction.seed": seed})


class ClustersPlan(Frozen):
    """All that decides what a study runs, and in which order."""

    schema_version: Literal[1] = 1
    wattlab_version: str
    id: str
    title: str
    created_utc: str
    machine: dict[str, Any]
    recipe: str
    """Name of the recipe."""
    data: str
    """Name of the data set."""
    data_source: str
    """Where it comes from, in words."""
    cells: tuple[PlannedNetwork, ...]
    """The first has all features."""
    n_features: int
    n_train: int
    n_samples: int
    """Samples that clusters are found among."""
    batch_size: int | Literal["all"]
    steps_per_epoch: int
    epoch_samples: int
    """Samples that an epoch trains on."""
    epochs: int
    """That the recipe trains at most."""
    own: int | None
    """Number of clusters of the recipe itself; None: it finds none."""
    scaling: str
    """Before clusters are found."""
    settings: dict[str, Any]
    """How they are found: fields of the recipe's reduction, but for number and seed."""
    seeds: int
    """How often they are found."""
    rounds: int
    """How often steps of each network are timed."""
    order_seed: int
    asked: StepsAsked
    reduction_asked: ReductionAsked
    timeout_s: float
    """Longest time of one process. Unit: s."""
    notes: tuple[str, ...] = ()

    @property
    def machine_id(self) -> str:
        """Who measured: results of another machine do not belong here."""
        return str(self.machine["id"])

    @property
    def runnable(self) -> tuple[int, ...]:
        """Networks whose steps are timed: all, where any are."""
        return tuple(range(len(self.cells)))
