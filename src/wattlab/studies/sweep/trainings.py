"""Whole trainings of cells, to know what their values do to the accuracy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.cluster import trial as trial_process
from wattlab.cluster.local import module_command, run_process
from wattlab.cluster.memory_limit import SeldomWatch, memory_limit
from wattlab.data.catalog import stand_in
from wattlab.errors import RunError, UserError
from wattlab.recipe.recipe import Stop
from wattlab.records.files import write_atomically
from wattlab.records.run import Run
from wattlab.studies.sweep.answer import TrainedCell

if TYPE_CHECKING:
    from wattlab.recipe import Recipe
    from wattlab.studies.sweep.plan import SweepPlan
    from wattlab.studies.sweep.store import SweepFolder

__all__ = ["check_real_data", "train_cell", "training_recipe"]

_SAMPLES: Final = 256


def training_recipe(recipe: Recipe, epochs: int, seed: int) -> Recipe:
    """Return the recipe of a training of exactly so many epochs: nothing ends it earlier.

    Examples
    --------
    >>> from wattlab.recipe import Recipe
    >>> one = training_recipe(Recipe.named("digits"), epochs=2, seed=7)
    >>> one.training.epochs, one.seed, one.stop.target
    (2, 7, None)
    """
    return recipe.model_copy(update={"stop": Stop()}).with_changes({"training.epochs": epochs, "seed": seed})


def check_real_data(recipe: Recipe) -> None:
    """Refuse to train where the recipe's data is not here: synthetic samples tell nothing of the accuracy.

    Raises
    ------
    wattlab.errors.UserError
        With what can be done.
    """
    if stand_in(recipe.data, _SAMPLES) is not None:
        msg = (
            f"--epochs: the data {recipe.data.dataset!r} is not on this machine, and synthetic samples, which do for "
            "timing, tell nothing of the accuracy; leave --epochs out, or get the data first: "
            f"wattlab data {recipe.data.dataset}"
        )
        raise UserError(msg)


def train_cell(folder: SweepFolder, plan: SweepPlan, cell: int, seed: int) -> TrainedCell:
    """Train one cell in a process of its own, ended before the whole machine runs out of memory.

    Parameters
    ----------
    folder : SweepFolder
        Keeps the run.
    plan : SweepPlan
        With the cells and the number of epochs.
    cell : int
        Which of them.
    seed : int
        Of initial weights and order.

    Returns
    -------
    TrainedCell
        Whatever became of the process.
    """
    assert plan.epochs is not None
    name = f"cell-{cell:03d}-seed-{seed}"
    folder.clear_run(name)
    recipe = folder.steps / f"{name}.toml"
    write_atomically(recipe, training_recipe(plan.cells[cell].read(), plan.epochs, seed).to_toml().encode())
    command = module_command(trial_process.MODULE, str(recipe), str(folder.runs), name)
    ended = run_process(command, folder.log(name), watch=SeldomWatch(memory_limit()))
    if not (folder.runs / name).is_dir():
        failure = ended.failure or "it ended without leaving a run"
        return TrainedCell(cell=cell, seed=seed, score=None, failure=failure)
    return _trained(folder, name, cell, seed)


def _trained(folder: SweepFolder, name: str, cell: int, seed: int) -> TrainedCell:
    try:
        record = Run(folder.runs / name).record
    except RunError as error:
        return TrainedCell(cell=cell, seed=seed, score=None, failure=str(error))
    diverged = record.stop_reason == "diverged"
    return TrainedCell(
        cell=cell,
        seed=seed,
        score=None if diverged else record.test_score,
        score_name=record.score_name,
        epochs=record.epochs,
        wall=record.cost.total.wall,
        energy=record.cost.total.energy,
        failure=record.message if diverged else None,
    )
