"""What a search for a batch size is asked, and what is wrong with a question whatever the machine is."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from wattlab.data.catalog import load, located, stand_in
from wattlab.errors import RecipeError, UserError
from wattlab.studies.candidates import find_candidates
from wattlab.studies.question import Question

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattlab.recipe import Recipe

__all__ = [
    "FEWEST_STEPS",
    "LIMIT_S",
    "STEPS",
    "SYNTHETIC_MOST",
    "BatchSizeAsked",
    "check_asked",
    "find_recipe",
    "most_of",
]

STEPS: Final = 20
FEWEST_STEPS: Final = 3
LIMIT_S: Final = 120.0
SYNTHETIC_MOST: Final = 1024
"""Largest size where nobody knows how many samples there are."""
_PEEK: Final = 256


@dataclass(frozen=True)
class BatchSizeAsked:
    """What a search is asked.

    Parameters
    ----------
    recipe : Recipe or str
        A recipe, its name, or the path of a TOML file.
    engine : str or None
        In short, such as "keras:jax"; None: the recipe's own.
    changes : mapping of str
        Values by path.
    least, most : int or None
        Smallest and largest size; None: as small as need be, and all samples of the training part.
    steps : int
        Steps to time of each size, at least.
    limit_s : float
        Longest time for the steps and the evaluation of a size; starting and compiling come on top. Unit: s.
    memory_limit_B : int or None
        Most memory that a process may hold, of the card where one computes, else of the host; None: what is free,
        less a reserve. Unit: B.
    """

    recipe: Recipe | str
    engine: str | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    least: int | None = None
    most: int | None = None
    steps: int = STEPS
    limit_s: float = LIMIT_S
    memory_limit_B: int | None = None


def check_asked(asked: BatchSizeAsked) -> None:
    """Raise `wattlab.errors.UserError` for what is wrong whatever recipe and machine are."""
    for name, value in (("--min", asked.least), ("--max", asked.most)):
        if value is not None and value < 1:
            msg = f"{name} is {value}; expected a whole number of at least 1"
            raise UserError(msg)
    if asked.least is not None and asked.most is not None and asked.least > asked.most:
        msg = f"--min {asked.least} is above --max {asked.most}; give a smallest size that is not above the largest"
        raise UserError(msg)
    if asked.steps < FEWEST_STEPS:
        msg = f"--steps is {asked.steps}; expected at least {FEWEST_STEPS}: fewer hide that one was slow by chance"
        raise UserError(msg)
    if not (isfinite(asked.limit_s) and asked.limit_s > 0):
        msg = f"--limit is {asked.limit_s:g} s; expected more than 0"
        raise UserError(msg)
    if asked.memory_limit_B is not None and asked.memory_limit_B < 1:
        msg = f"--memory-limit is {asked.memory_limit_B} B; expected more than 0"
        raise UserError(msg)
    if "training.batch_size" in asked.changes:
        msg = "--set training.batch_size: that is what is looked for; leave it out, or bound it by --min and --max"
        raise UserError(msg)


def find_recipe(asked: BatchSizeAsked) -> Recipe:
    """Return the recipe with all changes, its data where any folder finds it, and threads as a comparison has them.

    Raises
    ------
    wattlab.errors.UserError
        If recipe, engine or changes are unknown or do not fit, the engine cannot do it, or there is no batch size to
        look for.
    """
    engines = () if asked.engine is None else (asked.engine,)
    (one,) = find_candidates(Question([asked.recipe], engines, None, asked.changes))
    if one.recipe.training.batch_size == "all":
        msg = (
            f'recipe {one.recipe.name!r} takes all samples in each step (training.batch_size = "all"), so there is '
            "no batch size to look for; give it a number in a file of your own, and an optimizer that takes batches"
        )
        raise RecipeError(msg)
    return one.recipe.model_copy(update={"data": located(one.recipe.data)})


def most_of(asked: BatchSizeAsked, recipe: Recipe) -> tuple[int, int | None]:
    """Return the largest size to look at, and the samples of the training part; None where the data is not here.

    Raises
    ------
    wattlab.errors.UserError
        If the data cannot be loaded, or has fewer samples than the smallest size.
    """
    if stand_in(recipe.data, _PEEK) is not None:
        return asked.most or max(SYNTHETIC_MOST, asked.least or 0), None
    n_train = len(load(recipe.data).train.labels)
    if asked.least is not None and asked.least > n_train:
        msg = f"--min is {asked.least}, but the training part has {n_train} samples; a batch has at most all of them"
        raise UserError(msg)
    return min(asked.most or n_train, n_train), n_train
