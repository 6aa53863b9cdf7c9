"""What a study of warm starts is asked, checked before anything runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any

from wattlab.errors import UserError
from wattlab.recipe import Recipe
from wattlab.studies.warm_start.stages import Stage, judged_part, parse_stages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["WarmStartAsked", "chain_of", "cold_recipe"]

_QUARTER = 4


@dataclass(frozen=True)
class WarmStartAsked:
    """What a study of warm starts is asked.

    Parameters
    ----------
    recipe : Recipe or str
        A recipe, its name, or the path of a TOML file.
    stages : str, optional
        Such as "pool=2:3,full"; left out: images of half the resolution for a quarter of the epochs first, or, with
        `start_from`, nothing before the recipe itself.
    start_from : str, optional
        A run whose weights the first stage begins with.
    target : float, optional
        Accuracy or R² to reach; left out: the recipe's.
    seeds : int, optional
        Trainings of each way, with seeds one after the other.
    changes : mapping of str, optional
        Values by path, for all trainings alike.
    warm_changes : mapping of str, optional
        Values by path, for all stages of the warm start alone.
    order_seed : int, optional
        Decides which way is first with each seed.
    timeout_s : float, optional
        Longest time of one process; left out: any. Unit: s.
    """

    recipe: Recipe | str
    stages: str | None = None
    start_from: str | None = None
    target: float | None = None
    seeds: int = 5
    changes: Mapping[str, Any] = field(default_factory=dict)
    warm_changes: Mapping[str, Any] = field(default_factory=dict)
    order_seed: int = 0
    timeout_s: float | None = None


def cold_recipe(asked: WarmStartAsked) -> Recipe:
    """Return the recipe that begins with drawn weights, with target and changes.

    Raises
    ------
    wattlab.errors.UserError
        If there is no target, or something is wrong whatever the data is.
    """
    _check_numbers(asked)
    recipe = Recipe.named(asked.recipe) if isinstance(asked.recipe, str) else asked.recipe
    recipe = recipe.with_changes(dict(asked.changes)) if asked.changes else recipe
    target = recipe.stop.target if asked.target is None else asked.target
    if target is None:
        msg = f"recipe {recipe.name!r} has no target, at which both ways are compared; say one, as in --target 0.95"
        raise UserError(msg)
    if not isfinite(target) or target > 1:
        msg = f"--target is {target:g}; an accuracy, or an R², is at most 1"
        raise UserError(msg)
    changes: dict[str, Any] = {"stop.target": target, "stop.at_target": True}
    if judged_part(recipe) == "validation":
        changes["evaluation.test_every"] = 0  # opened once, after the last epoch
    return recipe.with_changes(changes)


def chain_of(asked: WarmStartAsked, recipe: Recipe) -> Sequence[Stage]:
    """Return the stages of the warm start.

    Raises
    ------
    wattlab.errors.UserError
        If they are not written as stages are, or nothing is before the recipe itself.
    """
    text = asked.stages
    if text is None:
        quarter = max(1, recipe.training.epochs // _QUARTER)
        text = "full" if asked.start_from else f"pool=2:{quarter},full"
    stages = parse_stages(text)
    if len(stages) == 1 and not asked.start_from:
        msg = f"--stages {text!r} is nothing but the recipe itself; put a stage before it, such as pool=2:2,full, "
        raise UserError(f"{msg}or name a run to begin with: --from RUN")
    return stages


def _check_numbers(asked: WarmStartAsked) -> None:
    for name, value, least in (("seeds", asked.seeds, 1), ("order-seed", asked.order_seed, 0)):
        if value < least:
            msg = f"--{name} is {value}; expected a whole number of at least {least}"
            raise UserError(msg)
