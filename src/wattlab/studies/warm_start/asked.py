"""What a study of warm starts is asked, checked before anything runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from wattlab.data.catalog import load, stand_in
from wattlab.engines.registry import get_engine
from wattlab.errors import UserError
from wattlab.recipe import Recipe
from wattlab.recipe.engine import engine_changes
from wattlab.studies.target.asked import check_accuracy
from wattlab.studies.target.settling import Judged, settle_recipes
from wattlab.studies.warm_start.stages import FULL, Stage, parse_stages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["WarmStartAsked", "chain_of", "check_asked", "judged_cold"]

_QUARTER: Final = 4
_STAND_IN_SAMPLES: Final = 100
_TO_VALIDATION: Final = "--validation-fraction 0.15"
_ALIKE: Final = ("seed", "data", "stop.target", "stop.at_target", "stop.part")
"""What both ways must have in common, or they would not be compared at the same target."""
_IN_STAGES: Final = {
    "training.epochs": "after a stage's colon, as in --stages pool=2:2,full:8",
    "preparation.reduction": "as a stage, as in --stages pca=20:2,full",
}


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
    validation_fraction : float, optional
        Share of the training samples set aside to judge on; left out: as the recipe has it.
    engine, device : str, optional
        For all trainings alike.
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
    validation_fraction: float | None = None
    engine: str | None = None
    device: str | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    warm_changes: Mapping[str, Any] = field(default_factory=dict)
    order_seed: int = 0
    timeout_s: float | None = None

    def all_changes(self) -> dict[str, Any]:
        """Return what is changed for all trainings alike, by path.

        Raises
        ------
        wattlab.errors.UserError
            If `changes` and an option of its own say the same.
        """
        options = {
            "--engine": {} if self.engine is None else engine_changes(self.engine),
            "--target": {"stop.target": self.target},
            "--validation-fraction": {"data.validation_fraction": self.validation_fraction},
            "--device": {"engine.device": self.device},
        }
        found = dict(self.changes)
        for option, said in options.items():
            for path, value in said.items():
                if value is None:
                    continue
                if path in self.changes:
                    msg = f"--set {path} and {option} both say the same thing; leave one of them out"
                    raise UserError(msg)
                found[path] = value
        return found


def check_asked(asked: WarmStartAsked) -> None:
    """Refuse what is wrong whatever the recipe is.

    Raises
    ------
    wattlab.errors.UserError
        Names what was said, and what would be right.
    """
    for name, value, least in (("seeds", asked.seeds, 1), ("order-seed", asked.order_seed, 0)):
        if value < least:
            msg = f"--{name} is {value}; expected a whole number of at least {least}"
            raise UserError(msg)
    if asked.target is not None:
        check_accuracy(asked.target, "--target")
    fraction = asked.validation_fraction
    if fraction is not None and not 0 < fraction < 1:
        msg = f"--validation-fraction is {fraction:g}; expected a share between 0 and 1, such as 0.15"
        raise UserError(msg)
    if asked.timeout_s is not None and not (isfinite(asked.timeout_s) and asked.timeout_s > 0):
        msg = f"--timeout is {asked.timeout_s:g} s; expected more than 0"
        raise UserError(msg)
    for path in asked.warm_changes:
        _check_warm_change(path)


def _check_warm_change(path: str) -> None:
    for fixed in _ALIKE:
        if _is_within(path, fixed):
            msg = (
                f"--warm-set {path}: both ways must have the same {fixed}, or they could not be compared; change it "
                f"for all trainings, with --set {path}"
            )
            raise UserError(msg)
    for said, where in _IN_STAGES.items():
        if _is_within(path, said):
            msg = f"--warm-set {path}: what feeds a stage and how long it trains is said {where}"
            raise UserError(msg)


def _is_within(path: str, part: str) -> bool:
    """Tell whether a change of a path changes a part of the recipe, or some of it."""
    return path == part or path.startswith(f"{part}.") or part.startswith(f"{path}.")


def judged_cold(asked: WarmStartAsked) -> Judged:
    """Return the recipe that begins with drawn weights, stopped at the target; its data is read once.

    Parameters
    ----------
    asked : WarmStartAsked
        Checked by `check_asked`.

    Raises
    ------
    wattlab.errors.UserError
        If there is no target, the data is not here, or the recipe is wrong or nothing for its engine.
    """
    recipe = Recipe.named(asked.recipe) if isinstance(asked.recipe, str) else asked.recipe
    recipe = recipe.with_changes(asked.all_changes()) if asked.all_changes() else recipe
    if recipe.stop.target is None:
        msg = f"recipe {recipe.name!r} has no target, at which both ways are compared; say one, as in --target 0.95"
        raise UserError(msg)
    get_engine(recipe.engine.name).check_recipe(recipe)
    if asked.validation_fraction is not None:
        return settle_recipes([recipe], "validation")
    return settle_recipes([recipe], to_validation=_TO_VALIDATION)


def chain_of(asked: WarmStartAsked, recipe: Recipe) -> Sequence[Stage]:
    """Return the stages of the warm start.

    Parameters
    ----------
    asked : WarmStartAsked
        What is said of them.
    recipe : Recipe
        What is trained.

    Raises
    ------
    wattlab.errors.UserError
        If they are not written as stages are, nothing is before the recipe itself, or nobody says what is, and the
        data has no images that could be halved.
    """
    text = asked.stages
    if text is None:
        text = FULL if asked.start_from else _half_the_pixels(recipe)
    stages = parse_stages(text)
    if len(stages) == 1 and not asked.start_from:
        msg = f"--stages {text!r} is nothing but the recipe itself; put a stage before it, such as pool=2:2,full, "
        raise UserError(f"{msg}or name a run to begin with: --from RUN")
    return stages


def _half_the_pixels(recipe: Recipe) -> str:
    """Return images of half the resolution for a quarter of the epochs, then the recipe itself."""
    quarter = max(1, recipe.training.epochs // _QUARTER)
    shape = load(stand_in(recipe.data, _STAND_IN_SAMPLES) or recipe.data).image_shape
    if shape is not None and not (shape[0] % 2 or shape[1] % 2):
        return f"pool=2:{quarter},{FULL}"
    lack = "no images" if shape is None else f"images of {shape[0]} × {shape[1]} pixels"
    msg = (
        f"data {recipe.data.dataset!r} has {lack}, so that half the resolution cannot come first; say what does, such "
        f"as --stages pca=0.9:{quarter},{FULL}, or name a run to begin with: --from RUN"
    )
    raise UserError(msg)
