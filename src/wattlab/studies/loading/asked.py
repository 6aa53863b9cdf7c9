"""What a loading study is asked, and what is wrong with a question whatever the files are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wattlab.data.catalog import load, located
from wattlab.errors import UserError
from wattlab.machine.fingerprint import describe_machine
from wattlab.recipe import Recipe
from wattlab.recipe.recipe import Stop
from wattlab.records.store import DEFAULT_FOLDER, RunStore
from wattlab.studies.loading.bound import epoch_rates
from wattlab.studies.loading.plan import PlannedTraining, parse_workers
from wattlab.studies.loading.readers import check_reader
from wattlab.studies.plan import check_rounds
from wattlab.studies.study import check_machine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattlab.studies.loading.making import Wanted
    from wattlab.studies.loading.plan import Kind

__all__ = ["LIMIT_B", "ROUNDS", "Asked", "check_asked", "planned_training"]

ROUNDS: Final = 5
"""Fewest that an interval of 90 % can come from."""
LIMIT_B: Final = 2_000_000_000
"""As much as 50 scans of 40 MB."""
_EPOCHS: Final = 3
"""Of a short training: the first is left out of its rate."""


@dataclass(frozen=True)
class Asked:
    """What a loading study is asked.

    Parameters
    ----------
    target : str
        A folder, a file, or a data set that lies in files; with `generate` the folder to write to.
    formats : sequence of str
        Further ways to read; files are converted where need be. Empty: as the files are, and their plain bytes.
    workers : sequence of (int, {"alone", "threads", "processes"})
    rounds : int
    limit_B : int or None
        Most that is read of a target; None: all of it. Unit: B.
    generate : Wanted or None
    scratch : Path or None
        Where converted files and copies go; None: into the study's folder, without copies.
    keep : bool
        Do not remove the files that were made.
    recipe : str or None
        Name or path of a recipe whose rate is measured.
    run : str or None
        Name of a past run whose rate is taken.
    runs : Path
        Folder of all runs.
    samples_per_file : int or None
    order_seed : int
    """

    target: str
    formats: Sequence[str] = ()
    workers: Sequence[tuple[int, Kind]] = parse_workers("1,2,4")
    rounds: int = ROUNDS
    limit_B: int | None = LIMIT_B
    generate: Wanted | None = None
    scratch: Path | None = None
    keep: bool = False
    recipe: str | None = None
    run: str | None = None
    runs: Path = DEFAULT_FOLDER
    samples_per_file: int | None = None
    order_seed: int = 0


def check_asked(asked: Asked) -> None:
    """Raise `wattlab.errors.UserError` for what is wrong whatever the files are."""
    check_rounds(asked.rounds, asked.order_seed)
    for name in asked.formats:
        check_reader(name)
    if asked.recipe is not None and asked.run is not None:
        msg = "--recipe and --run both say which training is meant; leave one of them out"
        raise UserError(msg)
    if asked.samples_per_file is not None and asked.samples_per_file < 1:
        msg = f"--samples-per-file is {asked.samples_per_file}; expected a whole number of at least 1"
        raise UserError(msg)
    if asked.generate is not None and Path(asked.target).is_file():
        msg = f"{asked.target!r} is a file; --generate writes into a folder: name one"
        raise UserError(msg)


def planned_training(asked: Asked) -> PlannedTraining | None:
    """Return the training that loading is held against; None where none was named.

    Raises
    ------
    wattlab.errors.UserError
        If recipe or run are unknown, the recipe's data cannot be loaded, or the run was measured on another machine.
    """
    if asked.run is not None:
        run = RunStore(asked.runs).find(asked.run)
        check_machine(run, describe_machine().id)
        return PlannedTraining(label=run.id, rates=epoch_rates(run))
    if asked.recipe is None:
        return None
    recipe = Recipe.named(asked.recipe)
    # Whole epochs, wherever it would stop by itself; its data where any folder finds them.
    short = recipe.with_changes({"training.epochs": _EPOCHS})
    short = short.model_copy(update={"data": located(short.data), "stop": Stop()})
    load(short.data)  # what is missing is told now, not after half of the trials
    return PlannedTraining(label=recipe.name, recipe=short.to_toml())
