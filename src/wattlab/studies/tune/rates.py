"""The range of learning rates, by a range test for each family of optimizers, each in a fresh process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from wattlab.cluster.ramp import run_ramp
from wattlab.cluster.ramp_report import RampReport
from wattlab.errors import RecipeError
from wattlab.studies.lr_range.curve import Curve, suggest
from wattlab.studies.lr_range.ranges import default_ramp
from wattlab.studies.tune.defaults import FAMILIES
from wattlab.units import significant

if TYPE_CHECKING:
    from pathlib import Path

    from wattlab.recipe import Recipe
    from wattlab.studies.tune.answer import Setting
    from wattlab.studies.tune.space import Space

__all__ = ["TRIALS_WORTH", "Ranged", "find_ranges"]

TRIALS_WORTH: Final = 100.0
"""Range tests are made where the budget is at least so many trials: each takes about as long as one."""
_BELOW: Final = 20.0
_ABOVE: Final = 3.0
"""From a twentieth to three times the largest good rate: below it, constant rates are good; above it, the peaks of a
one-cycle schedule, which warms up to them."""
_PREFERRED: Final = ("nesterov", "adam")


class Ranged(NamedTuple):
    """What the range tests gave.

    Attributes
    ----------
    settings : tuple of Setting
        All of the space, with the ranges that were found.
    notes : tuple of str
        A sentence for each test.
    """

    settings: tuple[Setting, ...]
    notes: tuple[str, ...]


def find_ranges(space: Space, folder: Path, timeout_s: float) -> Ranged:
    """Return the settings with learning rates as range tests find them; what the user asked for stays as it is.

    Parameters
    ----------
    space : Space
        With the ranges that are taken where a test finds none.
    folder : Path
        Gets the files of the processes.
    timeout_s : float
        When to end each process. Unit: s.
    """
    settings: list[Setting] = []
    notes: list[str] = []
    for one in space.settings:
        family = next((name for name in FAMILIES if one.name == f"learning_rate_{name}"), None)
        kind = _kind(space, one)
        if family is None or kind is None or one.source != "default":
            settings.append(one)
            continue
        found, note = _tested(_recipe(space.recipe, kind), one, space, folder / family, timeout_s)
        settings.append(found)
        notes.append(f"Learning rates of {kind}: {note}.")
    return Ranged(tuple(settings), tuple(notes))


def _kind(space: Space, setting: Setting) -> str | None:
    """Return with which optimizer to test: one that is tried, of those that have the setting."""
    optimizer = space.by_name.get("optimizer")
    tried = optimizer.values if optimizer is not None else (space.recipe.optimizer.kind,)
    kinds = [str(one) for one in tried if one in setting.optimizers]
    return next((one for one in _PREFERRED if one in kinds), kinds[0] if kinds else None)


def _recipe(recipe: Recipe, kind: str) -> Recipe:
    """Return the base with another optimizer, at a constant rate."""
    rate = recipe.optimizer.learning_rate
    changes = {"schedule": {"kind": "constant"}, "optimizer": {"kind": kind, "learning_rate": rate}}
    own = recipe.optimizer.model_dump(exclude_none=True)
    return recipe.with_changes(changes | ({"optimizer": own} if own["kind"] == kind else {}))


def _tested(
    recipe: Recipe, setting: Setting, space: Space, folder: Path, timeout_s: float
) -> tuple[Setting, str]:
    """Return the setting with the range that a test found, and what to say of it."""
    folder.mkdir(exist_ok=True)
    try:
        report = run_ramp(recipe, default_ramp(recipe), folder, "ramp", timeout_s)
    except RecipeError as error:
        return setting, f"the range test could not be made ({error}), so {setting.text} is searched"
    if not isinstance(report, RampReport):
        return setting, f"the range test failed ({report.reason}), so {setting.text} is searched"
    reading = suggest(Curve.of(report))
    if reading.interval is None:
        return setting, f"the range test ended {reading.status!r}, so {setting.text} is searched"
    low, high = reading.interval.high / _BELOW, reading.interval.high * _ABOVE
    own = space.own_values().get(setting.name)
    if isinstance(own, float):
        low, high = min(low, own), max(high, own)
    found = setting.model_copy(
        update={"low": float(significant(low)), "high": float(significant(high)), "source": "range test"}
    )
    good = f"{significant(reading.interval.low)} to {significant(reading.interval.high)}"
    return found, f"the range test found {good} good, so {found.text} is searched"
