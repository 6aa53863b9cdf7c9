"""What a setting's value does to a recipe, and which value a recipe has."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any, Final

from wattlab.errors import RecipeError
from wattlab.machine.threads import usable_cores
from wattlab.recipe.engine import engine_changes
from wattlab.recipe.layers import Conv2D, Dense, Residual
from wattlab.recipe.optimizer import MOMENTUM_KINDS
from wattlab.recipe.preparation import PIXELS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wattlab.recipe import Recipe
    from wattlab.studies.tune.answer import Setting, Value

__all__ = ["PATHS", "apply_values", "check_reduction", "engine_text", "own_value", "reduction_text"]

PATHS: Final = {
    "engine": "engine",
    "precision": "engine.precision",
    "threads": "engine.threads",
    "reduction": "preparation.reduction",
    "width": "network.layers",
    "optimizer": "optimizer.kind",
    "schedule": "schedule.kind",
    "learning_rate": "optimizer.learning_rate",
    "batch_size": "training.batch_size",
    "epochs": "training.epochs",
    "label_smoothing": "loss.label_smoothing",
}
"""Fields by name of the setting, in the order in which values are put into a recipe."""
_SIZES: Final = {
    "clusters": "n_clusters",
    "pca": "n_components",
    "random-projection": "n_components",
    "pool": "factor",
}
"""The field of a reduction that its short name ends with, as in pca-64."""
_CYCLE: Final[dict[str, Any]] = {"warm_up": 0.3, "momentum": (0.85, 0.95)}
_SMALLEST: Final = 2


def apply_values(recipe: Recipe, settings: Mapping[str, Setting], values: Mapping[str, Value]) -> Recipe:
    """Return the recipe with these values.

    Parameters
    ----------
    recipe : Recipe
        The base, which has what no value decides.
    settings : mapping of str to Setting
        By name.
    values : mapping of str
        By name of the setting; None leaves the recipe's own.

    Raises
    ------
    wattlab.errors.RecipeError
        If a value does not fit.
    """
    order = list(PATHS)
    changed = recipe
    for name in sorted(values, key=lambda one: _place(settings[one].path, order)):
        if values[name] is not None:
            changed = _apply(changed, recipe, settings[name].path, values[name])
    return changed


def _place(path: str, order: list[str]) -> int:
    names = [name for name in order if PATHS[name] == path]
    return order.index(names[0]) if names else len(order)


def _apply(recipe: Recipe, base: Recipe, path: str, value: Value) -> Recipe:
    special = _SPECIAL.get(path)
    return recipe.with_changes({path: value} if special is None else special(recipe, base, value))


def _engine(_recipe: Recipe, _base: Recipe, value: Value) -> dict[str, Any]:
    return engine_changes(str(value))


def _reduction(_recipe: Recipe, base: Recipe, value: Value) -> dict[str, Any]:
    """Return the changes for a reduction in short; what leaves no pixels is scaled before and after."""
    kind, _, size = str(value).rpartition("-")
    table = (
        {"kind": kind, _SIZES[kind]: int(size)} if kind in _SIZES and size.isdigit() else {"kind": str(value)}
    )
    scaling = base.preparation
    if table["kind"] in PIXELS:
        return {"preparation.reduction": table}
    first = scaling.after if scaling.before == "none" else scaling.before
    return {"preparation": {"before": first, "reduction": table, "after": "standard"}}


def _width(_recipe: Recipe, base: Recipe, value: Value) -> dict[str, Any]:
    """Return the changes that give all hidden layers so many times as many units and filters."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < inf:
        msg = f"width is {value!r}; expected a number above 0, by which all hidden layers are made wider, such as 1.5"
        raise RecipeError(msg)
    factor = float(value)
    layers = [_scaled(layer, factor) for layer in base.network.layers[:-1]]
    return {"network.layers": [*layers, base.network.layers[-1].model_dump(exclude_none=True)]}


def _scaled(layer: Any, factor: float) -> dict[str, Any]:
    table: dict[str, Any] = layer.model_dump(exclude_none=True)
    if isinstance(layer, Dense):
        return table | {"units": max(_SMALLEST, round(factor * (layer.units or 1)))}
    if isinstance(layer, Conv2D):
        return table | {"filters": max(_SMALLEST, round(factor * layer.filters))}
    if isinstance(layer, Residual):
        inner = {
            name: [_scaled(one, factor) for one in getattr(layer, name)] for name in ("layers", "shortcut")
        }
        return table | inner
    return table


def _schedule(recipe: Recipe, base: Recipe, value: Value) -> dict[str, Any]:
    """Return the changes for a kind of schedule: the base's own where it is of that kind; no momentum without one."""
    table = {"kind": value, **(_CYCLE if value == "one-cycle" else {})}
    if base.schedule.kind == value:
        table = base.schedule.model_dump(exclude_none=True)
    aside = set() if recipe.optimizer.kind in MOMENTUM_KINDS else {"momentum"}
    return {"schedule": {name: field for name, field in table.items() if name not in aside}}


def _optimizer(recipe: Recipe, base: Recipe, value: Value) -> dict[str, Any]:
    """Return the changes for a kind of optimizer; a momentum that its schedule cannot cycle is left out first."""
    rate = {"kind": value, "learning_rate": recipe.optimizer.learning_rate}
    own = base.optimizer.model_dump(exclude_none=True) if base.optimizer.kind == value else rate
    cycles = recipe.schedule.kind == "one-cycle" and value not in MOMENTUM_KINDS
    return {"optimizer": own, **({"schedule.momentum": None} if cycles else {})}


_SPECIAL: Final[dict[str, Callable[[Recipe, Recipe, Value], dict[str, Any]]]] = {
    "engine": _engine,
    "preparation.reduction": _reduction,
    "network.layers": _width,
    "schedule.kind": _schedule,
    "optimizer.kind": _optimizer,
}


def own_value(recipe: Recipe, setting: Setting) -> Value:
    """Return which value of a setting a recipe has by itself."""
    reader = _OWN.get(setting.path)
    if reader is not None:
        return reader(recipe)
    place: Any = recipe
    for part in setting.path.replace("]", "").replace("[", ".").split("."):
        place = place[int(part)] if part.isdigit() else getattr(place, part, None)
    return place if isinstance(place, (str, int, float, bool)) or place is None else str(place)


def engine_text(recipe: Recipe) -> str:
    """Return the recipe's engine in short, such as "native:compiled"."""
    engine = recipe.engine
    if engine.name == "keras":
        return f"keras:{engine.backend}"
    if engine.name == "native" and engine.arrays == "torch":
        return "native:torch"
    return f"{engine.name}:compiled" if engine.name != "sklearn" and engine.compiled else engine.name


def reduction_text(recipe: Recipe) -> str:
    """Return the recipe's reduction in short, such as "pca-64"."""
    reduction = recipe.preparation.reduction
    size = getattr(reduction, _SIZES[reduction.kind]) if reduction.kind in _SIZES else None
    return reduction.kind if size is None else f"{reduction.kind}-{size}"


def _own_width(_: Recipe) -> Value:
    return 1.0


def _own_threads(recipe: Recipe) -> Value:
    return recipe.engine.threads or usable_cores()


_OWN: Final[dict[str, Callable[[Recipe], Value]]] = {
    "engine": engine_text,
    "preparation.reduction": reduction_text,
    "network.layers": _own_width,
    "engine.threads": _own_threads,
}


def check_reduction(text: str) -> None:
    """Refuse a reduction in short that names no size where it needs one.

    Raises
    ------
    wattlab.errors.RecipeError
        With an example of what would be right.
    """
    if text in _SIZES and text != "pool":
        msg = f"reduction {text!r} needs a size: write it as {text}-64"
        raise RecipeError(msg)
