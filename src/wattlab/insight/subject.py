"""A finished run together with the data that it learned from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from wattlab.data import load
from wattlab.errors import DataError, RunError
from wattlab.recipe.problems import nearest
from wattlab.records.run import Run

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.data import Dataset
    from wattlab.data.dataset import Part
    from wattlab.recipe import Recipe
    from wattlab.records.model import Model

__all__ = ["PARTS", "PartName", "Subject", "open_part", "open_subject", "part_of"]

PartName = Literal["test", "validation", "training"]
PARTS: tuple[PartName, ...] = ("test", "validation", "training")
_SHORT = {"train": "training"}


@dataclass(frozen=True)
class Subject:
    """A run whose network is looked at.

    Parameters
    ----------
    run : Run
        It has weights.
    """

    run: Run

    @property
    def recipe(self) -> Recipe:
        """The recipe as it was trained."""
        return self.run.recipe

    @property
    def model(self) -> Model:
        """The trained network with its preparation; takes features as they are in the data set."""
        return self.run.model

    @cached_property
    def dataset(self) -> Dataset:
        """The data that the run learned from, found again.

        Raises
        ------
        wattlab.errors.DataError
            If it is no longer there, or other than it was.
        """
        dataset = load(self.recipe.data)
        if dataset.fingerprint != self.run.record.dataset.fingerprint:
            msg = (
                f"data {dataset.name!r} ({dataset.source}) is no longer what run {self.run.id!r} learned from: its "
                "fingerprint differs; bring the old data back, or train again"
            )
            raise DataError(msg)
        return dataset

    def opened(self, name: str = "test") -> tuple[PartName, Part]:
        """Return the full name of a part, and its samples as they are in the data set, before any preparation.

        Parameters
        ----------
        name : {"test", "validation", "training"}
            "train" for short.

        Raises
        ------
        wattlab.errors.DataError
            If there is no such part.
        wattlab.errors.RunError
            If it is the test part, and the run has left that closed.
        """
        open_part(self.run, name)
        return part_of(self.dataset, name)

    def part(self, name: str = "test") -> Part:
        """Return the samples of a part; as `opened`."""
        return self.opened(name)[1]


def open_subject(run: Run | Path | str) -> Subject:
    """Return a run whose network can be looked at.

    Parameters
    ----------
    run : Run or path
        A finished run, or its folder.

    Raises
    ------
    wattlab.errors.RunError
        If it has no weights.

    Examples
    --------
    >>> import wattlab
    >>> run = wattlab.train("moons", runs=getfixture("tmp_path"))
    >>> open_subject(run).part("test").features.shape
    (200, 2)
    """
    run = run if isinstance(run, Run) else Run(run)
    if not (run.path / "weights.safetensors").is_file():
        msg = (
            f"run {run.id!r} has no weights ({str(run.path / 'weights.safetensors')!r} is missing), so there is no "
            "network to look at; train it again"
        )
        raise RunError(msg)
    return Subject(run)


def open_part(run: Run, name: str) -> PartName:
    """Return the full name of a part of a run's data that may be looked into; the data are not needed.

    Raises
    ------
    wattlab.errors.DataError
        If there is no part of that name.
    wattlab.errors.RunError
        If it is the test part, and the run has left that closed: says which one to take.
    """
    full = _full(name)
    if full == "test" and run.record.test_closed:
        other = "validation" if run.record.dataset.n_validation else "training"
        msg = (
            f"run {run.id!r} left the test part closed (evaluation.test = false), and looking into it now would open "
            f"it; take --part {other}"
        )
        raise RunError(msg)
    return full


def part_of(dataset: Dataset, name: str) -> tuple[PartName, Part]:
    """Return a part of a data set by its name, "train" for short, with that name in full.

    Raises
    ------
    wattlab.errors.DataError
        If there is no such part.
    """
    full = _full(name)
    found = dataset.parts().get(full)
    if found is None:
        msg = f"data {dataset.name!r} has no {full} part; it has: {', '.join(dataset.parts())}"
        raise DataError(msg)
    return full, found


def _full(name: str) -> PartName:
    full = next((known for known in PARTS if _SHORT.get(name, name) == known), None)
    if full is None:
        msg = f"part is {name!r}; expected one of {', '.join(PARTS)}{nearest(name, list(PARTS))}"
        raise DataError(msg)
    return full
