"""What a study of threads is going to do: written first, so that what was interrupted can be gone on with."""

from __future__ import annotations

from typing import Any, Literal

from wattlab.cluster.step_report import StepsAsked  # noqa: TC001 (pydantic reads it)
from wattlab.recipe import Recipe
from wattlab.studies.row import Frozen
from wattlab.studies.trainings.rounds import Candidate  # noqa: TC001 (pydantic reads it)

__all__ = ["PlannedSeries", "PlannedThreads", "PlannedTrainings", "ThreadsPlan", "threads_text"]


def threads_text(count: int) -> str:
    """Return a number of threads in words.

    Examples
    --------
    >>> threads_text(1), threads_text(4)
    ('1 thread', '4 threads')
    """
    return f"{count} thread{'' if count == 1 else 's'}"


class PlannedSeries(Frozen):
    """One engine, which gets every number of threads."""

    name: str
    """Such as "torch", or "keras:tensorflow (inter 1)"."""
    inter_threads: int | None = None
    """TensorFlow's threads for independent operations; None: its own choice."""
    left_out: int | None
    """Threads of a training where the recipe is left as it is; None where that cannot be told."""


class PlannedThreads(Frozen):
    """One engine with one number of threads."""

    series: str
    threads: int
    recipe: str
    """As TOML."""
    refusal: str = ""
    """Why it cannot run; empty where it can."""

    @property
    def label(self) -> str:
        """Such as "torch, 2 threads"."""
        return f"{self.series}, {threads_text(self.threads)}"

    def read(self) -> Recipe:
        """Return the recipe."""
        return Recipe.from_toml(self.recipe, self.label)


class PlannedTrainings(Frozen):
    """Whole trainings with each number of threads."""

    candidates: tuple[Candidate, ...]
    """One for each cell, in the same order."""
    target: float | None
    """Accuracy or R² that ends a training; None: it has so many epochs."""
    epochs: int | None
    """All that a training has, or the most until its target; None: as the recipe says."""
    part: str | None
    """On which part of the data a target is judged."""
    seeds: int
    """Trainings of each."""
    notes: tuple[str, ...] = ()
    """How a target is judged, in sentences."""


class ThreadsPlan(Frozen):
    """All that decides what a study of threads runs, and in which order."""

    schema_version: Literal[1] = 1
    wattlab_version: str
    id: str
    title: str
    created_utc: str
    machine: dict[str, Any]
    recipe: str
    """Name of the recipe."""
    series: tuple[PlannedSeries, ...]
    counts: tuple[int, ...]
    """Numbers of threads, rising."""
    usable_cores: int
    """Logical cores that this process may keep busy."""
    batch_size: int | Literal["all"]
    """Samples in a batch."""
    drops_last: bool
    """Whether an epoch leaves out a last batch that is not full."""
    cells: tuple[PlannedThreads, ...]
    asked: StepsAsked
    rounds: int
    order_seed: int
    timeout_s: float
    """Longest time of one process that times steps. Unit: s."""
    training: PlannedTrainings | None = None
    """None: no whole trainings."""

    @property
    def machine_id(self) -> str:
        """Who measured: results of another machine do not belong here."""
        return str(self.machine["id"])

    @property
    def runnable(self) -> tuple[int, ...]:
        """Cells that are to be timed."""
        return tuple(place for place, cell in enumerate(self.cells) if not cell.refusal)

    @property
    def all_threads(self) -> int:
        """What the others are held against: as many threads as cores, or what comes nearest to it."""
        within = [count for count in self.counts if count <= self.usable_cores]
        return max(within, default=self.counts[0])

    def baseline_of(self, place: int) -> int:
        """Return the cell that a cell is held against: that of the same engine with all threads."""
        series = self.cells[place].series
        return next(
            other
            for other, cell in enumerate(self.cells)
            if (cell.series, cell.threads) == (series, self.all_threads)
        )
