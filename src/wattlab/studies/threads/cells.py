"""Every engine with every number of threads, as recipes; or why one cannot run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from wattlab.engines.registry import get_engine
from wattlab.errors import MissingExtraError, RecipeError, UnsupportedError, UserError
from wattlab.machine.threads import usable_cores
from wattlab.recipe import Recipe
from wattlab.recipe.engine import engine_changes, engine_specs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wattlab.studies.threads.asked import ThreadsAsked

__all__ = ["Series", "ThreadCell", "engine_name", "find_series", "left_out", "make_cells", "read_recipe"]

_TENSORFLOW: Final = "keras:tensorflow"


@dataclass(frozen=True)
class Series:
    """One engine with one setting of its own, which gets every number of threads.

    Parameters
    ----------
    name : str
        Such as "torch", or "keras:tensorflow (inter 1)".
    changes : dict
        Of the recipe, by path.
    inter_threads : int or None
        Of TensorFlow; None: its own choice.
    """

    name: str
    changes: dict[str, Any]
    inter_threads: int | None = None


@dataclass(frozen=True)
class ThreadCell:
    """One engine with one number of threads.

    Parameters
    ----------
    series : Series
    threads : int
    recipe : Recipe
        With all changes; where these do not fit, the recipe without them.
    refusal : str
        Why it cannot run; empty where it can.
    """

    series: Series
    threads: int
    recipe: Recipe
    refusal: str = ""


def read_recipe(asked: ThreadsAsked) -> Recipe:
    """Return the recipe that was asked for, without its changes.

    Raises
    ------
    wattlab.errors.RecipeError
        If it is unknown or wrong.
    """
    return Recipe.named(asked.recipe) if isinstance(asked.recipe, str) else asked.recipe


def engine_name(recipe: Recipe) -> str:
    """Return the engine of a recipe in short, as `wattlab.recipe.engine.engine_changes` takes it.

    Examples
    --------
    >>> from wattlab.recipe import Recipe
    >>> engine_name(Recipe.named("digits"))
    'native'
    >>> engine_name(Recipe.named("digits").with_changes({"engine.compiled": True}))
    'native:compiled'
    """
    table = {f"engine.{name}": value for name, value in recipe.engine.model_dump().items()}
    own = [spec for spec in engine_specs() if engine_changes(spec).items() <= table.items()]
    return max(own, key=lambda spec: len(engine_changes(spec)), default=recipe.engine.name)


def find_series(recipe: Recipe, asked: ThreadsAsked) -> tuple[Series, ...]:
    """Return the engines, each number of TensorFlow's inter-operation threads as a series of its own.

    Raises
    ------
    wattlab.errors.UserError
        If an engine is unknown, or inter-operation threads are named and no engine has them.
    """
    device = {} if asked.device is None else {"engine.device": asked.device}
    common = {**asked.changes, **device}
    named = {spec: engine_changes(spec) for spec in asked.engines} or {engine_name(recipe): {}}
    if asked.inter_threads and _TENSORFLOW not in named:
        msg = (
            f"--inter-threads are TensorFlow's, and the engines are {', '.join(named)}; name it, too, as in "
            f"--engines {_TENSORFLOW}, or leave --inter-threads out"
        )
        raise UserError(msg)
    return tuple(
        one
        for spec, changes in named.items()
        for one in _settings(spec, {**changes, **common}, asked.inter_threads)
    )


def _settings(spec: str, changes: dict[str, Any], inter_threads: Sequence[int]) -> list[Series]:
    if spec != _TENSORFLOW or not inter_threads:
        return [Series(spec, changes)]
    return [
        Series(f"{spec} (inter {count})", {**changes, "engine.inter_threads": count}, count)
        for count in inter_threads
    ]


def make_cells(recipe: Recipe, series: Sequence[Series], counts: Sequence[int]) -> tuple[ThreadCell, ...]:
    """Return a recipe for every series and every number of threads, each engine asked whether it can.

    Raises
    ------
    wattlab.errors.UserError
        If none can run, or if a recipe computes on a graphics card.
    """
    found = tuple(_cell(recipe, one, count) for one in series for count in counts)
    if all(cell.refusal for cell in found):
        reasons = {cell.series.name: cell.refusal for cell in found}
        alone = len(reasons) == 1
        raise UserError("\n".join(text if alone else f"{name}: {text}" for name, text in reasons.items()))
    return found


def _cell(recipe: Recipe, series: Series, count: int) -> ThreadCell:
    try:
        changed = recipe.with_changes({**series.changes, "engine.threads": count})
    except RecipeError as error:
        return ThreadCell(series, count, recipe, str(error))
    _check_device(changed)
    try:
        get_engine(changed.engine.name).check_recipe(changed)
    except (UnsupportedError, MissingExtraError) as error:
        return ThreadCell(series, count, changed, str(error))
    return ThreadCell(series, count, changed)


def _check_device(recipe: Recipe) -> None:
    if recipe.engine.device != "cpu":
        msg = (
            f"engine.device is {recipe.engine.device!r}, where the processor's threads compute no step; compare them "
            "on the processor by --device cpu, or see what they do for feeding the card by: "
            f"wattlab sweep {recipe.name} --vary threads=1,2"
        )
        raise UserError(msg)


def left_out(recipe: Recipe, changes: Mapping[str, Any]) -> int | None:
    """Return how many threads a training has if ``engine.threads`` is left as it is; None where that cannot be told.

    Parameters
    ----------
    recipe : Recipe
        Without changes.
    changes : mapping of str
        Of the series.
    """
    try:
        changed = recipe.with_changes(dict(changes))
        preferred = get_engine(changed.engine.name).preferred_threads(changed)
    except (RecipeError, UnsupportedError, MissingExtraError):
        return None
    return changed.engine.threads or preferred or usable_cores()
