"""The run that a training begins with: one that is finished, or the last checkpoint of one that is not."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from wattlab.data.catalog import load
from wattlab.data.preparation import prepare
from wattlab.engines.initial import architecture_of
from wattlab.engines.registry import get_engine
from wattlab.errors import RunError
from wattlab.meter.cost import Cost
from wattlab.meter.quantity import missing
from wattlab.recipe import Recipe
from wattlab.recipe.text import read
from wattlab.records.checkpoint import Checkpoint
from wattlab.records.open_run import PARTIAL
from wattlab.records.run import Run
from wattlab.records.starting_point import StartingPoint
from wattlab.training.warm_start.carry import Source, carry

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.data.dataset import Dataset
    from wattlab.data.preparation import Prepared
    from wattlab.engines.base import Weights
    from wattlab.machine.fingerprint import Machine
    from wattlab.meter.quantity import Quantity
    from wattlab.records.store import RunStore
    from wattlab.training.warm_start.carry import Target

    Spent = tuple[Quantity, Quantity, Quantity]

__all__ = ["Begun", "Earlier", "find_earlier"]


@dataclass(frozen=True, eq=False)
class Begun:
    """What a warm start gives.

    Parameters
    ----------
    weights : dict of arrays
        The initial ones.
    point : StartingPoint
        What the record says about them.
    """

    weights: Weights
    point: StartingPoint


class Facts(NamedTuple):
    """What an earlier run tells of itself.

    Attributes
    ----------
    epochs : int
        Finished ones.
    finished : bool
        False: it was interrupted.
    fingerprint : str
        Of the data that it learned from.
    start_from : str or None
        What it began with itself.
    start : StartingPoint or None
        What is known of that.
    """

    epochs: int
    finished: bool
    fingerprint: str
    start_from: str | None
    start: StartingPoint | None


class Earlier(ABC):
    """A run whose weights another one begins with.

    Parameters
    ----------
    path : Path
        Its folder.
    recipe : Recipe
        Its own.
    """

    def __init__(self, path: Path, recipe: Recipe) -> None:
        self.path, self.recipe = path, recipe
        self.run = path.name.removesuffix(PARTIAL)

    @abstractmethod
    def source(self, target: Target) -> Source:
        """Return its network; `target` lends its data where both have the same."""

    @abstractmethod
    def facts(self) -> Facts:
        """Return what it tells of itself."""

    @abstractmethod
    def spent(self, machine: Machine) -> Spent:
        """Return what it cost, with a note where that was on another machine than `machine`."""

    def begin(self, target: Target, machine: Machine) -> Begun:
        """Return initial weights for another network, and where they come from.

        Raises
        ------
        wattlab.errors.UserError
            If they do not fit, or the run cannot be read.
        """
        weights, how = carry(self.source(target), target)
        if self.facts().fingerprint != target.dataset.fingerprint:
            how = f"{how}; it learned from other samples, be it only divided in another way: some may be tested now"
        return Begun(weights, self.point(how, machine))

    def point(self, how: str, machine: Machine) -> StartingPoint:
        """Return what a record says about a training that begins with it."""
        epochs, finished, _, start_from, start = self.facts()
        wall, cpu, energy = self.spent(machine)
        runs: tuple[str, ...] = (self.run,)
        if start is not None:
            wall, cpu, energy = start.wall + wall, start.cpu + cpu, start.energy + energy
            runs = (*start.runs, self.run)
        elif start_from is not None:
            wall, cpu, energy = (_untold(self.run, start_from, one.unit) for one in (wall, cpu, energy))
            runs = (start_from, self.run)
        how = how if finished else f"from a checkpoint after epoch {epochs}, {how}"
        return StartingPoint(
            run=self.run,
            epochs=epochs,
            finished=finished,
            how=how,
            runs=runs,
            wall=wall,
            cpu=cpu,
            energy=energy,
        )


def _untold(run: str, start_from: str, unit: str) -> Quantity:
    return missing(
        unit, f"run {run!r} began with the weights of {start_from!r}, and does not tell what those cost"
    )


class FinishedRun(Earlier):
    """A run with a record."""

    def __init__(self, kept: Run) -> None:
        super().__init__(kept.path, kept.recipe)
        self._kept = kept

    def source(self, target: Target) -> Source:  # noqa: ARG002 (it has all it needs)
        """Return its network; see `Earlier.source`."""
        model, facts = self._kept.model, self._kept.record.dataset
        shape = model.transform.image_shape(facts.image_shape)
        return Source(self.run, self.recipe, model.weights(), model.transform, facts.classes, shape)

    def facts(self) -> Facts:
        """Return what its record says; see `Earlier.facts`."""
        record = self._kept.record
        return Facts(record.epochs, True, record.dataset.fingerprint, record.start_from, record.start)

    def spent(self, machine: Machine) -> Spent:
        """Return its whole cost; see `Earlier.spent`."""
        record = self._kept.record
        wall, cpu, energy = _quantities(record.cost.total)
        if record.machine.get("id") == machine.id:
            return wall, cpu, energy
        note = f"run {self.run!r} on another machine: {record.machine.get('line', record.machine.get('id'))}"
        return wall.with_note(note), cpu.with_note(note), energy.with_note(note)


class InterruptedRun(Earlier):
    """A run with a checkpoint."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, read(Recipe, path / "recipe.toml"))
        self._checkpoint = Checkpoint.load(path / "checkpoint.safetensors")

    def source(self, target: Target) -> Source:
        """Return its network, its preparation fitted once more; see `Earlier.source`."""
        prepared = self._prepared(self._dataset(target.dataset), target)
        engine = get_engine(self.recipe.engine.name)
        weights = engine.stored_weights(dict(self._checkpoint.state), architecture_of(self.recipe, prepared))
        return Source(
            self.run, self.recipe, weights, prepared.transform, prepared.classes, prepared.image_shape
        )

    def _dataset(self, other: Dataset) -> Dataset:
        fingerprint = self._checkpoint.progress["fingerprint"]
        if other.fingerprint == fingerprint:
            return other
        own = load(self.recipe.data)
        if own.fingerprint != fingerprint:
            msg = (
                f"run {self.run!r} was interrupted, and data set {self.recipe.data.dataset!r} has changed since: "
                "bring the old data back, or begin with another run"
            )
            raise RunError(msg)
        return own

    def _prepared(self, dataset: Dataset, target: Target) -> Prepared:
        dtypes = [one.engine.array_dtype for one in (self.recipe, target.recipe)]
        same = dtypes[0] == dtypes[1] and self.recipe.preparation == target.recipe.preparation
        if dataset is target.dataset and same:
            return target.prepared
        return prepare(dataset, self.recipe.preparation, np.dtype(dtypes[0]))

    def facts(self) -> Facts:
        """Return what its checkpoint says; see `Earlier.facts`."""
        progress, epochs = self._checkpoint.progress, len(self._checkpoint.history["learning_rate"])
        start = progress.get("start")
        point = None if start is None else StartingPoint.model_validate(start)
        return Facts(epochs, False, progress["fingerprint"], progress["start_from"], point)

    def spent(self, machine: Machine) -> Spent:  # noqa: ARG002 (a checkpoint does not tell where it was written)
        """Return what it had cost until that checkpoint; see `Earlier.spent`."""
        return _quantities(Cost.from_dict(self._checkpoint.progress["costs"]["total"]))


def find_earlier(store: RunStore, name: str) -> Earlier:
    """Return the run whose weights are to be the initial ones.

    Parameters
    ----------
    store : RunStore
        Where it lies.
    name : str
        Of a finished run, or of an interrupted one: its name, the beginning of it, or its folder; or "last", the
        newest that is finished.

    Raises
    ------
    wattlab.errors.RunError
        If there is none, or several, or it has no weights yet.
    """
    try:
        return _finished(store.find(name))
    except RunError:
        path = None if name == "last" else store.find_unfinished(name)
        if path is None:
            raise
    if (path / "record.json").is_file():  # it lacks nothing but its name
        return _finished(Run(path))
    return InterruptedRun(path)


def _quantities(cost: Cost) -> Spent:
    return cost.wall, cost.cpu, cost.energy


def _finished(run: Run) -> FinishedRun:
    run.record  # noqa: B018 (a damaged one is told now)
    return FinishedRun(run)
