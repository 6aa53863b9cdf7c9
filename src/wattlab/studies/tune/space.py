"""The search space: which settings vary, what a combination of values is as a recipe, and whether it can run here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice, product
from typing import TYPE_CHECKING, Any, Final

from wattlab.errors import RecipeError, UserError
from wattlab.recipe.engine import engine_changes
from wattlab.studies.fields import find_field
from wattlab.studies.tune.answer import Setting
from wattlab.studies.tune.applying import PATHS, apply_values, check_reduction, own_value
from wattlab.studies.tune.asked import Range
from wattlab.studies.tune.defaults import default_settings, is_possible
from wattlab.units import significant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wattlab.recipe import Recipe
    from wattlab.studies.tune.answer import Value
    from wattlab.studies.tune.asked import TuneAsked
    from wattlab.studies.tune.base import Base

__all__ = ["Space", "make_space"]

_MOST_TRIED: Final = 4096


@dataclass(frozen=True)
class Space:
    """All combinations of some settings around a recipe.

    Parameters
    ----------
    recipe : Recipe
        The base.
    settings : tuple of Setting
        What varies.
    """

    recipe: Recipe
    settings: tuple[Setting, ...]

    @property
    def by_name(self) -> dict[str, Setting]:
        """The settings by name."""
        return {one.name: one for one in self.settings}

    def own_values(self) -> dict[str, Value]:
        """Return the base recipe's value of each setting that it has."""
        kind = self.recipe.optimizer.kind
        return {one.name: own_value(self.recipe, one) for one in self.settings if has_setting(one, kind)}

    def applicable(self, values: Mapping[str, Value]) -> tuple[Setting, ...]:
        """Return the settings that a combination has: those of other optimizers are left out."""
        kind = str(values.get("optimizer", self.recipe.optimizer.kind))
        return tuple(one for one in self.settings if has_setting(one, kind))

    def recipe_of(self, values: Mapping[str, Value]) -> Recipe:
        """Return the recipe of a combination; `wattlab.errors.RecipeError` if its values do not fit together."""
        return apply_values(self.recipe, self.by_name, values)

    def refusal(self, values: Mapping[str, Value]) -> str:
        """Return why a combination cannot run here; empty: it can."""
        try:
            return is_possible(self.recipe_of(values))
        except RecipeError as error:
            return str(error)

    def label(self, values: Mapping[str, Value]) -> str:
        """Return in words what differs from the base recipe."""
        own = self.own_values()
        parts = [_said(name, value) for name, value in values.items() if value != own.get(name)]
        return ", ".join(parts) or "the base recipe"


def has_setting(setting: Setting, optimizer: str) -> bool:
    """Tell whether trials with an optimizer have a setting."""
    return not setting.optimizers or optimizer in setting.optimizers


def _said(name: str, value: Value) -> str:
    """Return a value in words; text speaks for itself."""
    if name.startswith("learning_rate"):
        return f"rate {float(value or 0):.3g}"
    if name == "width":
        return f"width × {value:g}"
    if isinstance(value, str):
        return "no reduction" if (name, value) == ("reduction", "none") else value
    words = name.rpartition(".")[2].replace("_", " ")
    return f"{words} {significant(value) if isinstance(value, float) and value else value}"


def make_space(base: Base, asked: TuneAsked) -> Space:
    """Return the space that was asked for.

    Parameters
    ----------
    base : Base
        Recipe and data.
    asked : TuneAsked
        What is to vary, and what is fixed.

    Raises
    ------
    wattlab.errors.UserError
        If a field or value is unknown, or nothing is left to vary, or no combination can run.
    """
    recipe = _fixed(base.recipe, asked.fix)
    varied = dict(asked.vary) | ({"engine": list(asked.engines)} if asked.engines else {})
    own = [_asked_setting(recipe, name, values) for name, values in varied.items()]
    taken = {one.path for one in own} | {_path(recipe, name) for name in asked.fix}
    usual = () if asked.only else default_settings(replace(base, recipe=recipe))
    settings = [*(one for one in usual if one.path not in taken), *own]
    alone = {one.name: one.values[0] for one in settings if one.low is None and len(one.values) == 1}
    if alone:
        recipe = apply_values(recipe, {one.name: one for one in settings}, alone)
    varied_ones = [one for one in settings if one.name not in alone]
    kinds = next((one.values for one in varied_ones if one.name == "optimizer"), (recipe.optimizer.kind,))
    space = Space(
        recipe, tuple(one for one in varied_ones if any(has_setting(one, str(kind)) for kind in kinds))
    )
    _check(space)
    return space


def _path(recipe: Recipe, name: str) -> str:
    return PATHS.get(name) or find_field(recipe, name)


def _fixed(recipe: Recipe, fix: Mapping[str, Any]) -> Recipe:
    """Return the recipe with the values that are the same for all."""
    try:
        settings = {name: Setting(name=name, path=_path(recipe, name)) for name in fix}
    except RecipeError as error:
        raise RecipeError(str(error).replace("--vary", "--fix", 1)) from None
    return apply_values(recipe, settings, fix)


def _asked_setting(recipe: Recipe, name: str, values: Range | Sequence[Any]) -> Setting:
    path = _path(recipe, name)
    short = next((known for known, one in PATHS.items() if one == path), path)
    if isinstance(values, Range):
        _check_alone(recipe, name, path, (values.low, values.high))
        return Setting(
            name=short,
            path=path,
            low=values.low,
            high=values.high,
            log=values.log,
            whole=values.whole,
            source="asked",
        )
    _check_values(name, path, values)
    _check_alone(recipe, name, path, values)
    return Setting(name=short, path=path, values=tuple(values), source="asked")


def _check_alone(recipe: Recipe, name: str, path: str, values: Sequence[Value]) -> None:
    """Refuse a value that its own field does not take, whatever the others are."""
    setting = Setting(name=name, path=path)
    for value in values:
        try:
            apply_values(recipe, {name: setting}, {name: value})
        except RecipeError as error:
            own = any(f"{path}{part} is " in str(error) for part in ("", ".kind"))
            if own or path == PATHS["width"]:
                msg = f"--vary {name}: {error}"
                raise RecipeError(msg) from None


def _check_values(name: str, path: str, values: Sequence[Any]) -> None:
    """Refuse a value that no recipe could have, before a search runs into it."""
    if any(values.count(value) > 1 for value in values):
        msg = f"--vary {name} names a value twice; name each once"
        raise RecipeError(msg)
    for value in values:
        if not isinstance(value, (str, int, float, bool)):
            msg = (
                f"--vary {name}: {value!r} is no single value; a search varies numbers, words, true and false"
            )
            raise RecipeError(msg)
        if path == "engine":
            engine_changes(str(value))
        elif path == PATHS["reduction"]:
            check_reduction(str(value))


def _check(space: Space) -> None:
    if not space.settings:
        msg = (
            "the search space is empty: nothing varies; name values, as in --vary batch_size=32,64,128 or "
            "--vary optimizer.learning_rate=0.01:1:log, or leave --only and --fix out"
        )
        raise UserError(msg)
    refusals: dict[str, None] = {}
    for values in _corners(space):
        reason = space.refusal(values)
        if not reason:
            return
        refusals[reason] = None
    said = "\n".join(list(refusals)[:3])
    msg = f"the search space is empty: no combination can run here\n{said}"
    raise UserError(msg)


def _corners(space: Space) -> Iterable[dict[str, Value]]:
    """Yield combinations that show whether any can run: the base's own, then all of what is chosen among."""
    own = space.own_values()
    chosen = [one for one in space.settings if one.low is None]
    ranged = {one.name: one.low for one in space.settings if one.low is not None}
    for values in islice(product(*(one.values for one in chosen)), _MOST_TRIED):
        found = ranged | own | dict(zip([one.name for one in chosen], values, strict=True))
        names = {one.name for one in space.applicable(found)}
        inside = {name: _whole(space.by_name[name], value) for name, value in found.items() if name in names}
        yield inside


def _whole(setting: Setting, value: Value) -> Value:
    return round(value) if setting.whole and isinstance(value, float) else value
