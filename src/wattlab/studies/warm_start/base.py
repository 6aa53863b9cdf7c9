"""The run that a warm start begins with: found, held against the recipe, and what it had cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattlab.data.catalog import located
from wattlab.errors import UserError
from wattlab.machine.fingerprint import describe_machine
from wattlab.records.store import RunStore
from wattlab.studies.warm_start.plan import Base
from wattlab.training.warm_start import find_earlier

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wattlab.recipe import Recipe
    from wattlab.training.warm_start import Earlier

__all__ = ["base_of", "find_base"]


def find_base(name: str, runs: Path | str, recipe: Recipe) -> Earlier:
    """Return the run that is to be begun with.

    Parameters
    ----------
    name : str
        As `wattlab.training.train` takes it.
    runs : path
        Folder of all runs.
    recipe : Recipe
        What is to be trained from there.

    Raises
    ------
    wattlab.errors.UserError
        If there is none, or it learned from other samples: then its scores could not be compared.
    """
    earlier = find_earlier(RunStore(runs), name)
    old, new = located(earlier.recipe.data), located(recipe.data)
    if (old.dataset, old.options) != (new.dataset, new.options):
        msg = (
            f"run {earlier.run!r} learned from data {old.dataset!r}{_options(old.options)}, but recipe {recipe.name!r} "
            f"learns from {new.dataset!r}{_options(new.options)}; name a run on the same data"
        )
        raise UserError(msg)
    for field in ("test_fraction", "validation_fraction", "split_seed", "label", "task"):
        if getattr(old, field) != getattr(new, field):
            msg = (
                f"run {earlier.run!r} had data.{field} = {getattr(old, field)!r}, but recipe {recipe.name!r} has "
                f"{getattr(new, field)!r}, so that it may have learned from samples that are judged now; make them the "
                "same, as in --set"
            )
            raise UserError(f"{msg} data.{field}={getattr(old, field)}")
    return earlier


def base_of(earlier: Earlier) -> Base:
    """Return what a plan keeps of such a run.

    Raises
    ------
    wattlab.errors.UserError
        If nobody knows what it had cost, with all before it.
    """
    point = earlier.point("", describe_machine())
    if point.wall.is_missing:
        msg = (
            f"{point.wall.note}, so that nobody could say what all of it took to the target; begin with a run whose "
            "record tells, or train without a study: wattlab train --start-from"
        )
        raise UserError(msg)
    return Base(
        run=earlier.run,
        path=str(earlier.path.absolute()),
        epochs=point.epochs,
        finished=point.finished,
        runs=point.runs,
        wall=point.wall,
        energy=point.energy,
        note=point.wall.note,
    )


def _options(options: Mapping[str, object]) -> str:
    listed = ", ".join(f"{name} = {value}" for name, value in options.items())
    return f" ({listed})" if listed else ""
