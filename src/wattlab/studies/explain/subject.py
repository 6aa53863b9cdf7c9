"""What is to be explained: a recipe, or the recipe of a run and what the run knows already."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wattlab.data.batches import batch_bounds
from wattlab.data.catalog import located
from wattlab.engines.registry import get_engine
from wattlab.errors import RecipeError, RunError, UserError
from wattlab.machine.fingerprint import describe_machine
from wattlab.recipe import Recipe
from wattlab.recipe.engine import engine_changes
from wattlab.records.store import DEFAULT_FOLDER, RunStore
from wattlab.studies.explain.answer import PastRun
from wattlab.studies.timing import epoch_s

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wattlab.records.run import Run

__all__ = ["ExplainAsked", "Subject", "find_subject"]


@dataclass(frozen=True)
class ExplainAsked:
    """What is asked.

    Parameters
    ----------
    target : str
        A recipe's name or file, or a run: its name, the beginning of it, its folder, or "last".
    changes : dict
        Fields of the recipe, by path.
    engine, device : str or None
        Other than the recipe's.
    tries : bool
        Time the suggested change, too.
    rounds : int
        Of that trial.
    fresh : bool
        Measure again what was measured before.
    runs : Path
        Folder of all runs.
    """

    target: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    engine: str | None = None
    device: str | None = None
    tries: bool = False
    rounds: int = 3
    fresh: bool = False
    runs: Path = DEFAULT_FOLDER


@dataclass(frozen=True)
class Subject:
    """A recipe that can be computed here, and the run that it comes from.

    Parameters
    ----------
    recipe : Recipe
        With all changes.
    trained_by : str
        What ``wattlab train`` trains it by, without them: a recipe's name or file.
    changes : dict
        Fields that were changed.
    run : PastRun or None
        What the run knows already.
    """

    recipe: Recipe
    trained_by: str
    changes: dict[str, Any]
    run: PastRun | None


def find_subject(asked: ExplainAsked) -> Subject:
    """Return what is to be explained.

    Raises
    ------
    wattlab.errors.UserError
        If there is no such recipe or run, a change fits no field, or the engine cannot compute it here.
    """
    if asked.rounds < 1:
        msg = f"--rounds is {asked.rounds}; expected a whole number of at least 1"
        raise UserError(msg)
    recipe, run = _find(asked.target, RunStore(asked.runs))
    engine = {} if asked.engine is None else engine_changes(asked.engine)
    device = {} if asked.device is None else {"engine.device": asked.device}
    changes = {**engine, **device, **asked.changes}
    recipe = recipe.with_changes(changes)
    recipe = recipe.model_copy(update={"data": located(recipe.data)})
    get_engine(recipe.engine.name).check_recipe(recipe)
    if run is None:
        return Subject(recipe, asked.target, changes, None)
    return Subject(recipe, str(run.path / "recipe.toml"), changes, _past(run))


def _find(target: str, runs: RunStore) -> tuple[Recipe, Run | None]:
    """Return the recipe of that name, or the run and its recipe where there is none."""
    try:
        return Recipe.named(target), None
    except RecipeError as no_recipe:
        if target.endswith(".toml"):
            raise
        try:
            run = runs.find(target)
        except RunError as no_run:
            msg = f"{str(no_recipe).removesuffix('.')}; and {no_run}"
            raise UserError(msg) from None
        return run.recipe, run


def _past(run: Run) -> PastRun:
    record = run.record
    training, cost = run.recipe.training, record.cost
    batches = len(batch_bounds(record.dataset.n_train, training.batch_size, training.last_batch))
    epoch = epoch_s(run)
    spent_s = (cost.training.wall.value or 0.0) + (cost.evaluation.wall.value or 0.0)
    shares = {} if record.phases is None else record.phases.shares
    return PastRun(
        id=record.id,
        step_s=None if epoch is None else epoch / batches,
        evaluation_share=(cost.evaluation.wall.value or 0.0) / spent_s if spent_s else None,
        same_machine=record.machine.get("id") == describe_machine().id,
        machine=str(record.machine.get("cpu_model", "unknown")),
        phases={name: one.value for name, one in shares.items() if one.value is not None},
    )
