"""What a sweep is going to do: written first, so that what was interrupted can be gone on with."""

from __future__ import annotations

from typing import Any, Literal

from wattlab.cluster.step_report import StepsAsked  # noqa: TC001 (pydantic reads it)
from wattlab.recipe import Recipe
from wattlab.studies.row import Frozen

__all__ = ["PlannedCell", "SweepPlan"]


class PlannedCell(Frozen):
    """One combination of the values."""

    values: dict[str, str]
    """In words, by field."""
    batch_size: int | Literal["all"]
    recipe: str
    """As TOML."""
    refusal: str = ""
    """Why it cannot run; empty where it can."""
    baseline: int | None
    """Index of the cell that it is held against; None where only the batch size varies."""
    trained: bool = False
    """Whether whole trainings tell its accuracy, too."""

    @property
    def label(self) -> str:
        """All values in words, such as "bfloat16, batch_size 32"."""
        return ", ".join(_named(name, text) for name, text in self.values.items())

    def read(self) -> Recipe:
        """Return the recipe."""
        return Recipe.from_toml(self.recipe, self.label)


def _named(name: str, text: str) -> str:
    """Return a value with its field, unless it speaks for itself."""
    return text if text[:1].isalpha() and text not in {"true", "false", "all", "unset"} else f"{name} {text}"


class SweepPlan(Frozen):
    """All that decides what a sweep runs, and in which order."""

    schema_version: Literal[1] = 1
    wattlab_version: str
    id: str
    title: str
    created_utc: str
    machine: dict[str, Any]
    recipe: str
    """Name of the recipe."""
    fields: dict[str, tuple[str, ...]]
    """Values in words, by field."""
    batch_field: str | None
    """Under which name the batch size varies; None: it does not."""
    baseline: dict[str, str]
    """Values of the baseline, but for the batch size."""
    cells: tuple[PlannedCell, ...]
    asked: StepsAsked
    rounds: int
    order_seed: int
    timeout_s: float
    """Longest time of one process. Unit: s."""
    epochs: int | None = None
    """Of the trainings that tell the accuracy; None: there are none."""
    seeds: int = 0
    """How many trainings each of them has."""
    notes: tuple[str, ...] = ()

    @property
    def machine_id(self) -> str:
        """Who measured: results of another machine do not belong here."""
        return str(self.machine["id"])

    @property
    def runnable(self) -> tuple[int, ...]:
        """Cells that are to be timed."""
        return tuple(place for place, cell in enumerate(self.cells) if not cell.refusal)

    @property
    def trained(self) -> tuple[int, ...]:
        """Cells that are trained, too."""
        return tuple(place for place in self.runnable if self.cells[place].trained)
