"""What varies where nobody says what: the settings of a search around a recipe, as far as this machine can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wattlab.engines.registry import get_engine
from wattlab.errors import MissingExtraError, RecipeError, UnsupportedError
from wattlab.machine.threads import usable_cores
from wattlab.recipe.engine import engine_changes
from wattlab.recipe.layers import Conv2D, Dense
from wattlab.studies.tune.answer import Setting
from wattlab.studies.tune.applying import PATHS, engine_text, own_value, reduction_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wattlab.recipe import Recipe
    from wattlab.studies.tune.answer import Value
    from wattlab.studies.tune.base import Base

__all__ = ["ADAPTIVE", "FAMILIES", "choices", "default_settings", "is_possible", "rate_setting"]

ADAPTIVE: Final = ("adam", "adamw", "rmsprop", "adagrad")
FAMILIES: Final = {"sgd": ("nesterov", "momentum", "momentum-one-step", "sgd", "gd"), "adaptive": ADAPTIVE}
"""Optimizers whose learning rates are of the same size, by the name that these go under."""
_RATES: Final = {"sgd": (0.02, 1.0), "adaptive": (5e-4, 2e-2)}
"""Between which learning rates is searched where no range test told better, for the mean loss of a batch."""
_AROUND: Final = 10.0
_BATCHES: Final = (32, 64, 128, 256, 512)
_WIDTHS: Final = (0.5, 0.75, 1.0, 1.5, 2.0)
_FORMATS: Final = ("float32", "bfloat16", "float16")
_FEWEST_EPOCHS, _MOST_EPOCHS = 2, 20
_FEWEST_STEPS: Final = 8
_MANY_FEATURES: Final = 100
_COMPONENTS: Final = 64


def default_settings(base: Base) -> tuple[Setting, ...]:
    """Return all that can vary around a recipe here; a setting with one value alone is left out.

    Parameters
    ----------
    base : Base
        Recipe and data.
    """
    recipe = base.recipe
    engines = _engines(recipe)
    found = [
        choices("engine", engines),
        choices("precision", _precisions(recipe, engines)),
        choices("threads", _threads(recipe)),
        choices("batch_size", _batch_sizes(base)),
        choices("optimizer", dict.fromkeys([recipe.optimizer.kind, "nesterov", "adam", "adamw"])),
        *(rate_setting(recipe, family) for family in FAMILIES),
        choices("schedule", dict.fromkeys([recipe.schedule.kind, "one-cycle", "cosine", "constant"])),
        _epochs(recipe),
        choices("width", _WIDTHS if _has_hidden(recipe) else (1.0,)),
        choices("reduction", _reductions(base)),
        *_smoothing(recipe),
    ]
    if recipe.optimizer.kind == "gd":
        found = [one for one in found if one.name not in {"optimizer", "batch_size"}]
    return tuple(one for one in found if one.low is not None or len(one.values) > 1)


def choices(name: str, values: Iterable[Value]) -> Setting:
    """Return a setting of some values, under one of the names of `PATHS`."""
    return Setting(name=name, path=PATHS[name], values=tuple(values))


def rate_setting(recipe: Recipe, family: str) -> Setting:
    """Return the range of learning rates of a family of optimizers.

    Around the recipe's own rate for the family that its optimizer is of; else what suits the mean loss of a batch.
    """
    low, high = _RATES[family]
    if recipe.loss.reduction == "sum" and isinstance(recipe.training.batch_size, int) and family == "sgd":
        low, high = low / recipe.training.batch_size, high / recipe.training.batch_size
    if recipe.optimizer.kind in FAMILIES[family]:
        rate = recipe.optimizer.learning_rate
        low, high = min(low, rate), max(high, rate)
        low, high = max(low, rate / _AROUND), min(high, rate * _AROUND)
    return Setting(
        name=f"learning_rate_{family}",
        path=PATHS["learning_rate"],
        low=low,
        high=high,
        log=True,
        optimizers=FAMILIES[family],
    )


def is_possible(recipe: Recipe) -> str:
    """Return why the engine of a recipe cannot train it here; empty: it can."""
    try:
        get_engine(recipe.engine.name).check_recipe(recipe)
    except (UnsupportedError, MissingExtraError) as error:
        return str(error)
    return ""


def _changed(recipe: Recipe, changes: dict[str, Any]) -> Recipe | None:
    try:
        changed = recipe.with_changes(changes)
    except RecipeError:
        return None
    return None if is_possible(changed) else changed


def _engines(recipe: Recipe) -> list[str]:
    """Return the recipe's engine, and the others that start quickly and can do the same."""
    names = dict.fromkeys([engine_text(recipe), "native", "native:compiled", "torch"])
    own = engine_text(recipe)
    return [name for name in names if name == own or _changed(recipe, engine_changes(name)) is not None]


def _precisions(recipe: Recipe, engines: Iterable[str]) -> list[str]:
    """Return the number formats that one of the engines has instructions for; the recipe's own first."""
    names = dict.fromkeys([recipe.engine.precision, *_FORMATS])
    asked = sorted(
        engines, key=lambda one: one != "torch"
    )  # it knows of the formats without loading anything
    return [
        name
        for name in names
        if any(
            _changed(recipe, engine_changes(engine) | {"engine.precision": name}) is not None
            for engine in asked
        )
    ]


def _threads(recipe: Recipe) -> list[int]:
    """Return powers of two up to all cores, and all cores."""
    cores = usable_cores()
    powers = [2**power for power in range(cores.bit_length()) if 2**power < cores]
    own = [recipe.engine.threads] if recipe.engine.threads is not None else []
    return list(dict.fromkeys([*powers, cores, *own]))


def _batch_sizes(base: Base) -> list[int]:
    own = base.recipe.training.batch_size
    if not isinstance(own, int):
        return []
    fitting = [size for size in _BATCHES if size * _FEWEST_STEPS <= base.n_train]
    return sorted({*fitting, own})


def _epochs(recipe: Recipe) -> Setting:
    own = recipe.training.epochs
    low, high = min(_FEWEST_EPOCHS, own), max(_MOST_EPOCHS, own)
    return Setting(name="epochs", path=PATHS["epochs"], low=low, high=high, log=True, whole=True)


def _has_hidden(recipe: Recipe) -> bool:
    return any(isinstance(layer, (Dense, Conv2D)) for layer in recipe.network.layers[:-1])


def _reductions(base: Base) -> list[str]:
    """Return the recipe's reduction and, for flat features that are many, some that leave fewer."""
    own = reduction_text(base.recipe)
    if base.n_features < _MANY_FEATURES or base.recipe.network.dense_layers is None:
        return [own]
    shape = base.image_shape
    pools = ["pool-2"] if shape is not None and shape[0] % 2 == shape[1] % 2 == 0 else []
    return list(
        dict.fromkeys([own, "none", "drop-constant", *pools, f"pca-{min(_COMPONENTS, base.n_features // 4)}"])
    )


def _smoothing(recipe: Recipe) -> list[Setting]:
    path = PATHS["label_smoothing"]
    if not hasattr(recipe.loss, "label_smoothing"):
        return []
    setting = Setting(name="label_smoothing", path=path, low=0.0, high=0.1)
    own = own_value(recipe, setting)
    assert isinstance(own, float)
    return [setting.model_copy(update={"high": max(0.1, own)})]
