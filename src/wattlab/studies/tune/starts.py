"""Combinations that are tried before anything is sampled: what is known to serve, the cheapest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from wattlab.studies.tune.space import has_setting

if TYPE_CHECKING:
    from wattlab.studies.tune.answer import Setting, Value
    from wattlab.studies.tune.space import Space

__all__ = ["Start", "find_starts", "is_inside", "work"]

_OVERHEAD_ROWS: Final = 40
"""Rows whose computing takes as long as what a step costs whatever its batch size, about."""
_KNOWN: Final[tuple[dict[str, Any], ...]] = (
    {"optimizer": "nesterov", "schedule": "one-cycle", "epochs": 3, "batch_size": 64, "label_smoothing": 0.0},
    {
        "optimizer": "nesterov",
        "schedule": "one-cycle",
        "epochs": 5,
        "batch_size": 128,
        "label_smoothing": 0.02,
    },
    {
        "optimizer": "nesterov",
        "schedule": "one-cycle",
        "epochs": 8,
        "batch_size": 128,
        "label_smoothing": 0.05,
    },
    {"optimizer": "adam", "schedule": "one-cycle", "epochs": 5, "batch_size": 128, "label_smoothing": 0.02},
    {"optimizer": "adamw", "schedule": "cosine", "epochs": 8, "batch_size": 128, "label_smoothing": 0.0},
    {"optimizer": "nesterov", "schedule": "one-cycle", "epochs": 12, "width": 2.0, "label_smoothing": 0.05},
)
"""Short cycles with high rates, as super-convergence has them, and Adam's like; all else as in the base recipe."""
_HIGH: Final = 0.75
_MIDDLE: Final = 0.5
_EACH: Final = ("engine", "reduction")
"""Settings of which each value is tried once."""
_EACH_OF: Final = 1


class Start(NamedTuple):
    """A combination to begin with.

    Attributes
    ----------
    values : dict
        By name of the setting, all of them inside what is tried.
    is_base : bool
        It is the base recipe as it is.
    """

    values: dict[str, Value]
    is_base: bool


def find_starts(space: Space) -> tuple[Start, ...]:
    """Return the combinations to begin with, those of the least work first."""
    own = space.own_values()
    inside = all(is_inside(space.by_name[name], value) for name, value in own.items())
    found = [Start(own, is_base=True)] if inside else []
    known = [_start(space, one) for one in _KNOWN]
    for name in _EACH:
        setting = space.by_name.get(name)
        each = setting.values if setting is not None else ()
        known += [_start(space, _KNOWN[_EACH_OF] | {name: value}) for value in each]
    for values in sorted(known, key=work):
        if not any(values == one.values for one in found) and not space.refusal(values):
            found.append(Start(values, is_base=False))
    return tuple(sorted(found, key=lambda one: work(one.values)))


def work(values: dict[str, Value]) -> float:
    """Return how much a combination computes, in units of its own: epochs times the cost of a sample."""
    epochs, width = float(values.get("epochs") or 1), float(values.get("width") or 1)
    batch_size = values.get("batch_size")
    rows = float(batch_size) if isinstance(batch_size, (int, float)) else 1e3
    return epochs * (0.5 + width) * (1 + _OVERHEAD_ROWS / rows)


def is_inside(setting: Setting, value: Value) -> bool:
    """Tell whether a value is among those that are tried."""
    if setting.low is None or setting.high is None:
        return value in setting.values
    return isinstance(value, (int, float)) and setting.low <= value <= setting.high


def _start(space: Space, wished: dict[str, Any]) -> dict[str, Value]:
    """Return a whole combination: what is wished where it is tried, else the base's, else the nearest."""
    own = space.own_values()
    kind = str(_value(space, "optimizer", wished.get("optimizer"), own) or space.recipe.optimizer.kind)
    return {
        one.name: _nearest(one, own.get(one.name) if one.name not in wished else wished[one.name], kind, own)
        for one in space.settings
        if has_setting(one, kind)
    }


def _value(space: Space, name: str, wished: Value, own: dict[str, Value]) -> Value:
    setting = space.by_name.get(name)
    return None if setting is None else _nearest(setting, wished, "", own)


def _nearest(setting: Setting, value: Value, kind: str, own: dict[str, Value]) -> Value:
    if setting.name.startswith("learning_rate") and value == own.get(setting.name):
        value = _rate(setting, kind)
    if is_inside(setting, value):
        return value
    if setting.low is None or setting.high is None:
        return own[setting.name] if own.get(setting.name) in setting.values else setting.values[0]
    if not isinstance(value, (int, float)):
        value = (setting.low * setting.high) ** 0.5 if setting.log else (setting.low + setting.high) / 2
    bounded = min(max(float(value), setting.low), setting.high)
    return round(bounded) if setting.whole else bounded


def _rate(setting: Setting, kind: str) -> Value:
    """Return a high learning rate for Nesterov's momentum, which cycles bear, and a middle one for the others."""
    assert setting.low is not None
    assert setting.high is not None
    share = _HIGH if kind in {"nesterov", "momentum"} else _MIDDLE
    if setting.log:
        return float(setting.low * (setting.high / setting.low) ** share)
    return setting.low + share * (setting.high - setting.low)
